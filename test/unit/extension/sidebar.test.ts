import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { annotationsElsewhere, labelsOf } from '../../../extension/annotations/elsewhere.ts';
import { targetsOf } from '../../../extension/annotations/feature-targets.ts';
import { labelPrompt } from '../../../extension/annotations/label-prompt.ts';
import { featureCard, selectedFeature } from '../../../extension/card/feature-card.ts';
import { readCardMessage } from '../../../extension/card/card-messages.ts';
import { circuitTitle, scoreText } from '../../../extension/circuits-tree/circuit-text.ts';
import { comparisonHtml } from '../../../extension/circuits-tree/comparison-html.ts';
import { cardRows } from '../../../extension/features-tree/card-rows.ts';
import { draggedNodes, editOfDrop } from '../../../extension/features-tree/feature-drag.ts';
import type { FeatureItem } from '../../../extension/features-tree/feature-items.ts';
import { featureNumbers } from '../../../extension/features-tree/feature-text.ts';
import { featureTree, type Grouping } from '../../../extension/features-tree/feature-tree.ts';
import { pageHtml } from '../../../extension/investigation/panel-html.ts';
import type { Session } from '../../../extension/investigation/session.ts';
import type { FeatureCardData } from '../../../src/engine/protocol.ts';
import { compareInvestigations } from '../../../src/graph/compare.ts';
import type { Investigation } from '../../../src/graph/investigation/types.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';
import type { AttributionGraph } from '../../../src/graph/types.ts';

const graph: AttributionGraph = {
  metadata: {
    slug: 'x',
    scan: 'tiny',
    prompt: 'Dallas is',
    promptTokens: ['<bos>', 'Dallas', ' is'],
    schemaVersion: 1,
    transcoders: [],
    trace: {
      dictionary: { name: 'tiny', sha256: 'aa' },
      replacementScore: 0.876,
      details: { top: [{ text: ' Austin' }] },
    },
  },
  nodes: [
    featureNode(0, 1, 7, { activation: 2, influence: 0.5, label: 'Texas (unclear)' }),
    featureNode(1, 2, 7, { activation: 3, influence: 0.2, label: 'texas' }),
    featureNode(1, 1, 8, { activation: 1, influence: 0.95, label: 'weak' }),
    featureNode(1, 2, 9, { activation: 1, influence: 0.6 }),
    errorNode(0, 2),
    tokenNode(1, 5),
    logitNode(2, 2, 9, { text: ' Austin', probability: 0.9 }),
  ],
  links: { sources: Uint32Array.of(5, 0, 1), targets: Uint32Array.of(0, 1, 6), weights: Float64Array.of(3, 1, -2) },
  pinned: [],
  supernodes: [],
};

const investigation: Investigation = {
  version: 1,
  prompt: 'Dallas is',
  graph: { file: 'x' },
  dictionary: { name: 'tiny', sha256: 'aa' },
  settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
  pinned: ['0_7_1'],
  supernodes: [{ id: 'tx', name: 'the state', members: ['1_7_2', '0_7_1'] }],
  annotations: [{ layer: 1, feature: 9, label: 'nine', tags: ['odd'] }],
};

const words = { layer: (layer: number) => `Layer ${layer}`, noSupernode: 'In no supernode' };
const rowWords = { promoted: 'promoted', suppressed: 'suppressed', nothing: 'nothing is known' };
const numberWords = {
  score: (value: string) => `F1 ${value}`,
  activation: (value: string) => `act ${value}`,
  influence: (value: string) => `infl ${value}`,
  verdicts: { relevant: 'relevant', spurious: 'spurious', unsure: 'unsure' },
};

const tree = (grouping: Grouping, filter = '', one: Investigation | null = investigation) =>
  featureTree({ graph, investigation: one, labelsElsewhere: { '1/8': 'elsewhere' }, words }, grouping, filter).map(
    group => [group.title, ...group.features.map(({ node }) => node.id)],
  );

function sessionWith(selected: readonly string[]): Session {
  return { graph, investigation, selected, readOnly: false, hasModel: true } as unknown as Session;
}

const record = (tokens: string[], peak: number): FeatureCardData => ({
  layer: 1,
  feature: 7,
  record: {
    index: 1,
    examples_quantiles: [
      {
        quantile_name: 'Top activations',
        examples: [
          {
            tokens,
            tokens_acts_list: tokens.map((_, i) => (i === peak ? 3.14159 : 0)),
            train_token_ind: peak,
            is_repeated_datapoint: false,
          },
        ],
      },
    ],
    bottom_logits: [' no'],
  },
  topLogits: [{ text: ' Austin', weight: 2 }],
  bottomLogits: [],
});

describe('the features tree', () => {
  test('has what the threshold keeps and what a person chose, in groups, strongest first', () => {
    assert.deepEqual(tree('layer'), [
      ['Layer 0', '0_7_1'],
      ['Layer 1', '1_7_2', '1_9_2'],
    ]);
    assert.deepEqual(tree('position'), [
      ['1 Dallas', '0_7_1'],
      ['2 is', '1_7_2', '1_9_2'],
    ]);
    assert.deepEqual(tree('supernode'), [
      ['the state', '1_7_2', '0_7_1'],
      ['In no supernode', '1_9_2'],
    ]);
    assert.deepEqual(
      tree('label').map(([, ...ids]) => ids),
      [['1_7_2', '0_7_1'], ['1_9_2']],
    );
    const chosen = { ...investigation, pinned: ['1_8_1'] };
    assert.deepEqual(tree('layer', '', chosen).at(1), ['Layer 1', '1_7_2', '1_9_2', '1_8_1']);
    assert.equal(tree('layer', '', null).flat().length, 2 + 4);
  });

  test('is filtered by names, tags, tokens and numbers, all words together', () => {
    assert.deepEqual(tree('layer', 'TEXAS is'), [['Layer 1', '1_7_2']]);
    assert.deepEqual(tree('layer', 'odd'), [['Layer 1', '1_9_2']]);
    assert.deepEqual(tree('layer', '0/7'), [['Layer 0', '0_7_1']]);
    assert.deepEqual(tree('layer', 'nothing like it'), []);
  });

  test('every item has one id, and the same one again', () => {
    for (const grouping of ['layer', 'position', 'supernode', 'label'] as const) {
      const ids = featureTree({ graph, investigation, labelsElsewhere: {}, words }, grouping, '').flatMap(
        ({ id, features }) => [id, ...features.map(({ node, parent }) => `${parent} ${node.id}`)],
      );
      assert.equal(new Set(ids).size, ids.length);
    }
  });

  test('examples mark their peak token, and leave out the beginning that all have', () => {
    const [example, promotes, suppresses] = cardRows(record(['<bos>', 'El', ' Paso', ' is', '\n'], 2), rowWords);
    assert.equal(example.text, 'El Paso is⏎');
    const [[start, end]] = example.highlights;
    assert.equal(example.text.slice(start, end), 'Paso');
    assert.equal(example.description, '3.14');
    assert.deepEqual([promotes.text, suppresses.text], ['Austin', 'no']);
    assert.deepEqual([promotes.description, suppresses.description], ['promoted', 'suppressed']);
    const long = cardRows(record(['x'.repeat(100), ' peak', 'y'.repeat(100)], 1), rowWords)[0];
    assert.equal(long.text.slice(...long.highlights[0]), 'peak');
    assert.ok(long.text.length < 90);
    assert.equal(long.parts?.join('').length, 205, 'a tooltip has all of it');
    const unknown = { ...record([], 0), record: null, topLogits: [] };
    assert.deepEqual(
      cardRows(unknown, rowWords).map(({ kind, text }) => [kind, text]),
      [['nothing', 'nothing is known']],
    );
    assert.equal(cardRows({ ...unknown, problem: 'the hub is away' }, rowWords)[0].text, 'the hub is away');
  });

  test('beside a name stand its place, the score of the label if that is the name, activation, influence, verdict', () => {
    const [, { features }] = featureTree({ graph, investigation, labelsElsewhere: {}, words }, 'layer', '');
    const facts = { detectionF1: 0.914 };
    assert.equal(featureNumbers(features[0], facts, numberWords), 'L1 · is · F1 .91 · act 3.00 · infl .20');
    const judged = { ...features[0], name: 'a name by hand', annotation: { layer: 1, feature: 7, verdict: 'unsure' } };
    const numbers = featureNumbers(judged as (typeof features)[0], facts, numberWords);
    assert.equal(numbers, 'L1 · is · act 3.00 · infl .20 · unsure');
    assert.doesNotMatch(featureNumbers(features[0], { detectionF1: null }, numberWords), /F1/);
    assert.match(featureNumbers(features[0], { detectionF1: 1 }, numberWords), /F1 1\.00/);
  });

  test('what is dropped on a supernode or its features goes into it, on a feature into a new one', () => {
    const source = { graph, investigation, labelsElsewhere: {}, words };
    const [state, none] = featureTree(source, 'supernode', '');
    const [layer0] = featureTree(source, 'layer', '');
    assert.deepEqual(draggedNodes([state, state.features[0], none.features[0]]), ['1_7_2', '0_7_1', '1_9_2']);
    const drop = (nodes: string[], target: FeatureItem | undefined, grouping: Grouping = 'supernode') =>
      editOfDrop(nodes, target, grouping);
    assert.deepEqual(drop(['1_9_2'], state), { kind: 'group', nodes: ['1_9_2'], id: 'tx' });
    assert.deepEqual(drop(['1_9_2'], state.features[1]), { kind: 'group', nodes: ['1_9_2'], id: 'tx' });
    const both = { kind: 'group', nodes: ['1_9_2', '1_8_1'], name: 'nine' };
    assert.deepEqual(drop(['1_8_1', '1_9_2'], none.features[0]), both);
    assert.deepEqual(drop(['0_7_1'], none), { kind: 'ungroup', nodes: ['0_7_1'] });
    assert.deepEqual(drop(['0_7_1'], undefined), { kind: 'ungroup', nodes: ['0_7_1'] });
    assert.equal(drop(['1_9_2'], none.features[0]), undefined, 'on itself');
    assert.equal(drop(['0_7_1'], layer0, 'layer'), undefined, 'a layer is no place to drop things');
    assert.equal(drop(['0_7_1'], undefined, 'layer'), undefined);
  });
});

describe('the feature card', () => {
  test('is about the feature that was selected last, at all its places, with its strongest links', () => {
    const session = sessionWith(['E_5_1', '1_7_2']);
    assert.deepEqual(selectedFeature(session), { layer: 1, feature: 7 });
    assert.equal(selectedFeature(sessionWith(['E_5_1'])), undefined);
    const card = featureCard(
      { session, labelsElsewhere: {}, elsewhere: [], data: null, loading: true, canImproveLabel: false },
      1,
      7,
    );
    assert.equal(card.name, 'texas');
    assert.deepEqual(card.places, [{ node: '1_7_2', position: 2, token: ' is', activation: 3, influence: 0.2 }]);
    assert.deepEqual(card.inputs, [{ node: '0_7_1', name: 'Texas (unclear)', token: 'Dallas', weight: 1, share: 1 }]);
    assert.deepEqual(
      card.outputs.map(({ name, weight }) => [name, weight]),
      [['Austin', -2]],
    );
    assert.equal(card.annotation, null);
  });

  test('takes only its own messages', () => {
    const edit = { kind: 'annotate', layer: 1, feature: 7, change: { label: 'x', note: null } };
    assert.deepEqual(readCardMessage({ type: 'edit', edit }), { type: 'edit', edit });
    for (const odd of [{ type: 'edit', edit: { kind: 'pin', nodes: [] } }, { type: 'run', command: 'rm' }, 7]) {
      assert.equal(readCardMessage(odd), undefined);
    }
  });

  test('a language model is shown marked examples, nothing of the workspace', () => {
    const prompt = labelPrompt(record(['El', ' Paso', ' is'], 1), 'cities');
    assert.ok(prompt.includes('- El «Paso» is'), prompt);
    assert.ok(prompt.includes('" Austin"') && prompt.includes('cities'));
    const named = record(['El'], 0);
    const ofIndex = labelPrompt({ ...named, topLogits: [], record: { ...named.record!, top_logits: ['Waco'] } }, 'x');
    assert.ok(ofIndex.includes('"Waco"'), 'the index names what it promotes');
    const long = labelPrompt(
      record(
        Array.from({ length: 500 }, () => ' word'),
        250,
      ),
      'x',
    );
    assert.ok(
      long.split('\n').every(line => line.length < 200),
      'a person reads all of it',
    );
  });
});

describe('annotations', () => {
  test('of other investigations count for the same dictionary alone', () => {
    const known = [
      {
        id: 'b',
        file: 'b.circuit.json',
        investigation: { ...investigation, annotations: [{ layer: 1, feature: 9, note: 'n' }] },
      },
      { id: 'c', file: 'c.circuit.json', investigation },
      {
        id: 'd',
        file: 'd.circuit.json',
        investigation: {
          ...investigation,
          dictionary: { name: 'tiny', sha256: 'bb' },
          annotations: [{ layer: 0, feature: 0, label: 'no' }],
        },
      },
    ];
    const found = annotationsElsewhere(known, investigation.dictionary, 'x');
    assert.deepEqual(
      found.get('1/9')?.map(({ file }) => file),
      ['b.circuit.json', 'c.circuit.json'],
    );
    assert.deepEqual(labelsOf(found), { '1/9': 'nine' });
    assert.deepEqual(labelsOf(annotationsElsewhere(known, investigation.dictionary, 'c')), {});
    assert.equal(annotationsElsewhere(known, undefined, 'x').size, 0);
  });

  test("commands are about the tree's selected items, the page's place, or the selection", () => {
    const session = sessionWith(['1_7_2']);
    const [first, second] = featureTree({ graph, investigation, labelsElsewhere: {}, words }, 'supernode', '');
    const one = targetsOf(session, [second.features[0], undefined]);
    assert.deepEqual([one.nodes, one.features, one.group], [['1_9_2'], [{ layer: 1, feature: 9 }], undefined]);
    const many = targetsOf(session, [first.features[0], [first.features[0], second.features[0]]]);
    assert.deepEqual(many.nodes, ['1_7_2', '1_9_2']);
    assert.deepEqual(targetsOf(session, [first]).nodes, ['1_7_2', '0_7_1']);
    const page = targetsOf(session, [{ webviewSection: 'group', nodes: ['0_7_1', 'E_5_1'], group: 'tx', more: 1 }]);
    assert.deepEqual([page.nodes, page.features, page.group], [['0_7_1', 'E_5_1'], [{ layer: 0, feature: 7 }], 'tx']);
    assert.deepEqual(targetsOf(session, []), { nodes: ['1_7_2'], features: [{ layer: 1, feature: 7 }], group: 'tx' });
    assert.deepEqual(targetsOf(session, [{ webviewSection: 'canvas', nodes: [] }]).nodes, ['1_7_2']);
  });
});

describe('pages and lists', () => {
  test('a page runs one script with a nonce of its own, and nothing in a title becomes markup', () => {
    const parts = { title: '<img src=x onerror=1>', script: 's.js', style: 's.css', cspSource: 'https://csp' };
    const [html, again] = [pageHtml(parts), pageHtml(parts)];
    assert.ok(html.includes('&lt;img src=x onerror=1&gt;') && !html.includes('<img'));
    const nonce = /script nonce="([^"]+)"/.exec(html)?.[1] ?? '';
    assert.ok(nonce.length >= 20 && html.includes(`script-src &#39;nonce-${nonce}&#39;`));
    assert.ok(!again.includes(nonce));
    assert.ok(html.includes('default-src &#39;none&#39;') && !html.includes('unsafe'));
    assert.ok(html.includes('<meta id="__________cytoscape_stylesheet">'));
  });

  test('a comparison is a table of escaped texts', () => {
    const hostile: Investigation = {
      ...investigation,
      annotations: [{ layer: 1, feature: 7, label: '<script>alert(1)</script>' }],
    };
    const comparison = compareInvestigations(
      { investigation: hostile, graph },
      { investigation, graph: { ...graph, nodes: graph.nodes.slice(0, 1) } },
    );
    const html = comparisonHtml(
      comparison,
      [
        { file: '<b>.circuit.json', prompt: '"&' },
        { file: 'y', prompt: '' },
      ],
      { style: 'c.css', cspSource: 'csp', language: 'en' },
    );
    assert.ok(!html.includes('<script') && !html.includes('<b>'));
    assert.ok(html.includes('&lt;script&gt;alert(1)&lt;/script&gt;') && html.includes('&quot;&amp;'));
    assert.match(html, /1 shared features \(33 % of all\), 2 on the left alone, 0 on the right alone/);
  });

  test('investigations are listed by the end of their prompt, their target and scores', () => {
    const long = { ...investigation, prompt: `${'x'.repeat(50)} containing\nDallas is` };
    assert.match(circuitTitle(long), /^….*containing Dallas is$/);
    assert.equal(circuitTitle({ ...investigation, prompt: ' ' }), '(empty prompt)');
    assert.equal(scoreText(investigation, graph.metadata), '→ Austin · replacement .88');
    const aimed = { ...investigation, settings: { ...investigation.settings, target: '" Austin"' } };
    assert.equal(scoreText(aimed, undefined), '→ " Austin"');
  });
});
