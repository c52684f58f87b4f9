import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphModel } from '../../../webview/model/graph-model.ts';
import type { SceneNode } from '../../../webview/model/scene.ts';
import { placeInRows } from '../../../webview/model/subgraph-rows.ts';
import { subgraph } from '../../../webview/model/subgraph.ts';
import { layeredGraph } from './graphs.ts';

const ROOM = { width: 850, height: 680 };
const model = graphModel(layeredGraph(8, 10, 3, 6));
const features = model.nodes.flatMap(({ kind }, node) => (kind === 'feature' ? [node] : []));
const group = { id: 'x', name: 'x', members: features.slice(20, 31).map(node => model.nodes[node].id) };

/** The boxes of a subgraph of 200 nodes with a group, open or closed. */
function boxes(isOpen: boolean): readonly SceneNode[] {
  const open = new Set(isOpen ? ['x'] : []);
  const passing = new Uint8Array(model.nodes.length).fill(1);
  const look = {
    node: (node: number) => ({ name: `name ${node}`, pinned: true, spurious: false }),
    size: (members: number) => `${members} nodes`,
    boxWidth: 140,
  };
  return subgraph(model, { pinned: new Set(features.slice(0, 200)), groups: [group], open, passing }, look).nodes;
}

describe('very many boxes in lines', () => {
  for (const isOpen of [false, true]) {
    test(`none lies on another, higher layers lie higher, ${isOpen ? 'an open group together' : 'a closed group too'}`, () => {
      const all = boxes(isOpen);
      const { places, width, height } = placeInRows(all, ROOM);
      const placed = all.filter(({ id }) => places.has(id));
      assert.deepEqual(
        all.filter(({ id }) => !places.has(id)).map(({ id }) => id),
        isOpen ? ['gx'] : [],
        'a frame follows its members',
      );
      const at = ({ id }: SceneNode): readonly [number, number] => places.get(id) ?? [NaN, NaN];
      for (const [i, one] of placed.entries()) {
        const [x, y] = at(one);
        assert.ok(Math.abs(x) <= width / 2 && y >= 0 && y <= height);
        for (const other of placed.slice(i + 1)) {
          const [dx, dy] = [Math.abs(at(other)[0] - x), Math.abs(at(other)[1] - y)];
          assert.ok(
            dx >= (one.width + other.width) / 2 || dy >= (one.height + other.height) / 2,
            `${one.id} ${other.id}`,
          );
          if (one.group === undefined && other.group === undefined && (one.row ?? 0) > (other.row ?? 0))
            assert.ok(y < at(other)[1], `${one.id} above ${other.id}`);
        }
      }
      if (!isOpen) return;
      const inside = placed.filter(box => box.group === 'x').map(at);
      const [left, right] = [Math.min(...inside.map(([x]) => x)) - 70, Math.max(...inside.map(([x]) => x)) + 70];
      const [top, bottom] = [Math.min(...inside.map(([, y]) => y)) - 18, Math.max(...inside.map(([, y]) => y)) + 18];
      const strangers = placed.filter(box => box.group === undefined).map(at);
      assert.deepEqual(
        strangers.filter(([x, y]) => x > left && x < right && y > top && y < bottom),
        [],
      );
    });
  }

  test('the whole has about the form of the room', () => {
    const tall = placeInRows(boxes(false), { width: 400, height: 900 });
    const wide = placeInRows(boxes(false), { width: 1600, height: 400 });
    assert.ok(wide.width > 2 * tall.width && tall.height > 1.3 * wide.height, JSON.stringify([tall.width, wide.width]));
  });

  test('nothing and one box', () => {
    assert.equal(placeInRows([], ROOM).places.size, 0);
    const [first] = boxes(false);
    assert.deepEqual([...placeInRows([first], ROOM).places.keys()], [first.id]);
  });
});
