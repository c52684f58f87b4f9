import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { scoreGraph } from '../../../src/attribution/graph-of-matrix.ts';
import { describeGraph } from '../../../src/graph/describe.ts';
import type { GraphFile } from '../../../src/graph/read-graph.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import { referenceCase } from '../../support/reference.ts';
import { readFixture } from './fixtures.ts';

const describeFile = (file: GraphFile) => describeGraph(file, scoreGraph(file.graph));

describe('describing a graph file', () => {
  test('counts what is in it', async () => {
    const found = describeFile(await readFixture('saved-subgraph.json'));
    const { format, nodes, links, pinned, supernodes, labelled, types, duplicate_node_ids, tokens } = found;
    assert.deepEqual(
      { format, nodes, links, pinned, supernodes, labelled, types, duplicate_node_ids, tokens },
      {
        format: 'attribution-graph schema 1',
        nodes: 5,
        links: 5,
        pinned: 3,
        supernodes: 2,
        labelled: 3,
        types: { feature: 3, token: 1, logit: 1 },
        duplicate_node_ids: [],
        tokens: 3,
      },
    );
    // No errors: nothing is missing. Two of three tokens have no embedding.
    assert.deepEqual([found.replacement_score, found.completeness_score], [1, 1]);
    assert.equal(found.checks.missing_embeddings, 2);
  });

  test('scores are those of the links, attention errors included', async () => {
    const crm = describeFile(await readFixture('complete-replacement.json'));
    // logit <- 3/4 feature, 1/4 error; feature <- 1/4 attention feature, 1/4 attention error, 1/2 bias.
    // Tokens get 3/16, errors 1/4 + 3/16.
    assert.ok(Math.abs(crm.replacement_score! - 3 / 10) < 1e-12);
    assert.deepEqual(crm.types, { token: 1, lorsa: 1, 'lorsa error': 1, feature: 1, error: 1, bias: 1, logit: 1 });
    const bare = describeFile(await readFixture('repository-scan.json'));
    assert.equal(bare.replacement_score, null);
    assert.deepEqual([bare.completeness_score, bare.checks.missing_embeddings], [1, 2]);
  });

  test("scores a file of circuit-tracer as a dense computation by the file's fields does", async () => {
    // A case without errors that share ids with features, so that the fields alone say what is linked.
    const path = join(await referenceCase('llama3-clt-relu'), 'reference/graph_full.json');
    const found = describeFile(await readGraph(path));
    const expected = denseScores(JSON.parse(await readFile(path, 'utf8')) as RawGraph);
    assert.ok(Math.abs(found.replacement_score! - expected.replacement) < 1e-6);
    assert.ok(Math.abs(found.completeness_score! - expected.completeness) < 1e-6);
    assert.ok(found.replacement_score! > 0.1 && found.replacement_score! < 0.99);
    assert.deepEqual(Object.values(found.checks), [0, 0, 0, 0, 0, 0]);
  });

  test('reports what an attribution graph cannot have', async () => {
    const { graph, ...file } = await readFixture('saved-subgraph.json');
    const index = (id: string) => graph.nodes.findIndex(node => node.id === id);
    const links = {
      sources: Uint32Array.of(index('3_4_2'), index('2_7_2'), index('2_7_1')),
      targets: Uint32Array.of(index('2_7_1'), index('3_4_2'), index('2_7_2')),
      weights: Float64Array.of(1, 1, 1),
    };
    const found = describeFile({ ...file, graph: { ...graph, links } });
    assert.deepEqual(found.checks, {
      dangling_links: 0,
      nodes_in_cycles: 3,
      links_not_upwards: 2,
      links_backwards: 1,
      missing_embeddings: 2,
      unlinked_nodes: 0,
    });
    assert.deepEqual(
      [found.replacement_score, found.completeness_score, found.strict_completeness_score],
      [null, null, null],
    );
    const hostile = describeFile(await readFixture('hostile.json'));
    assert.equal(hostile.checks.dangling_links, 4);
    const doubled = describeFile(await readFixture('old-error-ids.json'));
    assert.deepEqual(doubled.duplicate_node_ids, ['0_1_1']);
  });

  test('prints as JSON', async () => {
    for (const name of ['hostile.json', 'complete-replacement.json', 'repository-scan.json']) {
      const found = describeFile(await readFixture(name));
      assert.deepEqual(JSON.parse(JSON.stringify(found)), found);
    }
  });
});

interface RawGraph {
  readonly nodes: { readonly node_id: string; readonly feature_type: string; readonly token_prob: number }[];
  readonly links: { readonly source: string; readonly target: string; readonly weight: number }[];
}

/** circuit-tracer's two scores, as its documentation words them, from the fields of a file. */
function denseScores({ nodes, links }: RawGraph): { replacement: number; completeness: number } {
  const inputs = nodes.map(node => links.filter(link => link.target === node.node_id));
  const sums = inputs.map(list => list.reduce((sum, link) => sum + Math.abs(link.weight), 0));
  const at = new Map(nodes.map((node, i) => [node.node_id, i]));
  const weights = nodes.map(node => (node.feature_type === 'logit' ? node.token_prob : 0));
  let wave = weights;
  const influence = nodes.map(() => 0);
  while (wave.some(value => value > 0)) {
    const next = nodes.map(() => 0);
    inputs.forEach((list, target) => {
      for (const link of list) next[at.get(link.source)!] += (wave[target] * Math.abs(link.weight)) / sums[target];
    });
    next.forEach((value, i) => (influence[i] += value));
    wave = next;
  }
  const total = (type: string) =>
    influence.reduce((sum, value, i) => sum + (nodes[i].feature_type === type ? value : 0), 0);
  const errors = total('mlp reconstruction error');
  const isError = (id: string) => nodes[at.get(id)!].feature_type === 'mlp reconstruction error';
  const shares = inputs.map((list, i) =>
    list.reduce((sum, link) => sum + (isError(link.source) ? Math.abs(link.weight) / sums[i] : 0), 0),
  );
  const outputs = influence.map((value, i) => value + weights[i]);
  const complete = outputs.reduce((sum, value, i) => sum + value * (1 - shares[i]), 0);
  return {
    replacement: total('embedding') / (total('embedding') + errors),
    completeness: complete / outputs.reduce((a, b) => a + b, 0),
  };
}
