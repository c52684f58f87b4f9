import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { writeFileAtomically, writeSafetensors, type WritableTensor } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import type { DictionaryKind, InputHook, OutputHook } from './dictionary-config.ts';

/** A layer's weights in memory, row-major float32. */
export interface DictionaryLayerWeights {
  /** [nFeatures, dModel] */
  readonly wEnc: Float32Array;
  /** [nFeatures] */
  readonly bEnc: Float32Array;
  /** [dModel] */
  readonly bDec: Float32Array;
  /** [nFeatures]; in every layer or in none: with them the dictionary is a JumpReLU one. */
  readonly threshold?: Float32Array;
  /** PLT [nFeatures, dModel], CLT [nFeatures, nLayers - layer, dModel] */
  readonly wDec: Float32Array;
  /** [out, in] in a PLT (x @ W^T), [in, out] in a CLT (x @ W); in every layer of a CLT or in none. */
  readonly wSkip?: Float32Array;
}

export interface DictionaryWeights {
  readonly kind: DictionaryKind;
  readonly dModel: number;
  readonly modelName: string;
  readonly inputHook: InputHook;
  readonly outputHook: OutputHook;
  /** Keeps the k largest pre-activations of a layer; without it relu, or jumprelu where there are thresholds. */
  readonly k?: number;
  /** Of the matrices; biases and thresholds are always F32, because 16 bits of a threshold would switch features. */
  readonly dtype: 'F32' | 'F16' | 'BF16';
  readonly layers: readonly DictionaryLayerWeights[];
}

/**
 * Writes a dictionary in circuit-tracer's layout, config.yaml last: a folder without it is not taken for a dictionary,
 * so an interrupted export is never opened. Other files of the folder (features/) stay. Errors: `file-write`.
 */
export async function writeDictionary(dir: string, weights: DictionaryWeights, task?: Task): Promise<void> {
  try {
    await mkdir(dir, { recursive: true });
    await rm(join(dir, 'config.yaml'), { force: true });
    const stale = (await readdir(dir)).filter(name => /^(layer_\d+|W_(enc|dec)_\d+|W_skip)\.safetensors$/.test(name));
    for (const name of stale) await rm(join(dir, name));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError(
      'file-write',
      `${dir} cannot be written to: ${reason}.`,
      'Check the folder and its permissions.',
      { cause },
    );
  }
  for (const [layer, part] of weights.layers.entries()) {
    throwIfCancelled(task);
    task?.progress?.('write dictionary', layer, weights.layers.length);
    for (const [name, tensors] of filesOf(weights, part, layer)) await writeSafetensors(join(dir, name), tensors);
  }
  await writeCrossLayerSkip(dir, weights);
  await writeFileAtomically(join(dir, 'config.yaml'), [configText(weights)]);
  task?.progress?.('write dictionary', weights.layers.length, weights.layers.length);
}

function filesOf(
  weights: DictionaryWeights,
  part: DictionaryLayerWeights,
  layer: number,
): [string, WritableTensor[]][] {
  const { dModel, dtype, kind } = weights;
  const nFeatures = part.bEnc.length;
  const suffix = kind === 'clt' ? `_${layer}` : '';
  const encoder: WritableTensor[] = [
    { name: `W_enc${suffix}`, dtype, shape: [nFeatures, dModel], data: part.wEnc },
    { name: `b_enc${suffix}`, dtype: 'F32', shape: [nFeatures], data: part.bEnc },
    { name: `b_dec${suffix}`, dtype: 'F32', shape: [dModel], data: part.bDec },
  ];
  if (part.threshold !== undefined) {
    const name = kind === 'clt' ? `threshold${suffix}` : 'activation_function.threshold';
    encoder.push({ name, dtype: 'F32', shape: [nFeatures], data: part.threshold });
  }
  if (kind === 'clt') {
    const shape = [nFeatures, weights.layers.length - layer, dModel];
    const decoder: WritableTensor = { name: `W_dec${suffix}`, dtype, shape, data: part.wDec };
    return [
      [`W_enc${suffix}.safetensors`, encoder],
      [`W_dec${suffix}.safetensors`, [decoder]],
    ];
  }
  encoder.push({ name: 'W_dec', dtype, shape: [nFeatures, dModel], data: part.wDec });
  if (part.wSkip !== undefined) encoder.push({ name: 'W_skip', dtype, shape: [dModel, dModel], data: part.wSkip });
  return [[`layer_${layer}.safetensors`, encoder]];
}

async function writeCrossLayerSkip(dir: string, { kind, dModel, dtype, layers }: DictionaryWeights): Promise<void> {
  if (kind === 'plt' || layers.every(part => part.wSkip === undefined)) return;
  const data = new Float32Array(layers.length * dModel * dModel);
  for (const [layer, part] of layers.entries()) {
    if (part.wSkip === undefined)
      throw new RangeError(`layer ${layer} of the dictionary has no skip connection, others do`);
    data.set(part.wSkip, layer * dModel * dModel);
  }
  const tensor: WritableTensor = { name: 'W_skip', dtype, shape: [layers.length, dModel, dModel], data };
  await writeSafetensors(join(dir, 'W_skip.safetensors'), [tensor]);
}

function configText(weights: DictionaryWeights): string {
  const thresholds = weights.layers.some(layer => layer.threshold !== undefined);
  return stringify({
    model_kind: weights.kind === 'plt' ? 'transcoder_set' : 'cross_layer_transcoder',
    feature_input_hook: weights.inputHook,
    feature_output_hook: weights.outputHook,
    model_name: weights.modelName,
    ...(weights.k === undefined
      ? { activation: thresholds ? 'jumprelu' : 'relu' }
      : { activation: 'topk', k: weights.k }),
  });
}
