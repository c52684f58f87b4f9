/** The replacement model of a reference case, and the tensors that circuit-tracer's forward pass gave. */
import { join } from 'node:path';
import { loadReplacementModel, type ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { openCheckpoint, openSafetensors, readFloat32, readInt64, tensorIn } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { referenceCase } from './reference.ts';

export async function referenceModel(name: string): Promise<ReplacementModel> {
  const folder = await referenceCase(name);
  return loadReplacementModel(
    await openCheckpoint(join(folder, 'model')),
    await openDictionary(join(folder, 'transcoders')),
    // The models are tiny: a second thread would only be waited for.
    { threads: 1 },
  );
}

export interface ReferenceTensors {
  readonly tokens: number[];
  floats(name: string): Promise<Float32Array>;
  integers(name: string): Promise<number[]>;
}

export async function referenceTensors(name: string): Promise<ReferenceTensors> {
  const file = await openSafetensors(join(await referenceCase(name), 'reference/tensors.safetensors'));
  const integers = async (tensor: string): Promise<number[]> =>
    Array.from(await readInt64(tensorIn(file, tensor)), Number);
  return { tokens: await integers('tokens'), floats: tensor => readFloat32(tensorIn(file, tensor)), integers };
}

/** The largest difference, as a share of the largest expected magnitude. */
export function relativeError(actual: ArrayLike<number>, expected: ArrayLike<number>): number {
  if (actual.length !== expected.length)
    throw new Error(`${actual.length} values where ${expected.length} are expected`);
  let worst = 0;
  let largest = 0;
  for (let i = 0; i < expected.length; i++) {
    // A NaN must not compare as equal.
    const difference = Math.abs(actual[i] - expected[i]);
    worst = Number.isNaN(difference) ? Infinity : Math.max(worst, difference);
    largest = Math.max(largest, Math.abs(expected[i]));
  }
  return largest === 0 ? worst : worst / largest;
}
