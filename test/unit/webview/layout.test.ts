import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphModel, type GraphModel } from '../../../webview/model/graph-model.ts';
import {
  layoutGraph,
  type Layout,
  type LayoutMode,
  type PlacedNode,
  type Room,
} from '../../../webview/model/layout.ts';
import { at, layeredGraph, smallModel } from './graphs.ts';

const ROOM = { width: 900, height: 600 };
const NAMES = Array.from({ length: 2000 }, (_, i) => `a name of node ${i}`);
const place = (model: GraphModel, shown: Uint8Array, mode: LayoutMode, room: Room = ROOM): Layout =>
  layoutGraph(model, shown, mode, room, NAMES);
const all = (count: number): Uint8Array => new Uint8Array(count).fill(1);

function placeOf(layout: Layout, node: number): PlacedNode {
  const found = layout.placed.find(placed => placed.node === node);
  if (found === undefined) throw new Error(`node ${node} is not placed`);
  return found;
}

describe('layout of tokens by layers', () => {
  for (const mode of ['fitted', 'labels', 'dots'] satisfies LayoutMode[]) {
    test(`${mode}: no box lies on another, each in its column and row`, () => {
      const model = graphModel(layeredGraph(6, 5, 9, 4));
      const layout = place(model, all(model.nodes.length), mode);
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
    const layout = place(model, all(model.nodes.length), 'labels');
    const y = (id: string): number => placeOf(layout, at(model, id)).y;
    assert.ok(y('3_7_2') < y('1_12_2') && y('1_12_2') < y('0_11_2') && y('0_11_2') < y('E_102_2'));
    assert.deepEqual(
      layout.rows.map(({ name }) => name),
      ['logits', 'L1', 'L0', 'E'],
    );
  });

  test('within a cell the strongest stands first and errors last', () => {
    const model = smallModel();
    const layout = place(model, all(model.nodes.length), 'labels');
    assert.ok(placeOf(layout, at(model, '1_12_2')).y < placeOf(layout, at(model, '1_-1_2')).y);
  });

  test('what is not shown is not placed and takes no room', () => {
    const model = smallModel();
    const shown = all(model.nodes.length);
    shown[at(model, '1_-1_2')] = 0;
    const layout = place(model, shown, 'labels');
    assert.equal(layout.placed.length, model.nodes.length - 1);
    assert.ok(layout.height < place(model, all(model.nodes.length), 'labels').height);
  });

  test('a wide room gives a wide drawing, a high room a high one', () => {
    const model = graphModel(layeredGraph(4, 3, 12, 3));
    const shown = all(model.nodes.length);
    const wide = place(model, shown, 'dots', { width: 1600, height: 400 });
    const high = place(model, shown, 'dots', { width: 400, height: 1600 });
    assert.ok(wide.width / wide.height > high.width / high.height);
  });

  test('names get the room that is free at the sides', () => {
    const model = smallModel();
    const shown = all(model.nodes.length);
    const narrow = place(model, shown, 'labels', { width: 150, height: 600 });
    const wide = place(model, shown, 'labels', { width: 1600, height: 600 });
    const feature = at(model, '1_12_2');
    assert.ok(placeOf(wide, feature).width > placeOf(narrow, feature).width);
  });

  test('fitted: at full size in the room, the names of the strongest can be read', () => {
    const model = graphModel(layeredGraph(8, 4, 3, 6));
    const shown = all(model.nodes.length);
    for (const room of [
      { width: 520, height: 380 },
      { width: 680, height: 440 },
      { width: 1400, height: 800 },
    ]) {
      const layout = place(model, shown, 'fitted', room);
      assert.ok(layout.width <= room.width + 1e-9 && layout.height <= room.height + 1e-9, JSON.stringify(room));
      const named = layout.placed.filter(one => one.named);
      assert.ok(named.length > 8, `${named.length} names in ${room.width}`);
      assert.ok(named.every(({ width }) => width >= 86));
      const ranks = named.map(({ node }) => model.rank[node]).sort((a, b) => a - b);
      const features = model.nodes.filter(({ kind }) => kind === 'feature').length;
      assert.ok(ranks[Math.floor(ranks.length / 2)] < features, 'the weakest are the marks');
    }
    const count = (room: Room): number => place(model, shown, 'fitted', room).placed.filter(one => one.named).length;
    assert.ok(count({ width: 1400, height: 800 }) > 1.5 * count({ width: 520, height: 380 }));
  });

  test('fitted: a stronger node of a cell is named before a weaker one; tokens and errors are marks', () => {
    const model = graphModel(layeredGraph(8, 4, 5, 6));
    const { placed } = place(model, all(model.nodes.length), 'fitted', { width: 600, height: 420 });
    for (const weak of placed.filter(({ named }) => named)) {
      const { layer, position, kind } = model.nodes[weak.node];
      assert.ok(kind === 'feature' || kind === 'logit');
      const stronger = placed.filter(({ node }) => {
        const other = model.nodes[node];
        return other.kind === 'feature' && other.layer === layer && other.position === position;
      });
      for (const { node, named } of stronger) assert.ok(named || model.rank[node] > model.rank[weak.node]);
    }
  });

  test('fitted: a column gets the width that its names need, not more', () => {
    const model = smallModel();
    const names = model.nodes.map(({ kind, position }) =>
      kind === 'feature' && position === 2 ? 'x'.repeat(30) : 'y',
    );
    const { placed } = layoutGraph(model, all(7), 'fitted', ROOM, names);
    const width = (id: string): number => placed.find(({ node }) => node === at(model, id))?.width ?? 0;
    assert.ok(width('1_12_2') > 180 && width('0_10_1') === 86, `${width('1_12_2')}, ${width('0_10_1')}`);
  });

  test('fitted: without room even for marks all are marks, as small as it takes', () => {
    const model = graphModel(layeredGraph(12, 10, 9, 4));
    const layout = place(model, all(model.nodes.length), 'fitted', { width: 300, height: 200 });
    assert.ok(layout.placed.every(({ named }) => !named));
    assert.ok(layout.width > 300);
  });

  test('the same graph gives the same layout', () => {
    const model = graphModel(layeredGraph(4, 3, 5, 3));
    const once = place(model, all(model.nodes.length), 'dots');
    assert.deepEqual(place(model, all(model.nodes.length), 'dots'), once);
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
    assert.deepEqual(place(model, new Uint8Array(), 'labels').placed, []);
  });
});
