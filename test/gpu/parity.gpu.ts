/** The reference cases on WebGPU: the contract's tolerances, and where each node ran by ONNX Runtime's own record. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { attribute } from '../../src/attribution/attribute.ts';
import { prune } from '../../src/attribution/prune.ts';
import { loadReplacementModel, type ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { toDense } from '../../src/attribution/sparse-matrix.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { referenceGraph, referenceThresholds } from '../support/reference-graph.ts';
import { referenceCase, referenceCases } from '../support/reference.ts';
import { referenceTensors, relativeError } from '../support/replacement.ts';
import { readNodeRecord } from './node-record.ts';

/** The numerical contract (docs/architecture.md); what is found is printed. */
const TOLERANCE = 1e-4;
/** Operators that hold nearly all of the work. */
const PRODUCTS = ['MatMul', 'Gemm', 'FusedMatMul', 'FusedGemm'];

const words = (process.env.CIRCUIT_GPU_CASES ?? '').split(' ').filter(word => word !== '');
const cases = referenceCases.filter(name => words.length === 0 || words.some(word => name.includes(word)));

for (const name of cases) {
  describe(`WebGPU: ${name}`, () => {
    let folder: string;
    let model: ReplacementModel;
    let disposed = false;
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'circuit-gpu-'));
      const place = await referenceCase(name);
      model = await loadReplacementModel(
        await openCheckpoint(join(place, 'model')),
        await openDictionary(join(place, 'transcoders')),
        // No fallback: what fails here is to be seen.
        { provider: 'webgpu', profile: join(folder, 'profile') },
      );
    });
    after(async () => {
      if (!disposed) await model.dispose();
      await rm(folder, { recursive: true, force: true });
    });

    test('the graph equals the reference', async t => {
      const expected = await referenceGraph(name, 'full');
      const reference = await referenceTensors(name);
      assert.ok(model.sessions.keepTensors, 'cotangents stay on the device');
      const { pass } = await model.run(expected.inputTokens);
      const last = (await reference.floats('logits')).slice(-pass.logits.length);
      const result = await attribute(model, expected.inputTokens);
      const { layers, positions, indices, activations } = result.active;
      assert.deepEqual(Array.from(layers, (layer, i) => [layer, positions[i], indices[i]]), expected.features); // prettier-ignore
      const errors = {
        logits: relativeError(pass.logits, last),
        activations: relativeError(activations, expected.activations),
        adjacency: relativeError(toDense(result.matrix), expected.adjacency),
        influence: relativeError(result.pruned.influence, await expected.floats('node_influence')),
        'replacement score': Math.abs(result.scores.replacement - expected.replacementScore),
        'completeness score': Math.abs(result.scores.completeness - expected.completenessScore),
      };
      t.diagnostic(`largest errors: ${Object.entries(errors).map(([what, error]) => `${what} ${error.toExponential(1)}`).join(', ')}`); // prettier-ignore
      for (const [what, error] of Object.entries(errors)) assert.ok(error < TOLERANCE, `${what}: off by ${error}`);
      for (const [nodeThreshold, edgeThreshold] of referenceThresholds) {
        const { nodeKept } = prune(result.matrix, result.kinds, result.logitWeights, { nodeThreshold, edgeThreshold });
        const mask = await expected.integers(`node_mask_${nodeThreshold}_${edgeThreshold}`);
        assert.deepEqual(Array.from(nodeKept), mask, `nodes at ${nodeThreshold}`);
      }
    });

    test('every float was computed on WebGPU', async t => {
      await model.dispose();
      disposed = true;
      const counts = await readNodeRecord(join(folder, 'profile'));
      const runs = (provider: string, keep: (count: (typeof counts)[number]) => boolean): number =>
        counts.filter(count => count.provider === provider && keep(count)).reduce((sum, count) => sum + count.runs, 0);
      const products = runs('WebGpuExecutionProvider', ({ op }) => PRODUCTS.includes(op));
      const floats = runs('WebGpuExecutionProvider', ({ isFloat }) => isFloat);
      const elsewhere = counts.filter(({ provider }) => provider !== 'WebGpuExecutionProvider');
      t.diagnostic(`on WebGPU: ${floats} nodes with floats, ${products} of them products`);
      t.diagnostic(
        `elsewhere: ${elsewhere.map(({ provider, op, runs: times }) => `${times} ${op} (${provider})`).join(', ')}`,
      );
      assert.ok(products > 20, `${products} products`);
      assert.deepEqual(elsewhere.filter(({ isFloat }) => isFloat), []); // prettier-ignore
    });
  });
}
