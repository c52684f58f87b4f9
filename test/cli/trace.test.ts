import assert from 'node:assert/strict';
import { cp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { columnsOf } from '../../src/cli/frame/text.ts';
import { openSafetensors, readFloat32, readInt64, tensorIn } from '../../src/checkpoint/index.ts';
import { circuit, circuitJson, filesBelow, writeWordTokenizer } from '../support/cli.ts';
import { assertWithin } from '../support/numbers.ts';
import { referenceCase, referenceCases } from '../support/reference.ts';
import { referenceGraph, type ReferenceGraph } from '../support/reference-graph.ts';
import { temporaryFolder } from '../support/temporary.ts';

const TOKENS = '0,5,11,3,29,5,17';
/** The numerical contract (docs/architecture.md). */
const TOLERANCE = 1e-4;

interface TraceJson {
  prompt: string;
  tokens: { id: number; text: string; start: number | null; end: number | null }[];
  top: { id: number; text: string; probability: number }[];
  replacement_score: number;
  completeness_score: number;
  strict_completeness_score: number;
  active_features: number;
  nodes: number;
  links: number;
  seconds: Record<string, number>;
  provider: string;
  graph: string;
}

interface GraphJson {
  metadata: { node_threshold: number; prompt_tokens: string[] };
  nodes: { node_id: string; feature_type: string }[];
  links: unknown[];
}

async function traceCase(name: string, folder: string, ...options: string[]) {
  const path = await referenceCase(name);
  const adjacency = join(folder, 'full.safetensors');
  const out = join(folder, 'pruned.graph.json');
  const models = ['--model', join(path, 'model'), '--dictionary', join(path, 'transcoders'), '--tokens', TOKENS];
  const json = await circuitJson<TraceJson>(['trace', ...models, '--adjacency', adjacency, '--out', out, ...options]);
  const graph = JSON.parse(await readFile(out, 'utf8')) as GraphJson;
  return { json, graph, out, adjacency: await openSafetensors(adjacency) };
}

/** Compares an adjacency file with a reference graph: names, types, shapes, order and numbers. */
async function assertAdjacency(path: string, reference: ReferenceGraph): Promise<void> {
  const file = await openSafetensors(path);
  const { size, features, inputTokens } = reference;
  const [n, t] = [features.length, reference.kinds.filter(kind => kind === 'logit').length];
  assert.deepEqual(
    Object.fromEntries([...file.entries].map(([name, { dtype, shape }]) => [name, [dtype, ...shape]]).sort()),
    {
      activation_values: ['F32', n],
      active_features: ['I64', n, 3],
      adjacency_matrix: ['F32', size, size],
      input_tokens: ['I64', inputTokens.length],
      logit_probabilities: ['F32', t],
      logit_tokens: ['I64', t],
      node_influence: ['F32', size],
    },
  );
  const floats = (name: string) => readFloat32(tensorIn(file, name));
  const integers = async (name: string) => Array.from(await readInt64(tensorIn(file, name)), Number);
  assert.deepEqual(await integers('active_features'), features.flat());
  assert.deepEqual(await integers('input_tokens'), inputTokens);
  const targets = reference.logitTargets.map(([, token]) => token);
  assert.deepEqual(await integers('logit_tokens'), targets);
  assertWithin(await floats('adjacency_matrix'), reference.adjacency, TOLERANCE, 'adjacency');
  assertWithin(await floats('activation_values'), reference.activations, TOLERANCE, 'activations');
  assertWithin(
    await floats('logit_probabilities'),
    await reference.floats('logit_probabilities'),
    TOLERANCE,
    'weights',
  );
  assertWithin(await floats('node_influence'), await reference.floats('node_influence'), TOLERANCE, 'influence');
}

function assertScores(json: TraceJson, reference: ReferenceGraph): void {
  assert.ok(Math.abs(json.replacement_score - reference.replacementScore) < TOLERANCE);
  assert.ok(Math.abs(json.completeness_score - reference.completenessScore) < TOLERANCE);
  assert.ok(json.strict_completeness_score <= json.completeness_score + 1e-9);
}

describe('circuit trace', () => {
  for (const name of referenceCases) {
    test(`${name}: the adjacency file, the scores and the pruned graph are circuit-tracer's`, async t => {
      const { json, graph, adjacency } = await traceCase(name, await temporaryFolder(t));
      const reference = await referenceGraph(name, 'full');
      await assertAdjacency(adjacency.path, reference);
      assertScores(json, reference);
      const theirs = JSON.parse(await readFile(reference.json, 'utf8')) as GraphJson;
      assert.equal(json.active_features, reference.features.length);
      assert.equal(json.nodes, theirs.nodes.length);
      assert.equal(json.links, theirs.links.length);
      assert.deepEqual([graph.nodes.length, graph.links.length], [json.nodes, json.links]);
      // Errors have other ids since July 2026.
      const named = ({ nodes }: GraphJson) =>
        nodes
          .filter(node => !node.feature_type.includes('error'))
          .map(node => node.node_id)
          .sort();
      assert.deepEqual(named(graph), named(theirs));
    });
  }

  for (const [target, kind] of [
    ['7,3,20', 'targets'],
    ['7 - 3', 'logitdiff'],
  ] as const) {
    test(`--target "${target}" explains what was asked for`, async t => {
      const name = 'llama3untied-clt-jumprelu';
      const { json, adjacency } = await traceCase(name, await temporaryFolder(t), '--target', target);
      const reference = await referenceGraph(name, kind);
      await assertAdjacency(adjacency.path, reference);
      assertScores(json, reference);
    });
  }

  test('thresholds and the feature budget are obeyed', async t => {
    const name = 'llama3-plt-jumprelu';
    const options = ['--node-threshold', '0.5', '--edge-threshold', '.9', '--max-logits', '2'];
    const { graph, adjacency } = await traceCase(
      name,
      await temporaryFolder(t),
      ...options,
      '--max-feature-nodes',
      '20',
    );
    assert.equal(graph.metadata.node_threshold, 0.5);
    assert.deepEqual(tensorIn(adjacency, 'active_features').entry.shape, [20, 3]);
    assert.deepEqual(tensorIn(adjacency, 'logit_tokens').entry.shape, [2]);
    assert.equal(graph.nodes.filter(node => node.feature_type === 'logit').length, 2);
  });

  test('--json prints one object with every field of the contract', async t => {
    const { json, out } = await traceCase('llama3-clt-relu', await temporaryFolder(t));
    assert.deepEqual(
      json.tokens,
      TOKENS.split(',').map(id => ({ id: Number(id), text: id, start: null, end: null })),
    );
    assert.equal(json.top.length, 10);
    for (const [i, { id, text, probability }] of json.top.entries()) {
      assert.equal(text, String(id));
      assert.ok(probability > 0 && probability <= (json.top[i - 1]?.probability ?? 1));
    }
    assert.deepEqual(Object.keys(json.seconds), ['load', 'forward', 'attribute', 'prune']);
    assert.ok(Object.values(json.seconds).every(seconds => seconds >= 0 && seconds < 600));
    assert.equal(json.provider, 'cpu');
    assert.equal(json.graph, out);
  });

  test('two runs write the same bytes, whatever the threads', async t => {
    const [one, other] = [await temporaryFolder(t), await temporaryFolder(t)];
    const first = await traceCase('llama3-plt-topk-skip', one);
    const second = await traceCase('llama3-plt-topk-skip', other, '--threads', '1');
    assert.deepEqual(await readFile(first.out), await readFile(second.out));
    assert.deepEqual(await readFile(first.adjacency.path), await readFile(second.adjacency.path));
  });

  test('with a tokenizer: offsets in the prompt, the added token, targets by text, the file named by the prompt', async t => {
    const folder = await temporaryFolder(t, await referenceCase('llama3untied-plt-topk'));
    await writeWordTokenizer(join(folder, 'model'), 32);
    const models = ['--model', join(folder, 'model'), '--dictionary', join(folder, 'transcoders')];
    const work = await temporaryFolder(t);
    const prompt = ['--prompt', 't5 t11 t3 t29 t5 t17'];
    const json = await circuitJson<TraceJson>(['trace', ...models, ...prompt, '--target', '" t7" - " t3"'], {
      cwd: work,
    });
    assert.deepEqual(json.tokens[0], { id: 0, text: '<bos>', start: null, end: null });
    assert.deepEqual(json.tokens.slice(1, 3), [
      { id: 5, text: ' t5', start: 0, end: 2 },
      { id: 11, text: ' t11', start: 2, end: 6 },
    ]);
    assert.equal(json.graph, 't5-t11-t3-t29-t5-t17.graph.json');
    assert.deepEqual(await filesBelow(work), [json.graph]);
    const written = await readFile(join(work, json.graph), 'utf8');
    assert.ok(written.includes('Output \\"t7 - t3\\"'), written);
    assertScores(json, await referenceGraph('llama3untied-plt-topk', 'logitdiff'));
  });

  test('for a person: the distribution, the scores in words, the tree, the file; no colours, no JSON', async t => {
    const folder = await temporaryFolder(t);
    await cp(await referenceCase('llama3-plt-relu-skip'), folder, { recursive: true });
    const models = ['--model', 'model', '--dictionary', 'transcoders', '--tokens', TOKENS, '--lines', '12'];
    const { code, stdout, stderr } = await circuit(['trace', ...models], { cwd: folder });
    assert.equal(code, 0, stderr);
    assert.equal(stderr, '');
    assert.match(stdout, /^Next token after "0 5 11 3 29 5 17"\n {2}"\d+"/);
    assert.match(stdout, /\d\.\d{3} {2}replacement: share of the influence/);
    assert.match(stdout, /\d\.\d{3} {2}strict completeness/);
    assert.equal(stdout.match(/^[│ ]*[├└]─ /gm)?.length, 12);
    assert.match(stdout, /^Graph written to 0-5-11-3-29-5-17\.graph\.json$/m);
    assert.ok(!stdout.includes('\u001b'));
    for (const line of stdout.split('\n')) assert.ok(columnsOf(line) <= 100, line);
  });
});
