/**
 * The interchange JSON against circuit-tracer's own files: what they hold is read right (the links of nodes that share
 * an id included), and our writer, fed with the reference tensors, writes the same.
 */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { prunedGraph } from '../../src/attribution/graph-of-matrix.ts';
import { prune } from '../../src/attribution/prune.ts';
import { errorNode, featureNode, logitNode, tokenNode } from '../../src/graph/nodes.ts';
import { readGraph } from '../../src/graph/read-graph.ts';
import type { AttributionGraph, GraphNode } from '../../src/graph/types.ts';
import { writeGraph } from '../../src/graph/write-graph.ts';
import { referenceCases } from '../support/reference.ts';
import { referenceGraph, referenceGraphs, type ReferenceGraph } from '../support/reference-graph.ts';

/** circuit-tracer's file is float64, the tensors are float32. */
const TOLERANCE = 1e-6;
const LAYERS = 3;
/** Errors have ids of layer 0 features there; in these files nothing says which of the two a link means. */
const AMBIGUOUS_LINKS: Record<string, number> = {
  'gemma2-plt-jumprelu-skip logitdiff': 1,
  'gpt2-clt-relu full': 1,
  'gpt2-clt-relu limited': 1,
};
const EXPECTED_PROBLEMS = ['duplicate-id', 'ambiguous-link'];

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'circuit-graph-file-'));
});
after(() => rm(folder, { recursive: true }));

for (const name of referenceCases) {
  describe(`interchange JSON: ${name}`, () => {
    for (const graphName of referenceGraphs) {
      test(graphName, async () => {
        const reference = await referenceGraph(name, graphName);
        const graph = graphOfTensors(reference);
        const path = join(folder, `${name}-${graphName}.graph.json`);
        await writeGraph(path, graph);

        const [ours, theirs] = [await readGraph(path), await readGraph(reference.json)];
        assert.deepEqual(ours.duplicateNodeIds, []);
        assert.deepEqual(ours.problems, []);
        const ambiguous = theirs.problems.find(({ code }) => code === 'ambiguous-link')?.count ?? 0;
        assert.equal(ambiguous, AMBIGUOUS_LINKS[`${name} ${graphName}`] ?? 0);
        assert.deepEqual(
          theirs.problems.filter(({ code }) => !EXPECTED_PROBLEMS.includes(code)),
          [],
        );
        assertSameGraph(ours.graph, graph, 0);
        assertSameGraph(ours.graph, theirs.graph, ambiguous);
        await assertSameFields(path, reference.json);
      });
    }
  });
}

function graphOfTensors(reference: ReferenceGraph): AttributionGraph {
  const { inputTokens, logitTargets, logitWeights, matrix, kinds, size } = reference;
  const positions = inputTokens.length;
  const last = positions - 1;
  const nodes: GraphNode[] = [
    ...reference.features.map(([layer, position, feature], i) =>
      featureNode(layer, position, feature, { activation: reference.activations[i] }),
    ),
    ...Array.from({ length: LAYERS * positions }, (_, i) => errorNode(Math.floor(i / positions), i % positions)),
    ...inputTokens.map((token, position) => tokenNode(position, token)),
    ...logitTargets.map(([text, token], i) => {
      const probability = logitWeights[size - logitTargets.length + i];
      return logitNode(LAYERS, last, token, { text, probability, ...(i === 0 ? { isTarget: true } : {}) });
    }),
  ];
  return prunedGraph(matrix, nodes, prune(matrix, kinds, logitWeights), {
    slug: 'ref-full',
    scan: 'tiny',
    prompt: '<bos> t5 t11 t3 t29 t5 t17',
    promptTokens: ['<bos>', ' t5', ' t11', ' t3', ' t29', ' t5', ' t17'],
    schemaVersion: 1,
    transcoders: [],
    nodeThreshold: 0.8,
    edgeThreshold: 0.98,
  });
}

/** What a node is, whatever its id. */
function place({ kind, layer, position, feature, token }: GraphNode): string {
  return [kind, layer, position, feature, token].join(' ');
}

/** `ambiguous` links may start at another node of the same id. */
function assertSameGraph(actual: AttributionGraph, expected: AttributionGraph, ambiguous: number): void {
  assert.deepEqual(actual.nodes.map(place), expected.nodes.map(place));
  for (const [i, node] of actual.nodes.entries()) {
    for (const field of ['influence', 'activation', 'probability'] as const) {
      assertNear(node[field], expected.nodes[i][field], `${node.id} ${field}`);
    }
    assert.equal(node.text, expected.nodes[i].text);
    assert.equal(node.isTarget, expected.nodes[i].isTarget);
  }
  const others = actual.links.sources.filter((source, i) => source !== expected.links.sources[i]);
  assert.ok(others.length <= ambiguous, `${others.length} links have another source`);
  assert.deepEqual([...actual.links.targets], [...expected.links.targets]);
  actual.links.weights.forEach((weight, i) => {
    assertNear(weight, expected.links.weights[i], `link ${i}`);
  });
}

type RawGraph = Record<'nodes' | 'links', Record<string, unknown>[]> & Record<'qParams' | 'metadata', unknown>;

/** The same fields in the same order, with the same values: but for the ids of errors, which circuit-tracer changed. */
async function assertSameFields(ourPath: string, theirPath: string): Promise<void> {
  const [ours, theirs] = await Promise.all(
    [ourPath, theirPath].map(async path => JSON.parse(await readFile(path, 'utf8')) as RawGraph),
  );
  assert.deepEqual(ours.qParams, theirs.qParams);
  const metadata = ours.metadata as Record<string, unknown>;
  const { slug, ...theirMetadata } = theirs.metadata as Record<string, unknown>;
  assert.equal(typeof slug, 'string');
  for (const [key, value] of Object.entries(theirMetadata)) assert.deepEqual(metadata[key], value, key);
  for (const [i, node] of ours.nodes.entries()) {
    const expected = theirs.nodes[i];
    assert.deepEqual(Object.keys(node), Object.keys(expected));
    const isError = node.feature_type === 'mlp reconstruction error';
    for (const [key, value] of Object.entries(expected)) {
      if (isError && (key === 'node_id' || key === 'jsNodeId')) continue;
      if (typeof value === 'number') assertNear(node[key], value, `${String(node.node_id)} ${key}`);
      else assert.deepEqual(node[key], value, `${String(node.node_id)} ${key}`);
    }
    if (isError) {
      assert.equal(node.node_id, `${String(node.layer)}_-1_${String(node.ctx_idx)}`);
      assert.equal(expected.node_id, `0_${String(node.layer)}_${String(node.ctx_idx)}`);
    }
  }
  assert.deepEqual(Object.keys(ours.links[0]), Object.keys(theirs.links[0]));
}

function assertNear(actual: unknown, expected: number | undefined, what: string): void {
  if (expected === undefined) assert.equal(actual, undefined, what);
  else
    assert.ok(
      typeof actual === 'number' && Math.abs(actual - expected) <= TOLERANCE * Math.max(1, Math.abs(expected)),
      `${what}: ${String(actual)}, expected ${expected}`,
    );
}
