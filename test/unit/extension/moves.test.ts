import assert from 'node:assert/strict';
import { copyFile, mkdir, readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { plainLabel, plainMessage } from '../../../extension/common/plain-message.ts';
import { GraphLibrary, hashFile } from '../../../extension/investigation/graph-library.ts';
import { moveInvestigation } from '../../../extension/investigation/move-investigation.ts';
import { afterMoves, graphAlong, placeAfter } from '../../../extension/investigation/moved-references.ts';
import { forgetUnsaved, isSameWork } from '../../../extension/investigation/unsaved-files.ts';
import type { Investigation } from '../../../src/graph/investigation/types.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const investigation: Investigation = {
  version: 1,
  prompt: 'a b',
  graph: { file: 'x.graph.json', sha256: 'ab'.repeat(32) },
  source: { file: 'texts/prompts.md', start: 3 },
  settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
  pinned: ['1_7_2'],
  supernodes: [],
  annotations: [],
};
const FILE = '/w/x.circuit.json';

describe('references after files were moved', () => {
  test('a path moves with its folder, and no other one does', () => {
    const moves = [{ from: '/w/a', to: '/w/b' }];
    assert.equal(placeAfter('/w/a/x', moves), '/w/b/x');
    assert.equal(placeAfter('/w/a', moves), '/w/b');
    assert.equal(placeAfter('/w/aa/x', moves), '/w/aa/x');
  });

  test('what moves together keeps its references', () => {
    assert.equal(afterMoves(FILE, investigation, [{ from: '/w', to: '/elsewhere' }]), investigation);
    assert.equal(afterMoves(FILE, investigation, [{ from: '/v', to: '/u' }]), investigation);
    assert.equal(afterMoves(FILE, investigation, [{ from: FILE, to: '/w/y.circuit.json' }]), investigation);
  });

  test('what stays behind is pointed to from the new place; what goes is pointed to there', () => {
    const moved = afterMoves(FILE, investigation, [{ from: FILE, to: '/w/sub/x.circuit.json' }]);
    assert.deepEqual([moved.graph.file, moved.source?.file], ['../x.graph.json', '../texts/prompts.md']);
    const renamed = afterMoves(FILE, investigation, [{ from: '/w/x.graph.json', to: '/w/y.graph.json' }]);
    assert.deepEqual(renamed, { ...investigation, graph: { ...investigation.graph, file: 'y.graph.json' } });
    const texts = afterMoves(FILE, investigation, [{ from: '/w/texts', to: '/w/old/texts' }]);
    assert.deepEqual(texts.source, { file: 'old/texts/prompts.md', start: 3 });
  });

  test('the graph goes along into another folder, unless another investigation needs it or it goes anyway', () => {
    const moves = [{ from: FILE, to: '/w/sub/y.circuit.json' }];
    const nobody = () => false;
    assert.deepEqual(graphAlong(FILE, investigation, moves, nobody), {
      from: '/w/x.graph.json',
      to: '/w/sub/x.graph.json',
    });
    assert.equal(
      graphAlong(FILE, investigation, moves, graph => graph === '/w/x.graph.json'),
      undefined,
    );
    assert.equal(graphAlong(FILE, investigation, [{ from: FILE, to: '/w/y.circuit.json' }], nobody), undefined);
    assert.equal(graphAlong(FILE, investigation, [{ from: '/w', to: '/v' }], nobody), undefined);
    const outside = { ...investigation, graph: { file: '../graphs/x.graph.json' } };
    assert.equal(graphAlong(FILE, outside, moves, nobody), undefined);
  });
});

test('a graph that lies elsewhere under its name is found by its contents alone', async t => {
  const folder = await temporaryFolder(t);
  for (const name of ['a', 'b']) await mkdir(join(folder, name));
  const [other, wanted] = ['a', 'b'].map(name => join(folder, name, 'x.graph.json'));
  await writeFile(other, 'another graph');
  await writeFile(wanted, 'the graph');
  const reference = { file: 'x.graph.json', sha256: await hashFile(wanted) };
  const asked: string[] = [];
  const search = (name: string): Promise<string[]> => {
    asked.push(name);
    return Promise.resolve([join(folder, 'gone'), other, wanted]);
  };
  const library = new GraphLibrary(join(folder, 'unsaved'), search);
  assert.equal(await library.find(reference, folder), wanted);
  assert.deepEqual(asked, ['x.graph.json']);
  await copyFile(wanted, join(folder, 'x.graph.json'));
  assert.equal(await library.find(reference, folder), join(folder, 'x.graph.json'), 'what lies beside comes first');
  await rename(join(folder, 'x.graph.json'), join(folder, 'y'));
  assert.equal(await library.find({ file: 'x.graph.json' }, folder), undefined, 'a name alone proves nothing');
});

test('what is saved elsewhere keeps fields that are not known; a text that cannot be read is kept as it is', async t => {
  const folder = await temporaryFolder(t);
  const library = new GraphLibrary(join(folder, 'unsaved'));
  const text = writeInvestigation(investigation).replace('{', '{\n  "reviewed by": "x",');
  await moveInvestigation(library, text, join(folder, 'x.circuit.json'), join(folder, 'y.circuit.json'));
  assert.equal(await readFile(join(folder, 'y.circuit.json'), 'utf8'), text);
  await moveInvestigation(library, 'broken', join(folder, 'x.circuit.json'), join(folder, 'z.circuit.json'));
  assert.equal(await readFile(join(folder, 'z.circuit.json'), 'utf8'), 'broken');
});

test('an unsaved investigation goes with its graph, unless another one refers to it', async t => {
  const folder = await temporaryFolder(t);
  for (const name of ['x', 'y'])
    await writeFile(join(folder, `${name}.circuit.json`), writeInvestigation(investigation));
  await writeFile(join(folder, 'x.graph.json'), '');
  await forgetUnsaved(join(folder, 'x.circuit.json'));
  assert.deepEqual((await readdir(folder)).sort(), ['x.graph.json', 'y.circuit.json']);
  await forgetUnsaved(join(folder, 'y.circuit.json'));
  assert.deepEqual(await readdir(folder), []);
});

test('work is the same wherever it lies, and not if anything else differs', () => {
  const graph = { ...investigation.graph, file: 'y.graph.json' };
  const saved: Investigation = { ...investigation, graph, source: { file: 'elsewhere.md', start: 3 } };
  assert.ok(isSameWork(investigation, saved));
  assert.ok(!isSameWork(investigation, { ...saved, pinned: [] }));
  assert.ok(!isSameWork(investigation, { ...saved, graph: { file: 'x.graph.json', sha256: 'cd'.repeat(32) } }));
});

test('text of files is neither link nor icon in the editor’s own messages and lists', () => {
  // The patterns of the editor: parseLinkedText and labelWithIconsRegex of vscode/src/vs/base.
  const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)/;
  const icon = /(\\)?\$\(([A-Za-z0-9-]+(?:~[A-Za-z]+)?)\)/;
  const hostile = 'a [click](command:x) [y](https://z) $(flame) $$(a~spin)';
  assert.match(hostile, link);
  assert.match(hostile, icon);
  assert.doesNotMatch(plainMessage(hostile), link);
  assert.doesNotMatch(plainLabel(hostile), icon);
  assert.equal(plainMessage('plain (text) [here]'), 'plain (text) [here]');
});
