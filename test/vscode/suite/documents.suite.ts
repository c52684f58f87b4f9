import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, it } from 'mocha';
import * as vscode from 'vscode';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import type { Investigation, InvestigationEdit } from '../../../src/graph/investigation/types.ts';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import { answering, type Answers } from './answers.ts';
import { documentOf, GRAPH, newFolder, open, sha256Of, untilNotices, writeFiles } from './investigations.ts';
import { closeAll, until } from './support.ts';

const FEATURE = { webviewSection: 'node', nodes: ['0_7_1'] };
const GROUPED: Partial<Investigation> = {
  supernodes: [{ id: 'state', name: 'state', members: ['0_7_1', '1_9_2'] }],
  pinned: ['1_9_2'],
};

/** Every change that a person can make, by the command that makes it. */
const CHANGES: readonly [what: string, command: string, context: object, answers: Answers, diff: readonly string[]][] =
  [
    ['pin', 'pin', FEATURE, {}, ['+    "0_7_1",']],
    [
      'unpin',
      'unpin',
      { ...FEATURE, nodes: ['1_9_2'] },
      {},
      ['-  "pinned": [', '-    "1_9_2"', '-  ],', '+  "pinned": [],'],
    ],
    ['take out of a group', 'ungroup', FEATURE, {}, ['-        "0_7_1",']],
    [
      'group',
      'group',
      FEATURE,
      { text: 'Texas' },
      [
        '-        "0_7_1",',
        '+    },',
        '+    {',
        '+      "id": "texas",',
        '+      "name": "Texas",',
        '+      "members": [',
        '+        "0_7_1"',
        '+      ]',
      ],
    ],
    [
      'rename a group',
      'renameGroup',
      { webviewSection: 'group', group: 'state' },
      { text: 'the state' },
      ['-      "name": "state",', '+      "name": "the state",'],
    ],
    ['label', 'feature.rename', FEATURE, { text: 'Texan' }, ['+      "label": "Texan"']],
    ['note', 'feature.note', FEATURE, { text: 'fires on cities' }, ['+      "note": "fires on cities"']],
    [
      'tags',
      'feature.tag',
      FEATURE,
      { text: 'b, a' },
      ['+      "tags": [', '+        "a",', '+        "b"', '+      ]'],
    ],
    ['verdict', 'feature.verdict', FEATURE, { item: 'spurious' }, ['+      "verdict": "spurious"']],
    ['colour', 'feature.colour', FEATURE, { item: 'green' }, ['+      "colour": "green"']],
    [
      'evidence',
      'feature.addEvidence',
      FEATURE,
      { text: 'ablated: −.8' },
      ['+      "evidence": [', '+        "ablated: −.8"', '+      ]'],
    ],
    ['notes', 'investigation.notes', {}, { text: String.raw`One.\nTwo.` }, [String.raw`+  "notes": "One.\nTwo.",`]],
  ];
const EDITS: readonly [what: string, edit: InvestigationEdit, diff: readonly string[]][] = [
  ['colour of a group', { kind: 'colour-group', id: 'state', colour: 'red' }, ['+      "colour": "red",']],
  [
    'thresholds',
    { kind: 'thresholds', nodeThreshold: 0.5, edgeThreshold: 0.98 },
    ['-    "nodeThreshold": 0.8,', '+    "nodeThreshold": 0.5,'],
  ],
];

/** The lines that git says differ. */
async function gitDiff(before: string, after: string): Promise<string[]> {
  const folder = await newFolder();
  const [a, b] = [join(folder, 'a'), join(folder, 'b')];
  await writeFile(a, before);
  await writeFile(b, after);
  const output = (() => {
    try {
      return execFileSync('git', ['diff', '--no-index', '--unified=0', '--patience', a, b], { encoding: 'utf8' });
    } catch (error) {
      // It ends with 1 when files differ.
      return (error as { stdout: string }).stdout;
    }
  })();
  return output.split('\n').filter(line => /^[-+](?![-+])/.test(line));
}

describe('the document of an investigation', () => {
  afterEach(closeAll);

  it('undoes and redoes every kind of change, each of which is a small diff', async () => {
    const { investigation: uri } = await writeFiles(GROUPED);
    const session = await open(uri);
    const document = await documentOf(uri);
    const original = document.getText();
    const check = async (what: string, change: () => unknown, expected: readonly string[]): Promise<void> => {
      await change();
      const after = document.getText();
      const diff = await gitDiff(original, after);
      console.log(`      ${what}\n${diff.map(line => `        ${line}`).join('\n')}`);
      for (const line of expected) assert.ok(diff.includes(line), `${what}: ${line} is not in\n${diff.join('\n')}`);
      assert.ok(diff.length <= expected.length + 8, `${what}: ${diff.length} lines differ`);
      assert.ok(document.isDirty, what);
      const changed = session.investigation;
      await vscode.commands.executeCommand('undo');
      await until(`undo of ${what}`, () => (document.getText() === original ? true : undefined));
      assert.deepEqual(session.investigation, parseInvestigation(original, 'it').investigation, what);
      await vscode.commands.executeCommand('redo');
      await until(`redo of ${what}`, () => (document.getText() === after ? true : undefined));
      assert.deepEqual(session.investigation, changed, what);
      await vscode.commands.executeCommand('undo');
      await until(`undo of ${what}`, () => (document.getText() === original ? true : undefined));
    };
    for (const [what, command, context, answers, diff] of CHANGES) {
      const change = () => answering(answers, () => vscode.commands.executeCommand(`circuit.${command}`, context));
      await check(what, change, diff);
    }
    for (const [what, edit, diff] of EDITS) await check(what, () => session.edit(edit), diff);
    // All of it one after the other, and back.
    for (const [, command, context, answers] of CHANGES) {
      await answering(answers, () => vscode.commands.executeCommand(`circuit.${command}`, context));
    }
    const all = document.getText();
    for (let i = 0; i < CHANGES.length; i++) await vscode.commands.executeCommand('undo');
    await until('everything undone', () => (document.getText() === original ? true : undefined));
    for (let i = 0; i < CHANGES.length; i++) await vscode.commands.executeCommand('redo');
    await until('everything redone', () => (document.getText() === all ? true : undefined));
  });

  it('is saved with a newline at its end and nothing else beside it, and reverted to what was saved', async () => {
    const { investigation: uri, folder } = await writeFiles();
    const session = await open(uri);
    const document = await documentOf(uri);
    await session.edit({ kind: 'pin', nodes: ['0_7_1'] });
    assert.ok(await document.save());
    const saved = await readFile(uri.fsPath, 'utf8');
    assert.equal(saved, document.getText());
    assert.deepEqual(parseInvestigation(saved, 'it').investigation.pinned, ['0_7_1']);
    await session.edit({ kind: 'annotate', layer: 0, feature: 7, change: { note: 'to be lost' } });
    assert.ok(document.isDirty);
    await vscode.commands.executeCommand('workbench.action.files.revert');
    await until('the revert', () => (document.isDirty ? undefined : true));
    assert.equal(document.getText(), saved);
    assert.deepEqual(session.investigation?.annotations, []);
    const names = (await vscode.workspace.fs.readDirectory(vscode.Uri.file(folder))).map(([name]) => name).sort();
    assert.deepEqual(names, ['x.circuit.json', 'x.graph.json']);
  });

  it('follows edits of the file by others while it has none of its own', async () => {
    const { investigation: uri } = await writeFiles();
    const session = await open(uri);
    const document = await documentOf(uri);
    const other = document.getText().replace('"pinned": []', '"pinned": [\n    "1_9_2"\n  ]');
    await writeFile(uri.fsPath, other);
    await until('the edit of another', () => (document.getText() === other ? true : undefined));
    await until('the session', () => (session.investigation?.pinned.length === 1 ? true : undefined));
    assert.ok(!document.isDirty);
  });

  it('keeps its own edits when the file changes meanwhile, and does not overwrite it unasked', async () => {
    const { investigation: uri } = await writeFiles();
    const session = await open(uri);
    const document = await documentOf(uri);
    await session.edit({ kind: 'pin', nodes: ['0_7_1'] });
    const mine = document.getText();
    const other = mine.replace('"0_7_1"', '"1_9_2"');
    // Another size and time: the editor tells versions by both.
    await writeFile(uri.fsPath, `${other} \n`);
    assert.equal(await document.save(), false, 'the conflict is told');
    assert.equal(document.getText(), mine);
    assert.equal(await readFile(uri.fsPath, 'utf8'), `${other} \n`);
  });

  it('shows what a git checkout brings, text and graph together', async () => {
    const { investigation: uri, folder, graph } = await writeFiles();
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=x', '-c', 'user.email=x@x', ...args], { cwd: folder, encoding: 'utf8' });
    git('init', '-q', '-b', 'one');
    git('add', '.');
    git('commit', '-q', '-m', 'one');
    git('checkout', '-q', '-b', 'two');
    await writeGraph(graph, { ...GRAPH, nodes: GRAPH.nodes.slice(0, 3), links: emptyLinks() });
    const text = await readFile(uri.fsPath, 'utf8');
    const changed = text.replace(/"sha256": "\w+"/, `"sha256": "${await sha256Of(graph)}"`);
    await writeFile(uri.fsPath, changed.replace('"pinned": []', '"pinned": [\n    "1_9_2"\n  ]'));
    git('commit', '-q', '-a', '-m', 'two');
    const session = await open(uri);
    assert.deepEqual([session.graph.nodes.length, session.notices], [3, []]);
    for (const [branch, nodes, pins] of [
      ['one', 4, []],
      ['two', 3, ['1_9_2']],
      ['one', 4, []],
    ] as const) {
      git('checkout', '-q', branch);
      await until(`the graph of ${branch}`, () => (session.graph.nodes.length === nodes ? true : undefined));
      await untilNotices(session, null);
      assert.deepEqual(session.investigation?.pinned, pins);
    }
  });

  it('is compared as text', async () => {
    const [one, other] = [await writeFiles(), await writeFiles(GROUPED)];
    await vscode.commands.executeCommand('vscode.diff', one.investigation, other.investigation);
    const input = await until('the comparison', () => vscode.window.tabGroups.activeTabGroup.activeTab?.input);
    assert.ok(input instanceof vscode.TabInputTextDiff, JSON.stringify(input));
  });
});

function emptyLinks() {
  return { sources: new Uint32Array(), targets: new Uint32Array(), weights: new Float64Array() };
}
