import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { CircuitError } from '../../../src/errors.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import { linkTexts, nodeOf, problemCounts, readFixture } from './fixtures.ts';

describe('reading graphs of every format', () => {
  test('schema 0: decimal feature numbers, logits at E1, state by jsNodeId', async () => {
    const file = await readFixture('schema-0.json');
    assert.equal(file.format, 'attribution-graph schema 0');
    assert.deepEqual(file.problems, []);
    const feature = nodeOf(file, '18_1800123_2');
    assert.deepEqual([feature.kind, feature.layer, feature.feature, feature.position], ['feature', 18, 123, 2]);
    assert.equal(feature.influence, undefined);
    assert.deepEqual([nodeOf(file, '0_45_1').kind, nodeOf(file, '0_45_1').feature], ['feature', 45]);
    const logit = nodeOf(file, 'E1_77_2');
    assert.deepEqual(
      [logit.kind, logit.layer, logit.text, logit.token, logit.probability],
      ['logit', 19, 'c', 77, 0.5],
    );
    assert.deepEqual(file.graph.pinned, ['18_1800123_2', 'E1_77_2']);
    assert.deepEqual(file.graph.supernodes, [{ label: 'say b', members: ['18_1800123_2', '0_45_1'] }]);
    assert.equal(file.graph.view?.subgraphPositions, '10 20');
    assert.equal(linkTexts(file).length, 3);
  });

  test('saved state as text; labels by number, by place and by id', async () => {
    const file = await readFixture('saved-subgraph.json');
    assert.equal(file.format, 'attribution-graph schema 1');
    assert.deepEqual(file.graph.pinned, ['2_7_1', '2_7_2', '27_5_2']);
    assert.deepEqual(file.graph.supernodes, [
      { label: 'Texas', members: ['2_7_1', '2_7_2'] },
      { label: 'Texas', members: ['3_4_2'] },
    ]);
    const labels = file.graph.nodes.map(({ id, label }) => [id, label]);
    assert.deepEqual(labels, [
      ['2_7_1', 'Texas cities'],
      ['2_7_2', 'Texas cities'],
      ['3_4_2', 'say a capital'],
      ['E_9_1', undefined],
      ['27_5_2', 'Austin!'],
    ]);
    assert.equal(nodeOf(file, '27_5_2').text, ' Austin');
    assert.deepEqual(problemCounts(file), { 'supernode-member': 1, supernode: 1, 'pinned-id': 1, label: 1 });
    assert.deepEqual(file.graph.metadata.other, {
      feature_details: { neuronpedia_source_set: 'gemmascope-transcoder-16k' },
    });
  });

  test('groups in labels become supernodes', async () => {
    const file = await readFixture('grouped-labels.json');
    assert.deepEqual(file.graph.supernodes, [{ label: 'Texas', members: ['0_1_0', '1_3_1'] }]);
    assert.deepEqual(
      file.graph.nodes.map(({ label }) => label),
      ['cities', 'state names', '[bracket only]', undefined, undefined],
    );
  });

  test('errors that share an id with a feature: links mean what is possible and in order', async () => {
    const file = await readFixture('old-error-ids.json');
    assert.deepEqual(file.duplicateNodeIds, ['0_1_1']);
    assert.equal(nodeOf(file, '1_-1_1').kind, 'error');
    assert.deepEqual(file.graph.pinned, ['0_1_1']);
    assert.deepEqual(linkTexts(file), [
      'E_3_1 > 0_1_1: 1',
      // The error of layer 1 cannot reach a feature of layer 1.
      '0_1_1 > 1_2_1: 2',
      '0_0_1 > 1_2_1: 3',
      '0_0_1 > 2_0_1: 4',
      // After the error of layer 0 comes that of layer 1.
      '1_-1_1 > 2_0_1: 5',
      'E_3_1 > 2_0_1: 6',
      '0_1_1 > 4_9_1: 7',
      '2_0_1 > 4_9_1: 8',
      '1_-1_1 > 4_9_1: 9',
    ]);
    assert.deepEqual(problemCounts(file), { 'duplicate-id': 1 });
  });

  test('a repository as scan, integer layers, no embeddings, no state', async () => {
    const file = await readFixture('repository-scan.json');
    assert.equal(file.graph.metadata.scan, 'owner/repo');
    assert.deepEqual(file.graph.metadata.transcoders, ['one', 'two']);
    assert.deepEqual(file.graph.metadata.promptTokens, ['1', '2']);
    assert.deepEqual([nodeOf(file, '1_2_1').layer, nodeOf(file, '1_2_1').feature], [1, 2]);
    assert.deepEqual([file.graph.pinned, file.graph.supernodes, file.problems], [[], [], []]);
  });

  test('complete replacement models: attention features, their errors, biases', async () => {
    const file = await readFixture('complete-replacement.json');
    assert.equal(file.format, 'attribution-graph crm');
    assert.equal(file.graph.metadata.scan, 'llama-scope');
    assert.deepEqual(
      file.graph.nodes.map(({ kind, layer, feature }) => [kind, layer, feature]),
      [
        ['token', -1, undefined],
        ['lorsa', 0, 3],
        ['lorsa error', 0, undefined],
        ['feature', 1, 4],
        ['error', 1, undefined],
        ['bias', 0, undefined],
        ['logit', 4, undefined],
      ],
    );
    assert.equal(nodeOf(file, '1_4_1').label, 'b after a');
    assert.equal(linkTexts(file).length, 6);
    assert.deepEqual(file.problems, []);
  });

  test('a hostile file: what can be read is read, the rest is left out and reported', async () => {
    const file = await readFixture('hostile.json');
    assert.deepEqual(
      file.graph.nodes.map(({ id }) => id),
      ['1_2_1', 'constructor', '4_9_1'],
    );
    assert.deepEqual(linkTexts(file), ['1_2_1 > 4_9_1: 0.5', 'constructor > 4_9_1: 2']);
    assert.deepEqual(problemCounts(file), {
      'not-finite': 2,
      'link-weight': 3,
      'dangling-link': 4,
      'node-id': 3,
      'node-field': 4,
      metadata: 2,
      supernode: 4,
      'supernode-member': 1,
      'pinned-id': 1,
      label: 1,
    });
    const feature = nodeOf(file, '1_2_1');
    // The number is none, so that the id says which feature it is.
    assert.deepEqual(
      [feature.feature, feature.position, feature.influence, feature.label],
      [2, 0, undefined, 'from an object'],
    );
    assert.equal(nodeOf(file, 'constructor').label, 'NaN "is" fine in text');
    assert.equal(nodeOf(file, '4_9_1').probability, undefined);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
    assert.deepEqual(Object.keys(file.graph.metadata.other ?? {}), ['__proto__']);
    assert.deepEqual(file.graph.supernodes, [{ label: 'mixed', members: ['1_2_1', '4_9_1'] }]);
  });
});

describe('files that are no graphs', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'circuit-read-graph-'));
  });
  after(() => rm(folder, { recursive: true }));

  const graph = '{"metadata": {"slug": "s"}, "nodes": [{"node_id": "a"}], "links": []}';
  const cases: [string, string, string, RegExp][] = [
    ['nothing', '', 'file-damaged', /is empty/],
    ['a list', '[1, 2]', 'file-damaged', /not a JSON object/],
    ['text', 'Fact: the capital', 'file-damaged', /not a JSON object/],
    ['another object', '{"nodes": {}, "links": []}', 'file-unsupported', /has no "nodes"/],
    ['a graph cut short', graph.slice(0, -20), 'file-damaged', /ends in the middle of the field "nodes"/],
    ['a graph and more', `${graph} {}`, 'file-damaged', /goes on after its end/],
    ['a comma too many among nodes', graph.replace('}]', '},]'), 'file-damaged', /field "nodes"/],
    ['a comma too many among fields', graph.replace(': []}', ': [],}'), 'file-damaged', /not valid JSON/],
    ['a wrong bracket', graph.replace('}]', '}}'), 'file-damaged', /field "nodes"/],
    ['a missing comma', graph.replace('}, "nodes"', '} "nodes"'), 'file-damaged', /not valid JSON/],
    ['an open string', graph.replace('"a"', '"a'), 'file-damaged', /"nodes"/],
    ['deep nesting', `{"metadata": ${'['.repeat(100_000)}`, 'file-damaged', /deeper than 64/],
    ['deep nesting in what is skipped', `{"x": ${'{"a":'.repeat(100_000)}`, 'file-damaged', /deeper than 64/],
  ];
  for (const [what, text, code, message] of cases) {
    test(what, async () => {
      const path = join(folder, `${what}.json`);
      await writeFile(path, text);
      await assert.rejects(readGraph(path), (error: unknown) => {
        assert.ok(error instanceof CircuitError);
        assert.equal(error.code, code);
        assert.match(error.message, message);
        assert.ok(error.message.startsWith(path), error.message);
        return true;
      });
    });
  }

  test('a missing file and a folder', async () => {
    await assert.rejects(readGraph(join(folder, 'none.json')), { code: 'file-missing' });
    await assert.rejects(readGraph(folder), { code: 'file-missing' });
  });

  test('an aborted read', async () => {
    const path = join(folder, 'whole.json');
    await writeFile(path, graph);
    await assert.rejects(readGraph(path, { signal: AbortSignal.abort() }), { code: 'cancelled' });
  });

  test('a byte order mark is no fault', async () => {
    const path = join(folder, 'mark.json');
    await writeFile(path, `\uFEFF${graph}\n`);
    assert.equal((await readGraph(path)).graph.nodes.length, 1);
  });
});
