import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { graphModel } from '../../../webview/model/graph-model.ts';
import type { NodeLook } from '../../../webview/model/scene.ts';
import { percent, subgraph, subgraphMembers } from '../../../webview/model/subgraph.ts';
import { groupLinks } from '../../../webview/model/supernode-links.ts';
import { at, layeredGraph, smallModel } from './graphs.ts';

const look = (node: number): NodeLook => ({ name: `name ${node}`, pinned: true, spurious: false });

describe('links between groups', () => {
  test('for single nodes they are shares of the inputs', () => {
    const model = smallModel();
    const [c, b, logit] = ['1_12_2', '0_11_2', '3_7_2'].map(id => at(model, id));
    const links = groupLinks(model, [[c], [b], [logit]]);
    assert.deepEqual(
      links.map(({ source, target, weight }) => [source, target, weight]),
      [
        [1, 0, 0.25],
        [0, 2, 0.6],
        [1, 2, -0.2],
      ],
    );
  });

  test('the formula written out, on random groups', () => {
    const model = graphModel(layeredGraph(4, 4, 3, 9));
    const groups: number[][] = [[], [], [], []];
    model.nodes.forEach((_, node) => groups[node % 5]?.push(node));
    const { sources, targets, weights } = model.links;
    const edge = (s: number, t: number): number =>
      weights.reduce((sum, weight, i) => (sources[i] === s && targets[i] === t ? sum + weight : sum), 0);
    const inputs = (t: number, outside?: readonly number[]): number =>
      weights.reduce(
        (sum, weight, i) => (targets[i] === t && outside?.includes(sources[i]) !== true ? sum + Math.abs(weight) : sum),
        0,
      );
    const found = groupLinks(model, groups);
    for (const { source, target, weight } of found) {
      const members = groups[target].filter(t => inputs(t) > 0);
      const whole = members.reduce((sum, t) => sum + inputs(t, groups[target]) / inputs(t), 0);
      let expected = 0;
      for (const t of members) {
        const external = inputs(t, groups[target]);
        if (external === 0) continue;
        for (const s of groups[source]) expected += ((edge(s, t) / external) * (external / inputs(t))) / whole;
      }
      assert.ok(Math.abs(weight - expected) < 1e-9, `${source} > ${target}: ${weight}, not ${expected}`);
    }
    assert.ok(found.length >= 8);
    assert.ok(found.every(({ source, target }) => source !== target));
  });
});

describe('subgraph', () => {
  const model = smallModel();
  const [a, b, c, logit] = ['0_10_1', '0_11_2', '1_12_2', '3_7_2'].map(id => at(model, id));
  const group = { id: 'x', name: 'Texas', members: ['0_10_1', '0_11_2', 'gone'] };

  test('holds the pinned nodes, the members of groups and the logits', () => {
    assert.deepEqual(subgraphMembers(model, new Set([c]), [group]), new Set([a, b, c]));
    const { nodes } = subgraph(model, new Set([c]), [group], new Set(), look);
    assert.deepEqual(
      nodes.map(({ id }) => id),
      ['gx', `n${c}`, `n${logit}`],
    );
    assert.equal(nodes[0].text, 'Texas\n2 nodes');
  });

  test('an open group is a frame around its members', () => {
    const { nodes, links } = subgraph(model, new Set([c]), [group], new Set(['x']), look);
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
    const { links } = subgraph(model, new Set([a, b, c]), [], new Set(), look);
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

  test('a node in two groups is drawn in the first', () => {
    const other = { id: 'y', name: 'Other', members: ['0_10_1', '1_12_2'] };
    const { nodes } = subgraph(model, new Set(), [group, other], new Set(['x', 'y']), look);
    assert.equal(nodes.filter(({ node }) => node === a).length, 1);
  });
});
