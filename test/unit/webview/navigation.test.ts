import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { layoutGraph } from '../../../webview/model/layout.ts';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { firstNode, neighbour, strongestNeighbour, type Direction } from '../../../webview/model/navigation.ts';
import { at, layeredGraph, smallModel } from './graphs.ts';

const ROOM = { width: 900, height: 600 };

describe('walking by keyboard', () => {
  const model = smallModel();
  const shown = new Uint8Array(7).fill(1);
  const layout = layoutGraph(model, shown, 'labels', ROOM, []);
  const go = (id: string, direction: Direction): string | undefined => {
    const next = neighbour(model, layout, at(model, id), direction);
    return next === undefined ? undefined : model.nodes[next].id;
  };

  test('up and down through layers and cells', () => {
    assert.equal(go('E_102_2', 'up'), '0_11_2');
    assert.equal(go('0_11_2', 'up'), '1_-1_2');
    assert.equal(go('1_-1_2', 'up'), '1_12_2');
    assert.equal(go('1_12_2', 'up'), '3_7_2');
    assert.equal(go('3_7_2', 'up'), undefined);
    assert.equal(go('E_102_2', 'down'), undefined);
  });

  test('left and right stay in the layer', () => {
    assert.equal(go('0_11_2', 'left'), '0_10_1');
    assert.equal(go('0_10_1', 'right'), '0_11_2');
    assert.equal(go('1_12_2', 'left'), undefined);
  });

  test('every node can be reached with the arrows', () => {
    const wide = graphModel(layeredGraph(4, 3, 5, 3));
    const all = new Uint8Array(wide.nodes.length).fill(1);
    for (const mode of ['fitted', 'labels', 'dots'] as const) {
      const grid = layoutGraph(wide, all, mode, ROOM, []);
      const start = firstNode(wide, all);
      assert.ok(start !== undefined);
      const reached = new Set([start]);
      for (const node of reached) {
        for (const direction of ['up', 'down', 'left', 'right'] as const) {
          const next = neighbour(wide, grid, node, direction);
          if (next !== undefined) reached.add(next);
        }
      }
      assert.equal(reached.size, wide.nodes.length, mode);
    }
  });

  test('the strongest inputs and outputs in turn, of what is shown', () => {
    const logit = at(model, '3_7_2');
    const names = [0, 1, 2, 3].map(
      skip => model.nodes[strongestNeighbour(model, shown, logit, 'inputs', skip) ?? -1].id,
    );
    assert.deepEqual(
      [names[0], new Set(names.slice(1, 3)), names[3]],
      ['1_12_2', new Set(['0_11_2', '1_-1_2']), '1_12_2'],
    );
    const without = shown.slice();
    without[at(model, '1_12_2')] = 0;
    assert.notEqual(strongestNeighbour(model, without, logit, 'inputs'), at(model, '1_12_2'));
    assert.equal(strongestNeighbour(model, shown, logit, 'outputs'), undefined);
  });

  test('it begins at the likeliest output, without one at the strongest node', () => {
    assert.equal(firstNode(model, shown), at(model, '3_7_2'));
    const without = shown.slice();
    without[at(model, '3_7_2')] = 0;
    assert.equal(firstNode(model, without), at(model, '1_12_2'));
    assert.equal(firstNode(model, new Uint8Array(7)), undefined);
  });
});
