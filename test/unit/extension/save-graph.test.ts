import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { GraphLibrary, hashFile } from '../../../extension/investigation/graph-library.ts';
import { moveInvestigation } from '../../../extension/investigation/move-investigation.ts';
import { copyGraph, placeGraph } from '../../../extension/investigation/save-graph.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A graph and an investigation of it in the extension's folder, and a folder of the person's. */
async function unsaved(t: TestContext) {
  const folder = await temporaryFolder(t);
  const [storage, work] = [join(folder, 'storage'), join(folder, 'work')];
  await mkdir(storage);
  await mkdir(work);
  const graph = join(storage, 'a-b-12ab.graph.json');
  await writeFile(graph, 'the graph');
  const sha256 = await hashFile(graph);
  const text = writeInvestigation({
    version: 1,
    prompt: 'a b',
    graph: { file: 'a-b-12ab.graph.json', sha256 },
    source: { file: '../work/prompts.md', start: 3 },
    settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
    pinned: ['1_7_2'],
    supernodes: [],
    annotations: [],
  });
  const from = join(storage, 'a-b.circuit.json');
  await writeFile(from, text);
  return { storage, work, graph, sha256, text, from, library: new GraphLibrary(storage) };
}

async function saved(path: string) {
  return parseInvestigation(await readFile(path, 'utf8'), path).investigation;
}

describe('saving an investigation', () => {
  test('puts the graph beside it, points to it and to the traced text, and leaves nothing else', async t => {
    const { work, text, from, library, sha256 } = await unsaved(t);
    const to = join(work, 'dallas.circuit.json');
    await moveInvestigation(library, text, from, to);
    assert.deepEqual((await readdir(work)).sort(), ['dallas.circuit.json', 'dallas.graph.json']);
    const investigation = await saved(to);
    assert.deepEqual(investigation.graph, { file: 'dallas.graph.json', sha256 });
    assert.deepEqual(investigation.source, { file: 'prompts.md', start: 3 });
    assert.deepEqual(investigation.pinned, ['1_7_2']);
    assert.equal(await readFile(join(work, 'dallas.graph.json'), 'utf8'), 'the graph');
    // Nothing is to be done when it is saved again, and a new window finds the graph beside.
    assert.equal(await placeGraph(new GraphLibrary('/none'), investigation.graph, to), undefined);
  });

  test('another graph of that name is not overwritten, the same one is taken', async t => {
    const { work, text, from, library } = await unsaved(t);
    await writeFile(join(work, 'dallas.graph.json'), 'another graph');
    await writeFile(join(work, 'dallas-2.graph.json'), 'the graph');
    const to = join(work, 'dallas.circuit.json');
    await moveInvestigation(library, text, from, to);
    assert.equal((await saved(to)).graph.file, 'dallas-2.graph.json');
    assert.equal(await readFile(join(work, 'dallas.graph.json'), 'utf8'), 'another graph');
    assert.equal((await readdir(work)).length, 3);
  });

  test('a graph in the same folder stays where it is', async t => {
    const { work, storage, graph, sha256 } = await unsaved(t);
    await mkdir(join(work, 'graphs'));
    const place = join(work, 'graphs', 'x.graph.json');
    await writeFile(place, await readFile(graph));
    const library = new GraphLibrary(join(storage, 'none'));
    library.remember(sha256, place);
    assert.deepEqual(await placeGraph(library, { file: '../elsewhere.json', sha256 }, join(work, 'y.circuit.json')), {
      reference: { file: 'graphs/x.graph.json', sha256 },
      to: place,
    });
  });

  test('Save As of a saved investigation takes the graph along, also past another graph of that name', async t => {
    const { work, graph, sha256, library } = await unsaved(t);
    library.remember(sha256, graph);
    const reference = { file: 'x.graph.json', sha256 };
    await writeFile(join(work, 'x.graph.json'), 'another graph');
    const placement = await placeGraph(library, reference, join(work, 'x.circuit.json'));
    assert.equal(placement?.reference.file, 'x-2.graph.json');
    assert.equal(placement.from, graph);
  });

  test('a folder that cannot be written: a clear error, and what was there is still there', async t => {
    const { work, text, from, graph, library } = await unsaved(t);
    await writeFile(join(work, 'file'), '');
    const to = join(work, 'file', 'dallas.circuit.json');
    await assertFails(() => moveInvestigation(library, text, from, to), 'file-write', 'dallas.graph.json');
    assert.equal(await readFile(from, 'utf8'), text);
    assert.equal(await readFile(graph, 'utf8'), 'the graph');
    const missing = { reference: { file: 'x' }, from: join(work, 'none'), to: join(work, 'x.graph.json') };
    await assertFails(() => copyGraph(missing), 'file-write', 'x.graph.json');
    assert.deepEqual(await readdir(work), ['file']);
  });

  test('a graph that is nowhere keeps nobody from saving', async t => {
    const { work, text, from, graph, library } = await unsaved(t);
    await rm(graph);
    const to = join(work, 'dallas.circuit.json');
    await moveInvestigation(library, text, from, to);
    assert.equal((await saved(to)).graph.file, 'a-b-12ab.graph.json');
  });
});
