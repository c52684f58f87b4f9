import assert from 'node:assert/strict';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSafetensors, readFloat32, readInt64, tensorIn } from '../../../src/checkpoint/index.ts';
import { createIntervention } from '../../../src/intervention/index.ts';
import { runWithLimits } from '../../../src/intervention/active-limits.ts';
import { tensor, type OnnxSession } from '../../../src/onnx/index.ts';
import { relativeError } from '../../support/onnx-numbers.ts';
import { referenceCase, referenceCases } from '../../support/reference.ts';
import { PlainModel } from './plain-model.ts';
import { plainReplacement } from './plain-runs.ts';

const TOLERANCE = 1e-5;
const sequences = [
  [0, 5, 11, 3, 29, 5, 17],
  [0, 2, 30],
  [0, 8, 8, 1, 31, 25, 4],
];

describe('the replacement model equals plain float64 loops', () => {
  for (const name of referenceCases) {
    test(name, async () => {
      const plain = await PlainModel.open(name);
      const expected = sequences.map(tokens => plainReplacement(plain, tokens).flat());
      // Once with whole decoders, once with only the rows of active features.
      for (const denseDecoderValues of [Infinity, 0]) {
        const intervention = createIntervention(plain.checkpoint, plain.dictionary, { threads: 1, denseDecoderValues });
        const all = await intervention.replacementLogits(sequences, 'all');
        const last = await intervention.replacementLogits(sequences);
        all.forEach((logits, i) => {
          const error = relativeError(logits, expected[i]);
          assert.ok(error < TOLERANCE, `sequence ${i}: logits differ by ${error}`);
          assert.ok(relativeError(last[i], expected[i].slice(-32)) < TOLERANCE);
        });
        const [original] = await intervention.run([{ tokens: sequences[0] }], { logits: 'all' });
        assert.ok(relativeError(all[0], original.logits) > 0.01, 'a random dictionary is no good replacement');
        assert.ok(relativeError(all[0].slice(0, 32), original.logits.slice(0, 32)) < TOLERANCE, 'position 0 is kept');
        await intervention.dispose();
      }
    });
  }
});

describe('active features equal the reference', () => {
  for (const name of referenceCases) {
    test(name, async () => {
      const { checkpoint, dictionary } = await PlainModel.open(name);
      const file = await openSafetensors(join(await referenceCase(name), 'reference/tensors.safetensors'));
      const indices = Array.from(await readInt64(tensorIn(file, 'active_indices')), Number);
      const values = await readFloat32(tensorIn(file, 'active_values'));
      const expected = Array.from(values, (value, i) => [
        ...[0, 1, 2].map(row => indices[row * values.length + i]),
        Number(value.toFixed(4)),
      ]);
      const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });
      const [, active] = await intervention.activeFeatures([sequences[2], sequences[0]]);
      const found = active.flatMap(({ rowStart, features, values: activations }, layer) =>
        Array.from(rowStart.subarray(1)).flatMap((end, position) =>
          Array.from(features.subarray(rowStart[position], end), (feature, i) => [
            layer,
            position,
            feature,
            Number(activations[rowStart[position] + i].toFixed(4)),
          ]),
        ),
      );
      const order = (a: number[], b: number[]): number => a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
      assert.deepEqual(
        found.sort(order).map(row => row.slice(0, 3)),
        expected.sort(order).map(row => row.slice(0, 3)),
      );
      found.forEach((row, i) => assert.ok(Math.abs(row[3] - expected[i][3]) <= 2e-4));
      await intervention.dispose();
    });
  }
});

test('a batch on which more features are active than the limit runs again with a larger one, position 0 aside', async () => {
  const limits: [number, number][] = [];
  // Two rows of two positions.
  const counts = [
    [9999, 700, 2, 3],
    [300, 20, 5000, 400],
  ];
  const session: OnnxSession = {
    run: feeds => {
      limits.push(
        [feeds['active_limit_0'], feeds['active_limit_1']].map(limit => Number(limit.data[0])) as [number, number],
      );
      return Promise.resolve({
        active_count_0: tensor(Float32Array.from(counts[0]), [2, 2]),
        active_count_1: tensor(Float32Array.from(counts[1]), [2, 2]),
      });
    },
    dispose: () => Promise.resolve(),
  };
  const dictionary = { activation: 'relu', layers: [{ nFeatures: 5000 }, { nFeatures: 420 }] };
  await runWithLimits(session, dictionary as unknown as Parameters<typeof runWithLimits>[1], [0, 1], 1, {
    tokens: tensor(new BigInt64Array(4), [2, 2]),
  });
  assert.deepEqual(limits, [
    [256, 256],
    [1024, 420],
  ]);
});
