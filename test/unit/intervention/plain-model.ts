/**
 * A model and its dictionary in float64 loops, written from the formulas alone: the independent source that edited and
 * replaced runs are checked against.
 */
import { join } from 'node:path';
import { openCheckpoint, readFloat32, type Checkpoint, type TensorRef } from '../../../src/checkpoint/index.ts';
import { openDictionary, type Dictionary } from '../../../src/dictionary/index.ts';
import { PlainTransformer, type PlainHooks, type PlainMlp } from '../../support/plain-transformer.ts';
import { referenceCase } from '../../support/reference.ts';

/** [rows][columns] */
export type Matrix = number[][];

export class PlainModel {
  readonly checkpoint: Checkpoint;
  readonly dictionary: Dictionary;
  readonly #transformer: PlainTransformer;
  readonly #tensors = new Map<string, Float32Array>();

  private constructor(checkpoint: Checkpoint, dictionary: Dictionary, transformer: PlainTransformer) {
    this.checkpoint = checkpoint;
    this.dictionary = dictionary;
    this.#transformer = transformer;
  }

  static async open(name: string): Promise<PlainModel> {
    const folder = await referenceCase(name);
    return PlainModel.openFolders(join(folder, 'model'), join(folder, 'transcoders'));
  }

  static async openFolders(model: string, transcoders: string): Promise<PlainModel> {
    const checkpoint = await openCheckpoint(model);
    const dictionary = await openDictionary(transcoders);
    const plain = new PlainModel(checkpoint, dictionary, await PlainTransformer.open(model));
    for (const { layer, wEnc, bEnc, bDec, threshold, wDec, wSkip } of dictionary.layers) {
      for (const [key, ref] of Object.entries({ wEnc, bEnc, bDec, threshold, wDec, wSkip: wSkip?.ref })) {
        if (ref !== undefined) await plain.#read(`${key}_${layer}`, ref);
      }
    }
    return plain;
  }

  /** Logits at every position, [tokens][vocabulary]; `mlp` writes at the dictionary's output hook. */
  logits(tokens: readonly number[], mlp?: PlainMlp): Matrix {
    const { outputHook } = this.dictionary;
    return this.#transformer.run(tokens, mlp && { outputHook, mlp }).logits;
  }

  /** Activations of a layer's features on the values of its input hook, [tokens][features]; zeroed at position 0. */
  activations(layer: number, hooks: PlainHooks): Matrix {
    const { dictionary } = this;
    const bias = this.#vector(`b_enc`, `bEnc_${layer}`);
    const threshold = this.#tensors.get(`threshold_${layer}`);
    const pre = multiplyTransposed(hooks[dictionary.inputHook], this.#matrix(`wEnc_${layer}`, dictionary.dModel));
    return pre.map((row, position) => {
      const values = row.map((value, feature) => value + bias[feature]);
      if (position === 0) return values.map(() => 0);
      if (dictionary.activation === 'relu') return values.map(value => Math.max(0, value));
      if (dictionary.activation === 'jumprelu') return values.map((v, feature) => (v > threshold![feature] ? v : 0));
      const least = [...values].sort((a, b) => b - a)[dictionary.k! - 1];
      return values.map(value => (value >= least ? value : 0));
    });
  }

  /** What one unit of a feature writes to the MLP output of `output`, [dModel]. */
  decoder(layer: number, feature: number, output: number): number[] {
    const { dModel, layers } = this.dictionary;
    const first = (feature * layers[layer].nOutputs + output - layer) * dModel;
    return Array.from(this.#vector('W_dec', `wDec_${layer}`).slice(first, first + dModel));
  }

  decoderBias(layer: number): number[] {
    return Array.from(this.#vector('b_dec', `bDec_${layer}`));
  }

  /** x @ W_skip^T of a PLT, x @ W_skip of a CLT; zeros without a skip connection. */
  skip(layer: number, hooks: PlainHooks): Matrix {
    const x = hooks[this.dictionary.inputHook];
    const { wSkip } = this.dictionary.layers[layer];
    if (wSkip === undefined) return x.map(row => row.map(() => 0));
    const weight = this.#matrix(`wSkip_${layer}`, this.dictionary.dModel);
    return multiplyTransposed(x, wSkip.orientation === 'out-in' ? weight : transposed(weight));
  }

  #matrix(name: string, width: number): Matrix {
    const values = this.#vector(name, name);
    return Array.from({ length: values.length / width }, (_, row) =>
      Array.from(values.subarray(row * width, (row + 1) * width)),
    );
  }

  #vector(what: string, key: string): Float32Array {
    const values = this.#tensors.get(key);
    if (values === undefined) throw new Error(`${what} is not in the model`);
    return values;
  }

  async #read(key: string, ref: TensorRef): Promise<void> {
    this.#tensors.set(key, await readFloat32(ref));
  }
}

export function sum(a: Matrix, b: Matrix): Matrix {
  return a.map((row, i) => row.map((value, j) => value + b[i][j]));
}

/** values + factor * row, added in place. */
export function addScaled(values: number[], factor: number, row: readonly number[]): void {
  row.forEach((value, i) => (values[i] += factor * value));
}

function multiplyTransposed(x: Matrix, weight: Matrix): Matrix {
  return x.map(row => weight.map(other => dot(row, other)));
}

function transposed(x: Matrix): Matrix {
  return x[0].map((_, column) => x.map(row => row[column]));
}

function dot(a: readonly number[], b: readonly number[]): number {
  return a.reduce((total, value, i) => total + value * b[i], 0);
}
