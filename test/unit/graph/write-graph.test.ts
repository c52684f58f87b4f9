import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { jsonNumber } from '../../../src/graph/json-number.ts';
import { toSlug } from '../../../src/graph/metadata-json.ts';
import { errorNode, featureNode, logitNode, otherNode, tokenNode } from '../../../src/graph/nodes.ts';
import { readGraph } from '../../../src/graph/read-graph.ts';
import { EMBEDDING_LAYER, type AttributionGraph } from '../../../src/graph/types.ts';
import { writeGraph } from '../../../src/graph/write-graph.ts';
import { fixtures } from './fixtures.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-write-graph-'));
});
after(() => rm(folder, { recursive: true }));

/** Every kind of node and every field of the metadata. */
const everything: AttributionGraph = {
  metadata: {
    slug: 'all-kinds',
    scan: 'tiny',
    prompt: 'é "b"\n',
    promptTokens: ['<bos>', 'é', ' "b"\n'],
    schemaVersion: 1,
    transcoders: ['owner/dictionary'],
    nodeThreshold: 0.8,
    edgeThreshold: 0.98,
    generator: { name: 'circuit-explorer', version: '0.1.0' },
    settings: { max_n_logits: 10, desired_logit_prob: 0.95 },
    trace: {
      model: { name: 'tiny', sha256: 'abc' },
      dictionary: { name: 'tiny-clt', revision: 'main' },
      layers: 2,
      tokenIds: [0, 5, 6],
      tokenOffsets: [null, { start: 0, end: 1 }, { start: 1, end: 6 }],
      replacementScore: 0.75,
      completenessScore: 0.9,
      strictCompletenessScore: 0.8,
      details: { targets: ['c'], budget: { share: 1 } },
    },
    other: { info: { source_urls: ['https://example.org/dictionary'] }, feature_details: {} },
  },
  nodes: [
    featureNode(0, 1, 7, { activation: Math.fround(0.1), influence: 0.5, label: 'é at the start' }),
    featureNode(1, 2, 16_384, { activation: 3, influence: Math.fround(0.7) }),
    otherNode('head', 1, 2, { feature: 3, activation: -2 }),
    otherNode('sae feature', 1, 2, { feature: 3, part: 'resid_post' }),
    errorNode(1, 2, { influence: 0.75 }),
    otherNode('lorsa error', 0, 2),
    tokenNode(1, 5, { influence: 0.25 }),
    tokenNode(2, 6, { influence: 1 }),
    otherNode('position', EMBEDDING_LAYER, 1),
    otherNode('bias', 1, 2, { part: 'attention', label: 'attention output' }),
    otherNode('zeroed', 0, 0, { influence: 0.9 }),
    logitNode(2, 2, 9, { text: ' "c"', probability: Math.fround(0.396), isTarget: true }),
    logitNode(2, 2, 32, { text: 'a - b', probability: 0.5 }),
  ],
  links: {
    sources: Uint32Array.of(6, 8, 0, 10, 4, 9, 1, 2, 3, 5, 7),
    targets: Uint32Array.of(0, 0, 1, 1, 11, 1, 11, 12, 12, 1, 2),
    weights: Float64Array.of(1, -0.5, Math.fround(0.1), 0.1, 1e-30, 3e8, 5, Math.fround(-1 / 3), 1 / 3, 2, 4),
  },
  pinned: ['0_7_1', '3_9_2'],
  supernodes: [{ label: 'start', members: ['0_7_1', 'E_5_1'] }],
};

describe('writing graphs', () => {
  test('gives exactly these bytes, and the same again', async () => {
    const [first, second] = [join(folder, 'first.json'), join(folder, 'second.json')];
    await writeGraph(first, everything);
    await writeGraph(second, everything);
    const bytes = await readFile(first, 'utf8');
    assert.equal(bytes, await readFile(second, 'utf8'));
    assert.equal(bytes, await readFile(join(fixtures, 'all-kinds.json'), 'utf8'));
  });

  test('what is written is read back the same', async () => {
    const path = join(folder, 'back.json');
    await writeGraph(path, everything);
    const { graph, problems, duplicateNodeIds } = await readGraph(path);
    assert.deepEqual([problems, duplicateNodeIds], [[], []]);
    assert.deepEqual(graph.metadata, everything.metadata);
    assert.deepEqual(graph.links.sources, everything.links.sources);
    assert.deepEqual(graph.links.targets, everything.links.targets);
    assert.deepEqual(graph.links.weights.map(Math.fround), everything.links.weights.map(Math.fround));
    assert.deepEqual([graph.pinned, graph.supernodes], [everything.pinned, everything.supernodes]);
    for (const [i, node] of graph.nodes.entries()) {
      const { activation, probability, influence, ...rest } = node;
      const expected = everything.nodes[i];
      for (const [value, other] of [
        [activation, expected.activation],
        [probability, expected.probability],
        [influence, expected.influence],
      ]) {
        assert.equal(
          value === undefined ? undefined : Math.fround(value),
          other === undefined ? undefined : Math.fround(other),
        );
      }
      for (const [key, value] of Object.entries(rest))
        assert.deepEqual(value, new Map<string, unknown>(Object.entries(expected)).get(key), `${node.id} ${key}`);
    }
    const again = join(folder, 'again.json');
    await writeGraph(again, graph);
    assert.equal(await readFile(again, 'utf8'), await readFile(path, 'utf8'));
  });

  test("meets what Neuronpedia's upload requires", async () => {
    const path = join(folder, 'upload.json');
    await writeGraph(path, {
      ...everything,
      metadata: { ...everything.metadata, scan: 'owner/repo', slug: 'Wie heißt das?' },
    });
    const file = JSON.parse(await readFile(path, 'utf8')) as Record<string, unknown> & {
      nodes: Record<string, unknown>[];
      links: Record<string, unknown>[];
    };
    const metadata = file.metadata as Record<string, unknown>;
    assert.match(String(metadata.slug), /^[A-Za-z0-9_.-]+$/);
    assert.equal(metadata.scan, 'owner-repo');
    assert.ok(
      Array.isArray(metadata.prompt_tokens) && typeof metadata.prompt === 'string' && typeof file.qParams === 'object',
    );
    for (const node of file.nodes) {
      for (const field of ['node_id', 'layer', 'feature_type', 'jsNodeId', 'clerp'])
        assert.equal(typeof node[field], 'string');
      for (const field of ['feature', 'ctx_idx'])
        assert.ok(Number.isInteger(node[field]), `${String(node.node_id)} ${field}`);
      // Its viewer takes the probability of every logit out of the name.
      if (node.feature_type === 'logit') assert.match(String(node.clerp), /\(p=\d\.\d{3}\)$/);
    }
    const ids = new Set(file.nodes.map(node => node.node_id));
    assert.equal(ids.size, file.nodes.length);
    assert.equal(new Set(file.nodes.map(node => node.jsNodeId)).size, file.nodes.length);
    for (const { source, target, weight } of file.links)
      assert.ok(ids.has(source) && ids.has(target) && typeof weight === 'number');
  });

  test('leaves nothing behind when it is cancelled or cannot write', async () => {
    const target = join(folder, 'cancelled');
    const many = {
      ...everything,
      nodes: Array.from({ length: 2000 }, (_, i) => featureNode(0, 0, i)),
      pinned: [],
      supernodes: [],
    };
    const links = { sources: new Uint32Array(0), targets: new Uint32Array(0), weights: new Float64Array(0) };
    await assert.rejects(writeGraph(target, { ...many, links }, { signal: AbortSignal.abort() }), {
      code: 'cancelled',
    });
    await assert.rejects(writeGraph(join(folder, 'no', 'folder.json'), everything), { code: 'file-write' });
    assert.ok((await readdir(folder)).every(name => !name.includes('cancelled') && !name.includes('tmp')));
  });
});

describe('numbers in graph files', () => {
  test('float32 survive in at most nine digits, everything else as it is', () => {
    assert.equal(jsonNumber(Math.fround(0.1)), '0.1');
    assert.equal(jsonNumber(0.1), '0.1');
    assert.equal(jsonNumber(NaN), 'null');
    assert.equal(jsonNumber(undefined), 'null');
    fc.assert(
      fc.property(fc.float({ noNaN: true, noDefaultInfinity: true }), value => {
        const text = jsonNumber(value);
        assert.equal(Math.fround(JSON.parse(text) as number), value === 0 ? 0 : value);
        assert.ok(
          text
            .replace(/e.*$/, '')
            .replace(/^-?[0.]*/, '')
            .replace('.', '').length <= 9 || Number.isInteger(value),
          text,
        );
      }),
    );
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), value => {
        if (Math.fround(value) !== value) assert.equal(JSON.parse(jsonNumber(value)), value);
      }),
    );
  });

  test('slugs hold what Neuronpedia takes', () => {
    assert.equal(toSlug('owner/repo@main'), 'owner-repo-main');
    assert.equal(toSlug(''), 'graph');
    assert.equal(toSlug('日本'), 'graph');
    fc.assert(fc.property(fc.string(), text => /^[A-Za-z0-9_.-]{1,100}$/.test(toSlug(text))));
  });
});
