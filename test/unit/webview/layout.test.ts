import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { layoutGraph, type Layout, type LayoutMode, type PlacedNode } from '../../../webview/model/layout.ts';
import { at, layeredGraph, smallModel } from './graphs.ts';

const ROOM = { width: 900, height: 600 };
const all = (count: number): Uint8Array => new Uint8Array(count).fill(1);

function placeOf(layout: Layout, node: number): PlacedNode {
  const found = layout.placed.find(placed => placed.node === node);
  if (found === undefined) throw new Error(`node ${node} is not placed`);
  return found;
}

describe('layout of tokens by layers', () => {
  for (const mode of ['labels', 'dots'] satisfies LayoutMode[]) {
    test(`${mode}: no box lies on another, each in its column and row`, () => {
      const model = graphModel(layeredGraph(6, 5, 9, 4));
      const layout = layoutGraph(model, all(model.nodes.length), mode, ROOM);
      assert.equal(layout.placed.length, model.nodes.length);
      for (const [i, a] of layout.placed.entries()) {
        for (const b of layout.placed.slice(i + 1)) {
          const apart =
            Math.abs(a.x - b.x) >= (a.width + b.width) / 2 - 1e-9 ||
            Math.abs(a.y - b.y) >= (a.height + b.height) / 2 - 1e-9;
          assert.ok(apart, `${model.nodes[a.node].id} lies on ${model.nodes[b.node].id}`);
        }
        const { position, kind, layer } = model.nodes[a.node];
        const column = layout.columns[position];
        const row = layout.rows[kind === 'logit' ? 0 : layout.rows.length - 2 - layer];
        assert.ok(Math.abs(a.x - column.x) + a.width / 2 <= column.width / 2 + 1e-9);
        assert.ok(Math.abs(a.y - row.y) + a.height / 2 <= row.height / 2 + 1e-9);
      }
    });
  }

  test('embeddings are at the bottom, logits on top, layers between in order', () => {
    const model = smallModel();
    const layout = layoutGraph(model, all(model.nodes.length), 'labels', ROOM);
    const y = (id: string): number => placeOf(layout, at(model, id)).y;
    assert.ok(y('3_7_2') < y('1_12_2') && y('1_12_2') < y('0_11_2') && y('0_11_2') < y('E_102_2'));
    assert.deepEqual(
      layout.rows.map(({ name }) => name),
      ['logits', 'L1', 'L0', 'E'],
    );
  });

  test('within a cell the strongest stands first and errors last', () => {
    const model = smallModel();
    const layout = layoutGraph(model, all(model.nodes.length), 'labels', ROOM);
    assert.ok(placeOf(layout, at(model, '1_12_2')).y < placeOf(layout, at(model, '1_-1_2')).y);
  });

  test('what is not shown is not placed and takes no room', () => {
    const model = smallModel();
    const shown = all(model.nodes.length);
    shown[at(model, '1_-1_2')] = 0;
    const layout = layoutGraph(model, shown, 'labels', ROOM);
    assert.equal(layout.placed.length, model.nodes.length - 1);
    assert.ok(layout.height < layoutGraph(model, all(model.nodes.length), 'labels', ROOM).height);
  });

  test('a wide room gives a wide drawing, a high room a high one', () => {
    const model = graphModel(layeredGraph(4, 3, 12, 3));
    const shown = all(model.nodes.length);
    const wide = layoutGraph(model, shown, 'dots', { width: 1600, height: 400 });
    const high = layoutGraph(model, shown, 'dots', { width: 400, height: 1600 });
    assert.ok(wide.width / wide.height > high.width / high.height);
  });

  test('names get the room that is free at the sides', () => {
    const model = smallModel();
    const shown = all(model.nodes.length);
    const narrow = layoutGraph(model, shown, 'labels', { width: 300, height: 600 });
    const wide = layoutGraph(model, shown, 'labels', { width: 1600, height: 600 });
    const feature = at(model, '1_12_2');
    assert.ok(placeOf(wide, feature).width > placeOf(narrow, feature).width);
  });

  test('the same graph gives the same layout', () => {
    const model = graphModel(layeredGraph(4, 3, 5, 3));
    const once = layoutGraph(model, all(model.nodes.length), 'dots', ROOM);
    assert.deepEqual(layoutGraph(model, all(model.nodes.length), 'dots', ROOM), once);
  });

  test('an empty graph has an empty layout', () => {
    const { metadata, links } = smallModel().graph;
    const none = { sources: new Uint32Array(), targets: new Uint32Array(), weights: new Float64Array() };
    assert.equal(links.weights.length, 7);
    const model = graphModel({
      metadata: { ...metadata, promptTokens: [] },
      nodes: [],
      links: none,
      pinned: [],
      supernodes: [],
    });
    assert.deepEqual(layoutGraph(model, new Uint8Array(), 'labels', ROOM).placed, []);
  });
});
