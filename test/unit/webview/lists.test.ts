import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Annotation } from '../../../src/graph/investigation/types.ts';
import { isErrorKind } from '../../../src/graph/node-kinds.ts';
import { drawnLinks, strongestNodes } from '../../../webview/model/drawn-links.ts';
import { filterNodes, isFiltering, NO_FILTER } from '../../../webview/model/filter.ts';
import { graphModel } from '../../../webview/model/graph-model.ts';
import { annotationsByFeature, nodeNames, placeName, tokenName } from '../../../webview/model/names.ts';
import { groupByPosition, signedLinks } from '../../../webview/model/ranked-links.ts';
import { searchNodes } from '../../../webview/model/search.ts';
import { suggestGroups } from '../../../webview/model/suggest-groups.ts';
import { at, layeredGraph, smallGraph, smallModel } from './graphs.ts';

const NONE: ReadonlyMap<string, Annotation> = new Map<string, Annotation>();
const ones = (count: number): Uint8Array => new Uint8Array(count).fill(1);

describe('ranked links', () => {
  test('inputs are split by sign, strongest first, as shares of the input sum', () => {
    const model = smallModel();
    const { positive, negative, positiveShare, magnitude } = signedLinks(model, at(model, '3_7_2'), 'inputs');
    assert.deepEqual(
      positive.map(({ other, share }) => [model.nodes[other].id, share]),
      [
        ['1_12_2', 0.6],
        ['1_-1_2', 0.2],
      ],
    );
    assert.deepEqual(
      negative.map(({ other, weight }) => [model.nodes[other].id, weight]),
      [['0_11_2', -1]],
    );
    assert.equal(magnitude, 5);
    assert.equal(positiveShare, 0.8);
  });

  test('outputs give the share of what they point to', () => {
    const model = smallModel();
    const { positive, negative } = signedLinks(model, at(model, '0_11_2'), 'outputs');
    assert.deepEqual([positive[0].share, negative[0].share], [0.25, 0.2]);
  });

  test('a node without links has none, and no share', () => {
    const model = smallModel();
    const none = signedLinks(model, at(model, '3_7_2'), 'outputs');
    assert.deepEqual([none.positive, none.negative, none.positiveShare], [[], [], NaN]);
  });

  test('groups by token hold all links and all of the magnitude', () => {
    const model = graphModel(layeredGraph(5, 4, 4, 12));
    const node = model.nodes.findIndex(({ kind }) => kind === 'logit');
    const { positive, negative, magnitude } = signedLinks(model, node, 'inputs');
    const groups = groupByPosition(model, [...positive, ...negative], magnitude);
    assert.equal(
      groups.reduce((sum, { links }) => sum + links.length, 0),
      positive.length + negative.length,
    );
    assert.ok(Math.abs(groups.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-12);
    assert.ok(groups.every(({ share }, i) => i === 0 || share <= groups[i - 1].share));
  });
});

describe('drawn links', () => {
  test('all are drawn while they are few, weakest first', () => {
    const model = smallModel();
    const { links, hidden } = drawnLinks(model, ones(7), ones(7), new Set());
    assert.equal(hidden, 0);
    const sizes = links.map(link => Math.abs(model.links.weights[link]));
    assert.deepEqual(
      sizes,
      [...sizes].sort((a, b) => a - b),
    );
  });

  test('of many only the strongest, and of a selection what touches it', () => {
    const model = smallModel();
    const strongest = drawnLinks(model, ones(7), ones(7), new Set(), 2);
    assert.deepEqual(
      strongest.links.map(link => Math.abs(model.links.weights[link])),
      [3, 5],
    );
    assert.equal(strongest.hidden, 5);
    const chosen = at(model, '1_-1_2');
    const touching = drawnLinks(model, ones(7), ones(7), new Set([chosen]), 2);
    assert.deepEqual(
      touching.links.map(link => model.links.sources[link]),
      [chosen],
    );
  });

  test('no link is drawn to a node that is not', () => {
    const model = smallModel();
    const nodes = ones(7);
    nodes[at(model, '1_12_2')] = 0;
    assert.equal(drawnLinks(model, ones(7), nodes, new Set()).links.length, 4);
  });

  test('of too many nodes the strongest stay, and what must', () => {
    const model = smallModel();
    const weak = at(model, 'E_102_2');
    const kept = strongestNodes(model, ones(7), new Set([weak]), 3);
    assert.equal(
      kept.reduce((sum, bit) => sum + bit, 0),
      3,
    );
    assert.equal(kept[weak], 1);
    assert.equal(kept[at(model, '1_12_2')], 1);
  });

  test('what must stay is cut too where it is too much by itself', () => {
    const model = smallModel();
    const kept = strongestNodes(model, ones(7), new Set([0, 1, 2, 3]), 3);
    assert.deepEqual([...kept], [1, 1, 1, 0, 0, 0, 0]);
  });
});

describe('names and search', () => {
  const model = smallModel();

  test('a person’s label comes first, then one from elsewhere, then the automatic one', () => {
    const annotations = annotationsByFeature({
      ...{ version: 1, prompt: '', graph: { file: '' }, settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 } },
      ...{ pinned: [], supernodes: [] },
      annotations: [{ layer: 0, feature: 10, label: 'mine' }],
    });
    const names = nodeNames(model, annotations, { '0/10': 'theirs', '0/11': 'theirs too' });
    assert.equal(names[at(model, '0_10_1')], 'mine');
    assert.equal(names[at(model, '0_11_2')], 'theirs too');
    assert.equal(names[at(model, '1_12_2')], 'say a capital');
    assert.equal(names[at(model, '3_7_2')], 'Austin');
    assert.equal(names[at(model, 'E_101_1')], 'The');
    assert.equal(names[at(model, '1_-1_2')], 'error');
  });

  test('a label called like a property of objects is no label from elsewhere', () => {
    const odd = { ...model, nodes: model.nodes.map(node => ({ ...node, layer: 0, feature: 0 })) };
    assert.equal(nodeNames(odd, NONE, {})[0], 'city names');
  });

  test('blank tokens can be seen', () => {
    assert.deepEqual([' a', '\n', '  ', '', 'x\ty'].map(tokenName), ['a', '⏎', '␣␣', '∅', 'x⇥y']);
    assert.equal(placeName(model, at(model, '1_12_2')), 'L1 · city');
  });

  const names = nodeNames(model, NONE, {});
  const search = (query: string): string[] => searchNodes(model, names, query).map(node => model.nodes[node].id);

  test('search finds labels, tokens, feature numbers, layers and ids, strongest first', () => {
    assert.deepEqual(search('dallas'), ['0_11_2']);
    assert.deepEqual(search('#12'), ['1_12_2']);
    assert.deepEqual(search('0/11'), ['0_11_2']);
    assert.deepEqual(search('E_101_1'), ['E_101_1']);
    assert.deepEqual(search('CITY l1'), ['1_12_2', '1_-1_2']);
    assert.deepEqual(search(''), []);
    assert.deepEqual(search('nowhere'), []);
    assert.deepEqual(search('city'), ['1_12_2', '0_10_1', '0_11_2', '1_-1_2', 'E_102_2', '3_7_2'].sort(byRank));
  });

  function byRank(a: string, b: string): number {
    return model.rank[at(model, a)] - model.rank[at(model, b)];
  }
});

describe('filter', () => {
  const model = smallModel();
  const passing = (filter: Partial<typeof NO_FILTER>, facts = {}): string[] => {
    const mask = filterNodes(model, { ...NO_FILTER, ...filter }, facts);
    return model.nodes.filter((_, i) => mask[i] === 1).map(({ id }) => id);
  };

  test('nothing is left away at first', () => {
    assert.equal(passing({}).length, 7);
    assert.equal(isFiltering(NO_FILTER), false);
  });

  test('by layer tokens and logits stay', () => {
    assert.deepEqual(passing({ layers: [1] }), ['1_12_2', '1_-1_2', 'E_101_1', 'E_102_2', '3_7_2']);
  });

  test('by position logits stay', () => {
    assert.deepEqual(passing({ positions: [1] }), ['0_10_1', 'E_101_1', '3_7_2']);
  });

  test('by kind', () => {
    assert.ok(passing({ hiddenKinds: ['error'] }).every(id => !isErrorKind(model.nodes[at(model, id)].kind)));
    assert.deepEqual(passing({ hiddenKinds: ['feature', 'error', 'token'] }), ['3_7_2']);
  });

  test('by density, where it is known', () => {
    const facts = { '0/10': { density: 0.2 }, '0/11': { density: 0.001 } };
    const left = passing({ mostDense: 0.01 }, facts);
    assert.ok(!left.includes('0_10_1') && left.includes('0_11_2') && left.includes('1_12_2'));
  });
});

describe('suggested groups', () => {
  test('same label, also when one is uncertain, and same words in another order', () => {
    const graph = smallGraph();
    const labels = ['Texas', 'texas (unclear)', 'Dallas, Texas'];
    const nodes = graph.nodes.map((node, i) => (labels[i] === undefined ? node : { ...node, label: labels[i] }));
    const more = [...nodes, { ...nodes[2], id: '1_99_1', feature: 99, position: 1, label: 'Texas,  Dallas' }];
    const model = graphModel({ ...graph, nodes: more });
    const names = nodeNames(model, NONE, {});
    const groups = suggestGroups(model, names, model.nodes.keys(), new Set());
    assert.deepEqual(groups, [
      { name: 'Texas', reason: 'label', members: [0, 1] },
      { name: 'Dallas, Texas', reason: 'words', members: [2, 7] },
    ]);
    assert.deepEqual(suggestGroups(model, names, [0, 1], new Set([1])), [], 'what is grouped is left alone');
  });
});
