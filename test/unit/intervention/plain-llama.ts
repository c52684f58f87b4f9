/**
 * A Llama and its dictionary in float64 loops, written from the formulas alone: the independent source that edited and
 * replaced runs are checked against.
 */
import { join } from 'node:path';
import { openCheckpoint, readFloat32, type Checkpoint, type TensorRef } from '../../../src/checkpoint/index.ts';
import { openDictionary, type Dictionary } from '../../../src/dictionary/index.ts';
import { rotaryFrequencies } from '../../../src/transformer/positions.ts';
import { referenceCase } from '../../support/reference.ts';

/** [rows][columns] */
export type Matrix = number[][];

/** Values of one layer at the hooks of dictionaries, [tokens][dModel]. */
export interface PlainHooks {
  readonly hook_resid_mid: Matrix;
  readonly 'ln2.hook_normalized': Matrix;
  readonly 'mlp.hook_in': Matrix;
}

/** What is written in place of an MLP's output. */
export type PlainMlp = (layer: number, hooks: PlainHooks, original: Matrix) => Matrix;

export class PlainLlama {
  readonly checkpoint: Checkpoint;
  readonly dictionary: Dictionary;
  readonly #tensors = new Map<string, Float32Array>();

  private constructor(checkpoint: Checkpoint, dictionary: Dictionary) {
    this.checkpoint = checkpoint;
    this.dictionary = dictionary;
  }

  static async open(name: string): Promise<PlainLlama> {
    const folder = await referenceCase(name);
    return PlainLlama.openFolders(join(folder, 'model'), join(folder, 'transcoders'));
  }

  static async openFolders(model: string, transcoders: string): Promise<PlainLlama> {
    const checkpoint = await openCheckpoint(model);
    const dictionary = await openDictionary(transcoders);
    const plain = new PlainLlama(checkpoint, dictionary);
    for (const tensor of checkpoint.names) await plain.#read(tensor, checkpoint.tensor(tensor));
    for (const { layer, wEnc, bEnc, bDec, threshold, wDec, wSkip } of dictionary.layers) {
      for (const [key, ref] of Object.entries({ wEnc, bEnc, bDec, threshold, wDec, wSkip: wSkip?.ref })) {
        if (ref !== undefined) await plain.#read(`${key}_${layer}`, ref);
      }
    }
    return plain;
  }

  /** Logits at every position, [tokens][vocabulary]. */
  logits(tokens: readonly number[], mlp: PlainMlp = (_layer, _hooks, original) => original): Matrix {
    const { config } = this.checkpoint;
    const embedding = this.#matrix('model.embed_tokens.weight', config.dModel);
    let x = tokens.map(token => [...embedding[token]]);
    for (let layer = 0; layer < config.nLayers; layer++) {
      const name = (part: string): string => `model.layers.${layer}.${part}.weight`;
      const mid = sum(x, this.#attention(layer, this.#norm(x, name('input_layernorm')).output));
      const { normalized, output } = this.#norm(mid, name('post_attention_layernorm'));
      const gate = this.#linear(output, name('mlp.gate_proj'));
      const up = this.#linear(output, name('mlp.up_proj'));
      const inner = gate.map((row, t) => row.map((g, i) => (g / (1 + Math.exp(-g))) * up[t][i]));
      const original = this.#linear(inner, name('mlp.down_proj'));
      const hooks = { hook_resid_mid: mid, 'ln2.hook_normalized': normalized, 'mlp.hook_in': output };
      x = sum(mid, mlp(layer, hooks, original));
    }
    const unembedding = config.tieEmbeddings ? 'model.embed_tokens.weight' : 'lm_head.weight';
    return this.#linear(this.#norm(x, 'model.norm.weight').output, unembedding);
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

  #attention(layer: number, x: Matrix): Matrix {
    const { nHeads, nKeyValueHeads, headDim, ropeTheta, ropeScaling } = this.checkpoint.config;
    const name = (part: string): string => `model.layers.${layer}.self_attn.${part}_proj.weight`;
    const frequencies = rotaryFrequencies(headDim, ropeTheta, ropeScaling);
    const head = (all: Matrix, index: number): Matrix =>
      all.map(row => row.slice(index * headDim, (index + 1) * headDim));
    const [queries, keys, values] = ['q', 'k', 'v'].map(part => this.#linear(x, name(part)));
    const mixed: Matrix = x.map(() => []);
    for (let h = 0; h < nHeads; h++) {
      const shared = Math.floor((h * nKeyValueHeads) / nHeads);
      const query = rotate(head(queries, h), frequencies);
      const key = rotate(head(keys, shared), frequencies);
      const value = head(values, shared);
      x.forEach((_, t) => {
        const scores = key.slice(0, t + 1).map(row => dot(row, query[t]) / Math.sqrt(headDim));
        const largest = Math.max(...scores);
        const weights = scores.map(score => Math.exp(score - largest));
        const total = weights.reduce((a, b) => a + b);
        for (let i = 0; i < headDim; i++) {
          mixed[t].push(weights.reduce((all, weight, s) => all + (weight / total) * value[s][i], 0));
        }
      });
    }
    return this.#linear(mixed, name('o'));
  }

  #norm(x: Matrix, name: string): { normalized: Matrix; output: Matrix } {
    const weight = this.#vector(name, name);
    const normalized = x.map(row => {
      const scale = Math.sqrt(dot(row, row) / row.length + this.checkpoint.config.normEpsilon);
      return row.map(value => value / scale);
    });
    return { normalized, output: normalized.map(row => row.map((value, i) => value * weight[i])) };
  }

  #linear(x: Matrix, name: string): Matrix {
    return multiplyTransposed(x, this.#matrix(name, x[0].length));
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

function rotate(x: Matrix, frequencies: Float64Array): Matrix {
  const half = frequencies.length;
  return x.map((row, position) =>
    row.map((value, i) => {
      const angle = position * frequencies[i % half];
      const partner = i < half ? -row[i + half] : row[i - half];
      return value * Math.cos(angle) + partner * Math.sin(angle);
    }),
  );
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
