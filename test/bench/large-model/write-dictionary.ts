import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { upperQuantile } from './random-numbers.ts';
import type { DictionaryShape } from './shapes.ts';
import { constantTensor, randomTensor, writeStreamed, type StreamedTensor } from './streamed-safetensors.ts';

/** With it about 100 active features write as much as the MLPs of `writeModel`. */
const DECODER_DEVIATION = 0.02;

/**
 * Writes a dictionary of random weights in circuit-tracer's layout, matrices in bf16; JumpReLU in a per-layer one, ReLU
 * in a cross-layer one. What it reads has a mean square of 1, so pre-activations are standard normal, and the threshold
 * follows from how many are to be active. Returns its bytes.
 */
export async function writeDictionary(folder: string, shape: DictionaryShape): Promise<number> {
  const { kind, nLayers, dModel, nFeatures } = shape;
  await mkdir(folder, { recursive: true });
  let bytes = 0;
  for (let layer = 0; layer < nLayers; layer++) {
    const seed = 1000 * (layer + 1);
    const encoder = (name: string): StreamedTensor =>
      randomTensor(name, [nFeatures, dModel], 1 / Math.sqrt(dModel), seed);
    const decoder = (name: string, sizes: readonly number[]): StreamedTensor =>
      randomTensor(name, sizes, DECODER_DEVIATION, seed + 1);
    const limit = upperQuantile(shape.active / nFeatures);
    if (kind === 'plt') {
      bytes += await writeStreamed(join(folder, `layer_${layer}.safetensors`), [
        encoder('W_enc'),
        decoder('W_dec', [nFeatures, dModel]),
        constantTensor('b_enc', [nFeatures], 0),
        constantTensor('b_dec', [dModel], 0),
        constantTensor('activation_function.threshold', [nFeatures], limit),
      ]);
    } else {
      bytes += await writeStreamed(join(folder, `W_enc_${layer}.safetensors`), [
        encoder(`W_enc_${layer}`),
        constantTensor(`b_enc_${layer}`, [nFeatures], -limit),
        constantTensor(`b_dec_${layer}`, [dModel], 0),
      ]);
      bytes += await writeStreamed(join(folder, `W_dec_${layer}.safetensors`), [
        decoder(`W_dec_${layer}`, [nFeatures, nLayers - layer, dModel]),
      ]);
    }
  }
  const fields = {
    model_name: 'random',
    model_kind: kind === 'plt' ? 'transcoder_set' : 'cross_layer_transcoder',
    feature_input_hook: 'ln2.hook_normalized',
    feature_output_hook: 'hook_mlp_out',
  };
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}\n`);
  await writeFile(join(folder, 'config.yaml'), lines.join(''));
  return bytes;
}
