import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { NodeLook } from '../../../webview/model/scene.ts';
import { percent, subgraph, subgraphMembers, type Group } from '../../../webview/model/subgraph.ts';
import { at, smallModel } from './graphs.ts';

const ALL = new Uint8Array(7).fill(1);
const look = {
  node: (node: number): NodeLook => ({ name: `name ${node}`, pinned: true, spurious: false }),
  size: (members: number) => `${members} nodes`,
  boxWidth: 156,
};

const parts = (pinned: Set<number>, groups: readonly Group[], open: Set<string>, passing: Uint8Array) => ({
  ...{ pinned, groups, open, passing },
});

describe('subgraph', () => {
  const model = smallModel();
  const [a, b, c, logit] = ['0_10_1', '0_11_2', '1_12_2', '3_7_2'].map(id => at(model, id));
  const group = { id: 'x', name: 'Texas', members: ['0_10_1', '0_11_2', 'gone'] };

  test('holds the pinned nodes, the members of groups and the logits', () => {
    assert.deepEqual(subgraphMembers(model, new Set([c]), [group]), new Set([a, b, c]));
    const { nodes } = subgraph(model, parts(new Set([c]), [group], new Set(), ALL), look);
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ['gx', `n${c}`, `n${logit}`],
    );
    assert.equal(nodes[0].text, 'Texas\n2 nodes');
  });

  test('an open group is a frame around its members', () => {
    const { nodes, links } = subgraph(model, parts(new Set([c]), [group], new Set(['x']), ALL), look);
    assert.deepEqual(
      nodes.map(({ id, group: inside }) => [id, inside]),
      [
        ['gx', 'x'],
        [`n${a}`, 'x'],
        [`n${b}`, 'x'],
        [`n${c}`, undefined],
        [`n${logit}`, undefined],
      ],
    );
    assert.ok(links.every(({ source, target }) => source !== 'gx' && target !== 'gx'));
  });

  test('links say their share, weakest first', () => {
    const { links } = subgraph(model, parts(new Set([a, b, c]), [], new Set(), ALL), look);
    assert.deepEqual(
      links.map(({ source, target, text }) => [source, target, text]),
      [
        [`n${b}`, `n${logit}`, '−20 %'],
        [`n${b}`, `n${c}`, '+25 %'],
        [`n${c}`, `n${logit}`, '+60 %'],
        [`n${a}`, `n${c}`, '+75 %'],
      ],
    );
    assert.equal(percent(0.0123), '+1.2 %');
  });

  test('what the filter leaves away is in no box, and a group without members is none', () => {
    const passing = ALL.slice();
    passing[a] = 0;
    const some = subgraph(model, parts(new Set([c]), [group], new Set(), passing), look);
    assert.equal(some.nodes[0].text, 'Texas\n1 nodes');
    passing[b] = 0;
    passing[logit] = 0;
    const few = subgraph(model, parts(new Set([c]), [group], new Set(), passing), look);
    assert.deepEqual(
      few.nodes.map(({ id }) => id),
      [`n${c}`],
    );
    assert.deepEqual(few.links, []);
  });

  test('of too many boxes those of most influence stay, the outputs first', () => {
    const few = subgraph(model, parts(new Set([a, b, c]), [group], new Set(), ALL), look, 2);
    assert.deepEqual([few.boxes, few.nodes.map(({ id }) => id)], [3, [`n${c}`, `n${logit}`]]);
    assert.ok(
      few.links.every(({ source, target }) => [source, target].every(id => few.nodes.some(box => box.id === id))),
    );
    const open = subgraph(model, parts(new Set([c]), [group], new Set(['x']), ALL), look, 3);
    assert.deepEqual([open.boxes, open.nodes.map(({ id }) => id)], [4, ['gx', `n${a}`, `n${c}`, `n${logit}`]]);
  });

  test('a node in two groups is drawn in the first', () => {
    const other = { id: 'y', name: 'Other', members: ['0_10_1', '1_12_2'] };
    const { nodes } = subgraph(model, parts(new Set(), [group, other], new Set(['x', 'y']), ALL), look);
    assert.equal(nodes.filter(({ node }) => node === a).length, 1);
  });
});
