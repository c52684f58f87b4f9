import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { compareInvestigations } from '../../../src/graph/compare.ts';
import { investigationOfGraph } from '../../../src/graph/investigation/from-graph.ts';
import { ontoGraph } from '../../../src/graph/investigation/onto-graph.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { nameSource, nodeName, tokenName } from '../../../src/graph/naming.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../../src/graph/nodes.ts';
import { readGraphMetadata } from '../../../src/graph/read-graph-metadata.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import { strongestLinks } from '../../../src/graph/strongest-links.ts';
import type { AttributionGraph, GraphNode } from '../../../src/graph/types.ts';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { fixtures } from './fixtures.ts';

function graphOf(
  nodes: readonly GraphNode[],
  links: readonly (readonly [number, number, number])[] = [],
): AttributionGraph {
  return {
    metadata: {
      slug: 'x',
      scan: 'tiny',
      prompt: 'a b',
      promptTokens: ['<bos>', 'a', ' b'],
      schemaVersion: 1,
      transcoders: [],
      trace: { dictionary: { name: 'tiny', sha256: 'aa' }, replacementScore: 0.75 },
    },
    nodes,
    links: {
      sources: Uint32Array.from(links, ([source]) => source),
      targets: Uint32Array.from(links, ([, target]) => target),
      weights: Float64Array.from(links, ([, , weight]) => weight),
    },
    pinned: [],
    supernodes: [],
  };
}

const graph = graphOf(
  [
    featureNode(0, 1, 7, { activation: 2, influence: 0.5, label: 'seven' }),
    featureNode(0, 2, 7, { activation: 3, influence: 0.9, label: 'seven' }),
    featureNode(1, 2, 8, { activation: 1, influence: 0.7 }),
    errorNode(0, 2),
    tokenNode(1, 5),
    logitNode(2, 2, 9, { text: ' c', probability: 0.9 }),
  ],
  [
    [4, 0, 2],
    [0, 2, -1],
    [1, 2, 3],
    [3, 2, -0.5],
    [2, 5, 4],
    [0, 5, 1],
  ],
);

describe('graphs and investigations', () => {
  test('an investigation of any fixture can be written and read, and goes back onto the graph', async t => {
    const folder = await temporaryFolder(t);
    for (const name of [
      'all-kinds.json',
      'saved-subgraph.json',
      'grouped-labels.json',
      'hostile.json',
      'schema-0.json',
    ]) {
      const { graph: read } = await readGraph(join(fixtures, name));
      const made = investigationOfGraph(read, { file: name });
      assert.deepEqual(parseInvestigation(writeInvestigation(made), name), {
        investigation: made,
        version: 1,
        problems: [],
      });
      assert.deepEqual(new Set(made.pinned), new Set(read.pinned));
      const members = (groups: readonly { readonly members: readonly string[] }[]): Set<string> =>
        new Set(groups.flatMap(group => group.members));
      assert.deepEqual(members(made.supernodes), members(read.supernodes), name);
      const exported = join(folder, name);
      await writeGraph(exported, ontoGraph(read, made));
      const again = await readGraph(exported);
      assert.deepEqual(again.graph.pinned, made.pinned, name);
      assert.deepEqual(members(again.graph.supernodes), members(made.supernodes), name);
    }
  });

  test('a graph that holds more than is shown gets the usual thresholds, another is shown whole', () => {
    assert.equal(investigationOfGraph(graph, { file: 'x' }).settings.nodeThreshold, 1);
    const { trace } = graph.metadata;
    const wide = { ...graph, metadata: { ...graph.metadata, trace: { ...trace, details: { links: 'all' } } } };
    assert.deepEqual(investigationOfGraph(wide, { file: 'x' }).settings, { nodeThreshold: 0.8, edgeThreshold: 0.98 });
  });

  test('labels, pins and supernodes go into the exported file; those of missing nodes do not', async t => {
    const investigation = {
      ...investigationOfGraph(graph, { file: 'x' }),
      pinned: ['0_7_1', '9_9_9'],
      supernodes: [
        { id: 'a', name: 'A', members: ['0_7_2', '8_8_8'] },
        { id: 'b', name: 'B', members: ['8_8_9'] },
      ],
      annotations: [{ layer: 0, feature: 7, label: 'lucky' }],
    };
    const path = join(await temporaryFolder(t), 'x.json');
    await writeGraph(path, ontoGraph(graph, investigation));
    const file = JSON.parse(await readFile(path, 'utf8')) as {
      nodes: { node_id: string; clerp: string }[];
      qParams: { pinnedIds: string[]; supernodes: string[][] };
    };
    assert.deepEqual(
      file.nodes.slice(0, 3).map(({ clerp }) => clerp),
      ['lucky', 'lucky', ''],
    );
    assert.deepEqual(file.qParams.pinnedIds, ['0_7_1']);
    assert.deepEqual(file.qParams.supernodes, [['A', '0_7_2']]);
  });

  test('strongest links are those of a brute-force search', () => {
    const brute = (of: readonly number[], side: 'inputs' | 'outputs') =>
      [...graph.links.weights.keys()]
        .filter(link => of.includes((side === 'inputs' ? graph.links.targets : graph.links.sources)[link]))
        .sort((a, b) => Math.abs(graph.links.weights[b]) - Math.abs(graph.links.weights[a]))
        .map(link => (side === 'inputs' ? graph.links.sources : graph.links.targets)[link]);
    for (const of of [[2], [0, 1], [5], [4]]) {
      for (const side of ['inputs', 'outputs'] as const) {
        assert.deepEqual(
          strongestLinks(graph, of, side, 99).map(({ other }) => other),
          brute(of, side),
        );
      }
    }
    const [first] = strongestLinks(graph, [2], 'inputs', 1);
    assert.deepEqual([first.other, first.weight, first.share], [1, 3, 3 / 4.5]);
  });

  test("names: a person's label, one from elsewhere, the automatic one, the number", () => {
    const source = nameSource(graph, [{ layer: 0, feature: 7, label: 'own' }], { '1/8': 'theirs', '0/7': 'no' });
    assert.deepEqual(
      graph.nodes.map(node => nodeName(node, source)),
      ['own', 'own', 'theirs', 'error', 'a', 'c'],
    );
    const plain = nameSource(graph, [], {});
    assert.deepEqual([nodeName(graph.nodes[0], plain), nodeName(graph.nodes[2], plain)], ['seven', '#8']);
    assert.deepEqual(['  ', '\n', '', ' x '].map(tokenName), ['␣␣', '⏎', '∅', 'x']);
  });

  test('comparing finds shared and differing features, by feature and not by position', () => {
    const other = graphOf([featureNode(0, 1, 7, { influence: 0.2 }), featureNode(2, 1, 1, { influence: 0.3 })]);
    const left = { graph, investigation: { ...investigationOfGraph(graph, { file: 'x' }), pinned: ['0_7_2'] } };
    const right = { graph: other, investigation: investigationOfGraph(other, { file: 'y' }) };
    const { shared, onlyLeft, onlyRight, overlap, isSameDictionary } = compareInvestigations(left, right);
    const keys = (rows: typeof shared): string[] => rows.map(({ layer, feature }) => `${layer}/${feature}`);
    assert.deepEqual([keys(shared), keys(onlyLeft), keys(onlyRight)], [['0/7'], ['1/8'], ['2/1']]);
    assert.equal(overlap, 1 / 3);
    assert.equal(isSameDictionary, true);
    assert.deepEqual(shared[0].left, {
      name: 'seven',
      tokens: ['a', 'b'],
      activation: 3,
      influence: 0.5,
      isPinned: true,
      groups: [],
    });
    // The threshold leaves out what the panel leaves out, unless it is pinned.
    const narrow = { ...left.investigation, settings: { nodeThreshold: 0.6, edgeThreshold: 1 } };
    assert.deepEqual(keys(compareInvestigations({ graph, investigation: narrow }, right).onlyLeft), []);
  });

  test("a graph's metadata is read without its nodes; a damaged rest does not matter", async t => {
    const path = join(await temporaryFolder(t), 'x.json');
    await writeGraph(path, graph);
    assert.equal((await readGraphMetadata(path))?.trace?.replacementScore, 0.75);
    await writeFile(path, (await readFile(path, 'utf8')).slice(0, 600));
    assert.equal((await readGraphMetadata(path))?.prompt, 'a b');
    await assertFails(() => readGraphMetadata(`${path}.none`), 'file-missing', 'x.json.none');
  });

  test('a graph that was cut off is read up to there if asked for, and says so', async t => {
    const path = join(await temporaryFolder(t), 'x.json');
    await writeGraph(path, graph);
    const text = await readFile(path, 'utf8');
    await writeFile(path, text.slice(0, text.indexOf('"links"') + 120));
    await assertFails(() => readGraph(path), 'file-damaged', 'x.json');
    const { graph: read, problems } = await readGraph(path, undefined, { salvage: true });
    assert.equal(read.nodes.length, graph.nodes.length);
    assert.ok(read.links.weights.length < graph.links.weights.length);
    assert.ok(problems.some(({ code }) => code === 'cut-off'));
    await writeFile(path, 'garbage');
    await assertFails(() => readGraph(path, undefined, { salvage: true }), 'file-damaged', 'x.json');
  });
});
