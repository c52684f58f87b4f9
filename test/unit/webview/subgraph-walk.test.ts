import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { SceneLink, SceneNode } from '../../../webview/model/scene.ts';
import { nextBox, strongestBox } from '../../../webview/model/subgraph-walk.ts';

const box = (id: string, x: number, y: number): SceneNode => {
  const look = { text: id, mark: false, pinned: false, spurious: false };
  return { id, shape: 'feature', x, y, width: 100, height: 36, ...look };
};
const link = (source: string, target: string, weight: number): SceneLink => {
  return { id: `${source}>${target}`, source, target, weight, width: 1, opacity: 1, text: '' };
};

//      out
//   a      b
//   c  d   e
const boxes = [
  box('out', 100, 0),
  box('a', 0, 100),
  box('b', 200, 100),
  box('c', 0, 200),
  box('d', 100, 200),
  box('e', 200, 200),
];
const links = [link('a', 'out', 0.5), link('b', 'out', -0.7), link('c', 'b', 0.2), link('d', 'a', 0.3)];

describe('walking in the subgraph', () => {
  test('arrows go along the lines first', () => {
    assert.equal(nextBox(boxes, links, 'c', 'up'), 'b', 'a is nearer, but no line leads there');
    assert.equal(nextBox(boxes, links, 'd', 'up'), 'a');
    assert.equal(nextBox(boxes, links, 'a', 'up'), 'out');
  });

  test('where no line leads they go to the nearest box', () => {
    assert.equal(nextBox(boxes, links, 'e', 'up'), 'b');
    assert.equal(nextBox(boxes, links, 'a', 'right'), 'b');
    assert.equal(nextBox(boxes, links, 'd', 'left'), 'c');
    assert.equal(nextBox(boxes, links, 'out', 'up'), undefined);
    assert.equal(nextBox(boxes, links, 'nowhere', 'up'), undefined);
  });

  test('inputs and outputs by their share, whatever its sign, around', () => {
    const inputs = [0, 1, 2].map(skip => strongestBox(links, 'out', 'inputs', skip));
    assert.deepEqual(inputs, ['b', 'a', 'b']);
    assert.equal(strongestBox(links, 'c', 'outputs'), 'b');
    assert.equal(strongestBox(links, 'e', 'outputs'), undefined);
  });
});
