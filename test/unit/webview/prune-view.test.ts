import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matrixOfGraph, prunedGraph } from '../../../src/attribution/graph-of-matrix.ts';
import { prune } from '../../../src/attribution/prune.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import type { AttributionGraph, GraphNode } from '../../../src/graph/types.ts';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { pruneView } from '../../../webview/model/prune-view.ts';
import { circuit } from '../../support/cli.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { join } from 'node:path';
import { graphOf, layeredGraph, smallModel } from './graphs.ts';
import { featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';

function linkNames({ nodes, links }: AttributionGraph, shown?: Uint8Array): string[] {
  return Array.from(links.weights, (_, i) => i)
    .filter(i => shown === undefined || shown[i] === 1)
    .map(i => `${nodes[links.sources[i]].id} > ${nodes[links.targets[i]].id}`)
    .sort();
}

function nodeNames({ nodes }: AttributionGraph, shown?: Uint8Array): string[] {
  return nodes
    .filter((_, i) => shown === undefined || shown[i] === 1)
    .map(({ id }) => id)
    .sort();
}

describe('pruning a wide graph in the panel', () => {
  test('a graph kept at .95 of its nodes gives what the engine gives for the whole, at every threshold below', () => {
    const whole = layeredGraph(5, 4, 6, 14);
    const { matrix, kinds, logitWeights } = matrixOfGraph(whole);
    const wideCut = prune(matrix, kinds, logitWeights, { nodeThreshold: 0.95, edgeThreshold: 1 });
    const wide = prunedGraph(matrix, whole.nodes, wideCut, whole.metadata);
    assert.ok(wide.nodes.length < whole.nodes.length, 'the wide graph is a real part of the whole');
    const model = graphModel(wide);
    for (const nodeThreshold of [0.3, 0.5, 0.7, 0.8, 0.9, 0.95]) {
      for (const edgeThreshold of [0.2, 0.6, 0.9, 0.98, 0.999]) {
        const thresholds = { nodeThreshold, edgeThreshold };
        const view = pruneView(model, thresholds);
        const engine = prunedGraph(matrix, whole.nodes, prune(matrix, kinds, logitWeights, thresholds), whole.metadata);
        assert.deepEqual(linkNames(wide, view.links), linkNames(engine), JSON.stringify(thresholds));
        assert.deepEqual(nodeNames(wide, view.nodes), nodeNames(engine), JSON.stringify(thresholds));
        assert.equal(view.linkCount, engine.links.weights.length);
        assert.equal(view.nodeCount, engine.nodes.length);
      }
    }
  });

  test('the traces of the command line agree with the pruned wide trace', async context => {
    const folder = await temporaryFolder(context);
    const trace = async (name: string, nodes: string, edges: string): Promise<AttributionGraph> => {
      const out = join(folder, `${name}.graph.json`);
      const prompt = ['--prompt', 'The capital of France is', '--no-labels', '--out', out];
      const { code, stderr } = await circuit([
        'trace',
        ...prompt,
        '--node-threshold',
        nodes,
        '--edge-threshold',
        edges,
      ]);
      assert.equal(code, 0, stderr);
      return (await readGraph(out)).graph;
    };
    const wide = await trace('wide', '.95', '1');
    const model = graphModel(wide);
    for (const [nodes, edges] of [
      ['.8', '.98'],
      ['.6', '.9'],
    ]) {
      const engine = await trace(`cut${nodes}`, nodes, edges);
      const view = pruneView(model, { nodeThreshold: Number(nodes), edgeThreshold: Number(edges) });
      assert.deepEqual(linkNames(wide, view.links), linkNames(engine));
      assert.deepEqual(nodeNames(wide, view.nodes), nodeNames(engine));
    }
  });

  test('thresholds of 1 show the file as it is, unlinked nodes too', () => {
    const graph = graphOf(
      [
        featureNode(0, 1, 1, { influence: 1 }),
        tokenNode(1, 5, { influence: 0.4 }),
        logitNode(2, 1, 3, { probability: 1 }),
      ],
      [['E_5_1', '3_3_1', 1]],
    );
    const view = pruneView(graphModel(graph), { nodeThreshold: 1, edgeThreshold: 1 });
    assert.deepEqual([...view.nodes], [1, 1, 1]);
    assert.deepEqual([...view.links], [1]);
  });

  test('a threshold of 0 keeps tokens, logits and the strongest node', () => {
    const model = smallModel();
    const view = pruneView(model, { nodeThreshold: 0, edgeThreshold: 1 });
    assert.deepEqual(nodeNames(model.graph, view.nodes), ['1_12_2', '3_7_2', 'E_101_1', 'E_102_2']);
  });

  test('a file without influence gets it from its links', () => {
    const { nodes, links, metadata } = smallModel().graph;
    const bare = nodes.map(node => {
      const copy: Partial<Record<keyof GraphNode, unknown>> = { ...node };
      delete copy.influence;
      return copy as unknown as GraphNode;
    });
    const model = graphModel({ metadata, nodes: bare, links, pinned: [], supernodes: [] });
    // The first is c with .6; then its token .45 through a; then a.
    assert.equal(model.rank[model.indexOf.get('1_12_2') ?? -1], 1);
    assert.ok(model.influence.every(share => share >= 0 && share <= 1 + 1e-12));
  });

  test('a graph with a cycle is shown whole', () => {
    const graph = graphOf(
      [featureNode(0, 1, 1), featureNode(1, 1, 2), logitNode(2, 1, 3, { probability: 1 })],
      [
        ['0_1_1', '1_2_1', 1],
        ['1_2_1', '0_1_1', 1],
        ['1_2_1', '3_3_1', 1],
      ],
    );
    const model = graphModel(graph);
    assert.equal(model.cyclic, true);
    const view = pruneView(model, { nodeThreshold: 0.5, edgeThreshold: 0.5 });
    assert.equal(view.nodeCount, 3);
    assert.equal(view.linkCount, 3);
  });
});
