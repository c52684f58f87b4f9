import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { matrixOfGraph, prunedGraph } from '../../../src/attribution/graph-of-matrix.ts';
import { fromDense, toDense } from '../../../src/attribution/sparse-matrix.ts';
import { indexLinks } from '../../../src/graph/link-index.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';

const nodes = [
  featureNode(0, 0, 3),
  featureNode(1, 0, 4),
  errorNode(0, 0),
  tokenNode(0, 8),
  logitNode(2, 0, 5, { probability: 0.25 }),
];
const metadata = { slug: '', scan: '', prompt: '', promptTokens: ['a'], schemaVersion: 1, transcoders: [] };
// Rows = targets: feature 0 <- token; feature 1 <- feature 0, error, token; logit <- feature 1, error.
const dense = [
  [0, 0, 0, 2, 0],
  [1, 0, 3, 5, 0],
  [0, 0, 0, 0, 0],
  [0, 0, 0, 0, 0],
  [0, 4, 6, 0, 0],
].flat();
const matrix = fromDense(dense, 5);

describe('graph of a matrix', () => {
  test('holds the kept nodes that are linked, tokens and logits in any case', () => {
    // Kept: all nodes; edges logit <- feature 1 and feature 1 <- token only.
    const graph = prunedGraph(
      matrix,
      nodes,
      {
        nodeKept: Uint8Array.of(1, 1, 1, 1, 1),
        edgeKept: Uint8Array.of(0, 0, 0, 1, 1, 0),
        cumulativeScores: Float64Array.of(0.9, 0.5, 1, 0.25, 1),
      },
      metadata,
    );
    assert.deepEqual(
      graph.nodes.map(({ id, influence }) => [id, influence]),
      [
        ['1_4_0', 0.5],
        ['E_8_0', 0.25],
        ['3_5_0', undefined],
      ],
    );
    assert.deepEqual([...graph.links.sources], [1, 0]);
    assert.deepEqual([...graph.links.targets], [0, 2]);
    assert.deepEqual([...graph.links.weights], [5, 4]);
  });

  test('a kept edge at a dropped node is dropped', () => {
    const graph = prunedGraph(
      matrix,
      nodes,
      {
        nodeKept: Uint8Array.of(1, 0, 1, 1, 1),
        edgeKept: new Uint8Array(6).fill(1),
        cumulativeScores: new Float64Array(5),
      },
      metadata,
    );
    assert.deepEqual(
      graph.nodes.map(({ id }) => id),
      ['0_3_0', '0_-1_0', 'E_8_0', '3_5_0'],
    );
    assert.deepEqual([...graph.links.weights], [2, 6]);
  });

  test('gives the matrix back', () => {
    const all = {
      nodeKept: new Uint8Array(5).fill(1),
      edgeKept: new Uint8Array(6).fill(1),
      cumulativeScores: new Float64Array(5),
    };
    const back = matrixOfGraph(prunedGraph(matrix, nodes, all, metadata));
    assert.deepEqual([...toDense(back.matrix)], dense);
    assert.deepEqual([...back.logitWeights], [0, 0, 0, 0, 0.25]);
  });

  test('an index finds the links of a node at either end', () => {
    const all = {
      nodeKept: new Uint8Array(5).fill(1),
      edgeKept: new Uint8Array(6).fill(1),
      cumulativeScores: new Float64Array(5),
    };
    const { links } = prunedGraph(matrix, nodes, all, metadata);
    const { inputStart, byTarget, outputStart, bySource } = indexLinks(links, 5);
    const inputs = (node: number) =>
      [...byTarget.subarray(inputStart[node], inputStart[node + 1])].map(i => links.sources[i]);
    const outputs = (node: number) =>
      [...bySource.subarray(outputStart[node], outputStart[node + 1])].map(i => links.targets[i]);
    assert.deepEqual([0, 1, 2, 3, 4].map(inputs), [[3], [0, 2, 3], [], [], [1, 2]]);
    assert.deepEqual([0, 1, 2, 3, 4].map(outputs), [[1], [4], [1, 4], [0, 1], []]);
  });
});
