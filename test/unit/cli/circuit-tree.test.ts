import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { circuitTree, type TreeNode } from '../../../src/cli/display/circuit-tree.ts';
import type { GraphNode } from '../../../src/graph/types.ts';

/** Nodes 0 to size - 1 and links [source, target, weight]. */
function graph(size: number, links: readonly (readonly [number, number, number])[]) {
  const nodes = Array.from({ length: size }, (_, i): GraphNode => ({
    id: `${i}`,
    kind: 'feature',
    layer: i,
    position: 0,
  }));
  const totals = new Float64Array(size);
  for (const [, target, weight] of links) totals[target] += Math.abs(weight);
  return {
    nodes,
    links: {
      sources: Uint32Array.from(links, ([source]) => source),
      targets: Uint32Array.from(links, ([, target]) => target),
      weights: Float64Array.from(links, ([, , weight]) => weight),
    },
    totals,
  };
}

/** `3(1(0) 2)`, with * behind repeated nodes. */
function shape({ node, repeated, children }: TreeNode): string {
  const inside = children.length === 0 ? '' : `(${children.map(shape).join(' ')})`;
  return `${node}${repeated ? '*' : ''}${inside}`;
}

const ALL = { lines: 100, breadth: 100, depth: 100 };

describe('circuit tree', () => {
  // 4 <- 3 (weight 6), 4 <- 2 (-3), 4 <- 0 (1); 3 <- 1 (2), 3 <- 0 (2); 2 <- 1 (-1); 1 <- 0 (5)
  const { nodes, links, totals } = graph(5, [
    [0, 4, 1],
    [2, 4, -3],
    [3, 4, 6],
    [1, 3, 2],
    [0, 3, 2],
    [1, 2, -1],
    [0, 1, 5],
  ]);
  const tree = (limits: Partial<typeof ALL>) => circuitTree({ nodes, links }, 4, totals, { ...ALL, ...limits });

  test('every node is expanded once, along the strongest path to it', () => {
    // 1 is reached through 3 with .6 * .5 and through 2 with .3 * 1: equal, so the first found expands.
    assert.equal(shape(tree({})), '4(3(1(0) 0) 2(1*) 0)');
  });

  test('shares are of all absolute inputs, weights keep their sign', () => {
    const [first, second] = tree({}).children;
    assert.deepEqual([first.weight, first.share, first.depth], [6, 0.6, 1]);
    assert.deepEqual([second.weight, second.share], [-3, 0.3]);
  });

  test('limits of lines, breadth and depth', () => {
    assert.equal(shape(tree({ lines: 2 })), '4(3 2)');
    assert.equal(shape(tree({ lines: 0 })), '4');
    assert.equal(shape(tree({ breadth: 1 })), '4(3(1(0)))');
    assert.equal(shape(tree({ depth: 1 })), '4(3 2 0)');
  });

  test('a dense graph of many layers stays within its lines', () => {
    const links: [number, number, number][] = [];
    for (let target = 1; target < 60; target++)
      for (let source = 0; source < target; source++) links.push([source, target, 1 + source]);
    const dense = graph(60, links);
    const count = ({ children }: TreeNode): number => children.reduce((sum, child) => sum + 1 + count(child), 0);
    assert.equal(count(circuitTree(dense, 59, dense.totals, { lines: 40, breadth: 10, depth: 50 })), 40);
  });
});
