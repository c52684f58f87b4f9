import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openCheckpoint, openSafetensors, readFloat32, readInt64, tensorIn } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { createIntervention, patch, type InterventionOptions } from '../../src/intervention/index.ts';
import { referenceCase, referenceCases } from '../support/reference.ts';
import { relativeError } from '../support/onnx-numbers.ts';

/** The numerical contract (docs/architecture.md): of the largest entry. */
const TOLERANCE = 1e-4;

interface ReferenceIntervention {
  readonly key: string;
  readonly layer: number;
  readonly pos: number;
  readonly feature: number;
  readonly value: number;
  readonly mode: 'direct' | 'direct_pre' | 'frozen_attention' | 'free' | 'range';
}

/** How circuit-tracer's five modes are named here. */
function optionsOf({ mode, layer }: ReferenceIntervention, nLayers: number): InterventionOptions {
  const all = { logits: 'all', activations: 'activations' } as const;
  switch (mode) {
    case 'direct':
      return { ...all, mode: { kind: 'constrained' } };
    case 'direct_pre':
      return { ...all, mode: { kind: 'constrained' }, activations: 'pre-activations' };
    case 'frozen_attention':
      return { ...all, mode: { kind: 'frozen-attention' } };
    case 'free':
      return { ...all, mode: { kind: 'free' } };
    case 'range':
      return { ...all, mode: { kind: 'constrained', layers: [layer, Math.min(layer + 1, nLayers - 1)] } };
  }
}

describe('interventions equal circuit-tracer', () => {
  for (const name of referenceCases) {
    test(name, async () => {
      const folder = await referenceCase(name);
      const checkpoint = await openCheckpoint(join(folder, 'model'));
      const dictionary = await openDictionary(join(folder, 'transcoders'));
      const path = join(folder, 'reference/interventions');
      const cases = JSON.parse(await readFile(`${path}.json`, 'utf8')) as ReferenceIntervention[];
      const expected = await openSafetensors(`${path}.safetensors`);
      const forward = await openSafetensors(join(folder, 'reference/tensors.safetensors'));
      const tokens = Array.from(await readInt64(tensorIn(forward, 'tokens')), Number);
      const intervention = createIntervention(checkpoint, dictionary, { threads: 1 });

      const [plain] = await intervention.run([{ tokens }], { logits: 'all', activations: 'activations' });
      assert.ok(relativeError(plain.logits, await readFloat32(tensorIn(forward, 'logits'))) < TOLERANCE);
      const activations = await readFloat32(tensorIn(forward, 'activations'));
      assert.ok(relativeError(joined(plain.activations), activations) < TOLERANCE);

      for (const reference of cases) {
        const { key, layer, pos, feature, value } = reference;
        const edits = [patch({ layer, feature, position: pos }, value)];
        const [result] = await intervention.run([{ tokens, edits }], optionsOf(reference, dictionary.nLayers));
        const logits = relativeError(result.logits, await readFloat32(tensorIn(expected, `${key}.logits`)));
        assert.ok(logits < TOLERANCE, `${key}: logits differ by ${logits}`);
        const wanted = await readFloat32(tensorIn(expected, `${key}.activations`));
        const difference = relativeError(joined(result.activations), wanted);
        assert.ok(difference < TOLERANCE, `${key}: activations differ by ${difference}`);
      }
      await intervention.dispose();
    });
  }
});

/** [layers, tokens, nFeatures] */
function joined(layers: readonly Float32Array[] | undefined): number[] {
  return (layers ?? []).flatMap(layer => Array.from(layer));
}
