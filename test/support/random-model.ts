/** Random Llama checkpoints and dictionaries of any size, written in the published formats: for tests and benchmarks. */
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { openCheckpoint, writeSafetensors, type Checkpoint, type WritableTensor } from '../../src/checkpoint/index.ts';
import {
  openDictionary,
  writeDictionary,
  type Dictionary,
  type DictionaryKind,
  type DictionaryLayerWeights,
  type InputHook,
  type OutputHook,
} from '../../src/dictionary/index.ts';
import { normals } from './random.ts';

export interface RandomModelSizes {
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
  readonly headDim: number;
  readonly dMlp: number;
  readonly vocabulary: number;
  readonly nFeatures: number;
  readonly kind: DictionaryKind;
  readonly inputHook?: InputHook;
  /** Pre-activations are about normal: with 2, one feature in 44 is active. */
  readonly threshold?: number;
  readonly attentionBias?: boolean;
  readonly skip?: boolean;
  readonly dtype?: 'F32' | 'F16' | 'BF16';
}

export const SMALL: RandomModelSizes = {
  nLayers: 3,
  dModel: 16,
  nHeads: 4,
  nKeyValueHeads: 2,
  headDim: 6,
  dMlp: 24,
  vocabulary: 40,
  nFeatures: 30,
  kind: 'plt',
  threshold: 1,
};

/** Writes `folder`/model and `folder`/dictionary and opens both. The same seed gives the same bytes. */
export async function randomModel(
  folder: string,
  sizes: RandomModelSizes,
  seed = 1,
): Promise<{ checkpoint: Checkpoint; dictionary: Dictionary }> {
  const normal = normals(seed);
  await writeCheckpoint(join(folder, 'model'), sizes, normal);
  await writeRandomDictionary(join(folder, 'dictionary'), sizes, normal);
  return {
    checkpoint: await openCheckpoint(join(folder, 'model')),
    dictionary: await openDictionary(join(folder, 'dictionary')),
  };
}

/** What a random dictionary's layout follows from. */
export type RandomDictionarySizes = Pick<RandomModelSizes, 'nLayers' | 'dModel' | 'nFeatures' | 'kind'> &
  Partial<Pick<RandomModelSizes, 'inputHook' | 'threshold' | 'skip' | 'dtype'>> & {
    readonly outputHook?: OutputHook;
    readonly modelName?: string;
  };

async function writeCheckpoint(folder: string, sizes: RandomModelSizes, normal: () => number): Promise<void> {
  const { nLayers, dModel, nHeads, nKeyValueHeads, headDim, dMlp, vocabulary, dtype = 'F32' } = sizes;
  const tensors: WritableTensor[] = [];
  const add = (name: string, shape: number[], value: () => number): void => {
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, value);
    tensors.push({ name, dtype, shape, data });
  };
  const matrix = (name: string, outputs: number, inputs: number, scale = 1): void => {
    add(`${name}.weight`, [outputs, inputs], () => (normal() * scale) / Math.sqrt(inputs));
    if (sizes.attentionBias === true && name.includes('self_attn'))
      add(`${name}.bias`, [outputs], () => normal() * 0.3);
  };
  const norm = (name: string): void => add(`${name}.weight`, [dModel], () => 1 + 0.2 * normal());
  add('model.embed_tokens.weight', [vocabulary, dModel], normal);
  for (let layer = 0; layer < nLayers; layer++) {
    const prefix = `model.layers.${layer}`;
    norm(`${prefix}.input_layernorm`);
    matrix(`${prefix}.self_attn.q_proj`, nHeads * headDim, dModel);
    matrix(`${prefix}.self_attn.k_proj`, nKeyValueHeads * headDim, dModel);
    matrix(`${prefix}.self_attn.v_proj`, nKeyValueHeads * headDim, dModel);
    matrix(`${prefix}.self_attn.o_proj`, dModel, nHeads * headDim, 0.5);
    norm(`${prefix}.post_attention_layernorm`);
    matrix(`${prefix}.mlp.gate_proj`, dMlp, dModel);
    matrix(`${prefix}.mlp.up_proj`, dMlp, dModel);
    matrix(`${prefix}.mlp.down_proj`, dModel, dMlp, 0.5);
  }
  norm('model.norm');
  matrix('lm_head', vocabulary, dModel, 3);
  await mkdir(folder, { recursive: true });
  await writeSafetensors(join(folder, 'model.safetensors'), tensors);
  const config = {
    model_type: 'llama',
    vocab_size: vocabulary,
    hidden_size: dModel,
    intermediate_size: dMlp,
    num_hidden_layers: nLayers,
    num_attention_heads: nHeads,
    num_key_value_heads: nKeyValueHeads,
    head_dim: headDim,
    max_position_embeddings: 4096,
    rms_norm_eps: 1e-5,
    rope_theta: 10000,
    attention_bias: sizes.attentionBias ?? false,
    tie_word_embeddings: false,
  };
  await writeFile(join(folder, 'config.json'), JSON.stringify(config, null, 1));
}

export async function writeRandomDictionary(
  folder: string,
  sizes: RandomDictionarySizes,
  normal: () => number,
): Promise<void> {
  const { nLayers, dModel, nFeatures, kind, inputHook = 'ln2.hook_normalized', dtype = 'F32' } = sizes;
  const fill = (length: number, scale: number): Float32Array => Float32Array.from({ length }, () => normal() * scale);
  const layers = Array.from({ length: nLayers }, (_, layer): DictionaryLayerWeights => {
    const nOutputs = kind === 'clt' ? nLayers - layer : 1;
    return {
      wEnc: fill(nFeatures * dModel, 1 / Math.sqrt(dModel)),
      bEnc: fill(nFeatures, 0.05),
      bDec: fill(dModel, 0.05),
      threshold: new Float32Array(nFeatures).fill(sizes.threshold ?? 2),
      wDec: fill(nFeatures * nOutputs * dModel, 0.3 / Math.sqrt(dModel)),
      ...(sizes.skip === true ? { wSkip: fill(dModel * dModel, 0.3 / Math.sqrt(dModel)) } : {}),
    };
  });
  await writeDictionary(folder, {
    kind,
    dModel,
    modelName: sizes.modelName ?? 'random',
    inputHook,
    outputHook: sizes.outputHook ?? 'hook_mlp_out',
    dtype,
    layers,
  });
}
