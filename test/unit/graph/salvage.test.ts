import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { salvageInvestigation } from '../../../src/graph/investigation/salvage.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { example, investigations } from './investigation-arbitrary.ts';

const text = writeInvestigation(example);

/** The example's file after `change` of its data. */
function changed(change: (file: Record<string, never>) => void): string {
  const file = JSON.parse(text) as Record<string, never>;
  change(file);
  return JSON.stringify(file);
}

describe('what can be read of a damaged investigation', () => {
  test('is everything, if nothing is damaged', () => {
    fc.assert(
      fc.property(investigations, investigation => {
        assert.deepEqual(salvageInvestigation(writeInvestigation(investigation))?.investigation, investigation);
      }),
    );
  });

  test('is what stands before the place where the file was cut off', () => {
    const cut = text.slice(0, text.indexOf('"feature": 17'));
    const { investigation, problems } = salvageInvestigation(cut) ?? assert.fail();
    assert.deepEqual(investigation.supernodes, example.supernodes);
    assert.deepEqual(investigation.graph, example.graph);
    assert.deepEqual(investigation.annotations, []);
    assert.match(problems[0], /Shown is what can be read.*annotations\[0\]/);
  });

  test('keeps of an item what is good, of a list the good items, and names the rest as the file numbers it', () => {
    const { investigation, problems } =
      salvageInvestigation(
        changed(file => {
          const annotations = file.annotations as Record<string, unknown>[];
          annotations[0].verdict = 'guilty';
          annotations.unshift({ layer: 'x', feature: 1 });
          (file.pinned as unknown[])[1] = 17;
          Object.assign(file, { notes: ['not', 'text'] });
          (file.settings as { nodeThreshold: unknown }).nodeThreshold = 7;
        }),
      ) ?? assert.fail();
    assert.deepEqual(investigation.pinned, ['1_20_8', '7_42_10']);
    assert.equal(investigation.notes, undefined);
    assert.deepEqual(investigation.settings, { ...example.settings, nodeThreshold: 0.8 });
    const [first, second] = example.annotations;
    const { verdict, ...rest } = first;
    assert.equal(verdict, 'relevant');
    assert.deepEqual(investigation.annotations, [rest, second]);
    for (const name of [
      'annotations[0].layer',
      'annotations[1].verdict',
      'pinned[1]',
      'notes',
      'settings.nodeThreshold',
    ]) {
      assert.ok(problems[0].includes(name), `${name} is not in: ${problems[0]}`);
    }
  });

  test('is the first of two versions that git could not merge', () => {
    const conflict = text.replace(
      '    "3_17_8",\n',
      '<<<<<<< HEAD\n    "3_17_8",\n=======\n    "3_18_8",\n>>>>>>> other\n',
    );
    assert.throws(() => parseInvestigation(conflict, 'it'));
    assert.deepEqual(salvageInvestigation(conflict)?.investigation, example);
  });

  test('without its graph or version it is still the work that it holds', () => {
    const { investigation } =
      salvageInvestigation(
        changed(file => {
          delete file.graph;
          delete file.version;
        }),
      ) ?? assert.fail();
    assert.deepEqual(investigation, { ...example, graph: { file: '' } });
  });

  test('is nothing of what is no investigation, and nothing of a newer version', () => {
    for (const other of ['', 'garbage', '[1]', '{"a": 1}', '\u0000\u0001', '['.repeat(200_000)]) {
      assert.equal(salvageInvestigation(other), undefined);
    }
    assert.equal(salvageInvestigation(text.replace('"version": 1', '"version": 2')), undefined);
  });

  test('never fails, whatever the file holds', () => {
    const keys = fc.constantFrom(
      'prompt',
      'pinned',
      'supernodes',
      'annotations',
      'graph',
      'settings',
      'version',
      'notes',
    );
    fc.assert(
      fc.property(fc.dictionary(keys, fc.jsonValue()), fc.nat(), (file, length) => {
        const whole = JSON.stringify(file, null, 1);
        for (const some of [whole, whole.slice(0, length % (whole.length + 1))]) salvageInvestigation(some);
      }),
    );
    fc.assert(
      fc.property(fc.nat({ max: text.length }), length => {
        salvageInvestigation(text.slice(0, length));
      }),
    );
  });
});
