import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { applyEdit } from '../../../src/graph/investigation/apply-edit.ts';
import { mend } from '../../../src/graph/investigation/mend.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { applyTextEdits, textEdits } from '../../../src/graph/investigation/text-edits.ts';
import type { Investigation, InvestigationEdit } from '../../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { edits, example, investigations } from './investigation-arbitrary.ts';

describe('edits of an investigation', () => {
  test('what must hold holds after any edits, and undoing by text gives the old one back', () => {
    fc.assert(
      fc.property(investigations, fc.array(edits, { maxLength: 6 }), (start, list) => {
        let before = start;
        for (const edit of list) {
          const after = applyEdit(before, edit);
          assert.deepEqual(mend(after), { investigation: after, problems: [] });
          const [oldText, newText] = [writeInvestigation(before), writeInvestigation(after)];
          assert.deepEqual(parseInvestigation(newText, 'it'), { investigation: after, version: 1, problems: [] });
          assert.equal(applyTextEdits(oldText, textEdits(oldText, after)), newText);
          assert.equal(applyTextEdits(newText, textEdits(newText, before)), oldText);
          before = after;
        }
      }),
    );
  });

  test('an edit that was made already changes nothing', () => {
    fc.assert(
      fc.property(investigations, edits, (start, edit) => {
        // A group without an id is a new one each time.
        fc.pre(edit.kind !== 'group' || edit.id !== undefined);
        const once = applyEdit(start, edit);
        assert.equal(applyEdit(once, edit), once);
      }),
    );
  });

  test('pin and unpin, group and ungroup are each other’s inverse', () => {
    fc.assert(
      fc.property(investigations, fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1 }), (start, drawn) => {
        const nodes = drawn.map(name => `new ${name}`);
        const pinned = applyEdit(start, { kind: 'pin', nodes });
        assert.deepEqual(applyEdit(pinned, { kind: 'unpin', nodes }), start);
        const grouped = applyEdit(start, { kind: 'group', nodes, name: 'A name' });
        assert.equal(grouped.supernodes.length, start.supernodes.length + 1);
        assert.deepEqual(applyEdit(grouped, { kind: 'ungroup', nodes }), start);
      }),
    );
  });

  test('grouping takes nodes out of where they were', () => {
    const moved = applyEdit(example, { kind: 'group', nodes: ['4_2_9', '4_8_9', '3_17_8'], name: 'All of it' });
    assert.deepEqual(
      moved.supernodes.map(({ id, members }) => [id, members]),
      [
        ['all-of-it', ['3_17_8', '4_2_9', '4_8_9']],
        ['texas', ['3_90_8']],
      ],
    );
    const again = applyEdit(moved, { kind: 'group', nodes: ['9_9_9'], name: 'All  of it!' });
    assert.ok(again.supernodes.some(({ id, name }) => id === 'all-of-it-2' && name === 'All  of it!'));
    const unnamed = applyEdit(again, { kind: 'group', nodes: ['8_8_8'] });
    assert.ok(unnamed.supernodes.some(({ id, name }) => id === 'group-1' && name === 'Group 1'));
  });

  test('text that a person typed becomes one line, lists are cleaned', () => {
    const { annotations } = applyEdit(example, {
      kind: 'annotate',
      layer: 4,
      feature: 2,
      change: { label: ' a\u0000b\nc ', tags: ['z', ' a ', '', 'z'], evidence: ['second', ' ', 'first'], note: null },
    });
    assert.deepEqual(annotations[1], {
      layer: 4,
      feature: 2,
      label: 'a b c',
      tags: ['a', 'z'],
      evidence: ['second', 'first'],
    });
    const none = applyEdit(example, { kind: 'annotate', layer: 4, feature: 2, change: { note: '' } });
    assert.deepEqual(none.annotations, example.annotations.slice(0, 1));
  });
});

describe('the text that an edit changes', () => {
  const cases: [string, InvestigationEdit, string][] = [
    ['pin', { kind: 'pin', nodes: ['3_90_8'] }, '+    "3_90_8",'],
    ['pin at the end', { kind: 'pin', nodes: ['9_9_9'] }, '-    "7_42_10"\n+    "7_42_10",\n+    "9_9_9"'],
    ['unpin', { kind: 'unpin', nodes: ['1_20_8'] }, '-    "1_20_8",'],
    [
      'new group',
      { kind: 'group', nodes: ['5_1_9', '5_2_9'], name: 'Say Austin' },
      '+      "id": "say-austin",\n+      "name": "Say Austin",\n+      "members": [\n+        "5_1_9",\n+        "5_2_9"\n+      ]\n+    },\n+    {',
    ],
    ['into a group', { kind: 'group', id: 'texas', nodes: ['3_20_8'] }, '+        "3_20_8",'],
    ['out of a group', { kind: 'ungroup', nodes: ['3_17_8'] }, '-        "3_17_8",'],
    [
      'group name',
      { kind: 'rename-group', id: 'texas', name: 'the state Texas' },
      '-      "name": "Texas",\n+      "name": "the state Texas",',
    ],
    ['group colour', { kind: 'colour-group', id: 'capital', colour: 'red' }, '+      "colour": "red",'],
    [
      'label',
      { kind: 'annotate', layer: 3, feature: 17, change: { label: 'Texan places' } },
      '-      "label": "Texas",\n+      "label": "Texan places",',
    ],
    [
      'evidence',
      { kind: 'annotate', layer: 3, feature: 17, change: { evidence: ['ablated: -.8', 'steered: +.2'] } },
      '-        "ablated: -.8"\n+        "ablated: -.8",\n+        "steered: +.2"',
    ],
    [
      'tags',
      { kind: 'annotate', layer: 3, feature: 17, change: { tags: ['place', 'southern', 'state'] } },
      '+        "southern",',
    ],
    [
      'verdict away',
      { kind: 'annotate', layer: 3, feature: 17, change: { verdict: null } },
      '-      "verdict": "relevant",',
    ],
    [
      'first annotation of a feature',
      { kind: 'annotate', layer: 3, feature: 99, change: { verdict: 'spurious' } },
      '+      "layer": 3,\n+      "feature": 99,\n+      "verdict": "spurious"\n+    },\n+    {',
    ],
    [
      'notes',
      { kind: 'notes', text: 'One hop.' },
      '-  "notes": "Two hops:\\nDallas, Texas, Austin.",\n+  "notes": "One hop.",',
    ],
    [
      'thresholds',
      { kind: 'thresholds', nodeThreshold: 0.7000000001, edgeThreshold: 0.98 },
      '-    "nodeThreshold": 0.8,\n+    "nodeThreshold": 0.7,',
    ],
  ];
  for (const [name, edit, expected] of cases) {
    test(`${name}: a diff that can be read`, () => {
      const oldText = writeInvestigation(example);
      const edited = textEdits(oldText, applyEdit(example, edit));
      assert.equal(lineDiff(oldText, applyTextEdits(oldText, edited)), expected);
    });
  }

  const formats: [string, (investigation: Investigation) => string][] = [
    ['tabs', investigation => `${JSON.stringify(investigation, null, '\t')}\n`],
    [
      'four spaces and other line ends',
      investigation => JSON.stringify(investigation, null, 4).replaceAll('\n', '\r\n'),
    ],
    ['one line', investigation => JSON.stringify(investigation)],
    ['byte order mark', investigation => `\uFEFF${writeInvestigation(investigation)}`],
    [
      'a field of its own, lists in a line',
      investigation =>
        writeInvestigation(investigation)
          .replace('{', '{\n  "reviewed by": ["a", "b"],')
          .replace(/"pinned": \[[^\]]*\]/, list => list.replaceAll(/\n */g, ' ')),
    ],
  ];
  for (const [name, format] of formats) {
    test(`a file in a form of its own (${name}) says the same and keeps its form elsewhere`, () => {
      fc.assert(
        fc.property(investigations, edits, (start, edit) => {
          const oldText = format(start);
          const after = applyEdit(start, edit);
          const changes = textEdits(oldText, after);
          const newText = applyTextEdits(oldText, changes);
          assert.deepEqual(parseInvestigation(newText, 'it').investigation, after);
          if (after === start) assert.equal(newText, oldText);
          if (oldText.includes('reviewed by')) assert.ok(newText.includes('"reviewed by": ["a", "b"]'));
          if (oldText.includes('\r\n')) assert.doesNotMatch(newText, /[^\r]\n/);
        }),
        { numRuns: 60 },
      );
    });
  }

  test('the last item of a list that closes right behind it goes away whole', () => {
    const oldText = JSON.stringify(example);
    const after = applyEdit(example, { kind: 'unpin', nodes: ['7_42_10'] });
    const newText = applyTextEdits(oldText, textEdits(oldText, after));
    assert.equal(newText, oldText.replace(',"7_42_10"]', ']'));
    assert.notEqual(newText, oldText);
  });

  test('lists out of order, as a merge leaves them, are put in order by the first edit of theirs', () => {
    const merged = writeInvestigation(example).replace(
      '"1_20_8",\n    "3_17_8"',
      '"3_17_8",\n    "1_20_8",\n    "1_20_8"',
    );
    const { investigation } = parseInvestigation(merged, 'it');
    const after = applyEdit(investigation, { kind: 'pin', nodes: ['2_2_2'] });
    const newText = applyTextEdits(merged, textEdits(merged, after));
    assert.equal(newText, writeInvestigation(after));
  });

  test('50,000 nodes: one pin is one line, in little time', () => {
    const many = Array.from({ length: 50_000 }, (_, i) => `3_${100_000 + i}_8`);
    const big: Investigation = { ...example, pinned: many, supernodes: [{ id: 'all', name: 'all', members: many }] };
    const oldText = writeInvestigation(big);
    const start = performance.now();
    const changes = textEdits(oldText, applyEdit(big, { kind: 'pin', nodes: ['3_1234567_8'] }));
    const seconds = (performance.now() - start) / 1000;
    assert.equal(changes.length, 1);
    assert.ok(changes[0].text.length < 30 && changes[0].length === 0, JSON.stringify(changes));
    assert.ok(seconds < 5, `${seconds} s`);
  });
});

/** Removed and added lines in order, as `diff` shows them, by the longest common subsequence: short texts only. */
function lineDiff(oldText: string, newText: string): string {
  const [a, b] = [oldText.split('\n'), newText.split('\n')];
  const lengths = a.map(() => new Array<number>(b.length + 1).fill(0));
  lengths.push(new Array<number>(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      lengths[i][j] = a[i] === b[j] ? lengths[i + 1][j + 1] + 1 : Math.max(lengths[i + 1][j], lengths[i][j + 1]);
    }
  }
  const lines: string[] = [];
  for (let i = 0, j = 0; i < a.length || j < b.length;) {
    if (i < a.length && j < b.length && a[i] === b[j]) [i, j] = [i + 1, j + 1];
    else if (i < a.length && (j === b.length || lengths[i + 1][j] >= lengths[i][j + 1])) lines.push(`-${a[i++]}`);
    else lines.push(`+${b[j++]}`);
  }
  return lines.join('\n');
}
