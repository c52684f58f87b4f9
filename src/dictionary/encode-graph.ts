import { rowRange, storedTensor, type TensorRef } from '../checkpoint/index.ts';
import { abs, add, cast, concat, gatherElements, greater, jumpRelu, linear, relu, sum, topK } from '../onnx/index.ts';
import type { Value } from '../onnx/index.ts';
import type { Dictionary } from './dictionary.ts';

/** Features that are active at each row of an encoder's input, sparse. */
export interface EncodedRows {
  /** [rows, k]; activations, the largest by magnitude; 0 where fewer than k are active. Unsorted. */
  readonly values: Value;
  /** int64 [rows, k] */
  readonly indices: Value;
  /** float32 [rows]; how many are active. Above k, `values` lacks some: encode again with a larger k. */
  readonly count: Value;
}

/**
 * A 16-bit encoder is cast where it is used, and the cast copy lives as long as its product: in pieces of so many
 * values (64 MB of float32) instead of at once.
 */
const CAST_CHUNK_VALUES = 2 ** 24;

/** Pre-activations W_enc x + b_enc of one layer. x: [rows, dModel]; result: [rows, nFeatures]. */
export function preActivations(dictionary: Dictionary, layer: number, x: Value): Value {
  const { wEnc, bEnc } = dictionary.layers[layer];
  const products = encoderChunks(wEnc).map(chunk => linear(x, storedTensor(x.graph, chunk)));
  return add(products.length === 1 ? products[0] : concat(products, -1), storedTensor(x.graph, bEnc));
}

/** All activations of one layer, dense. x: [rows, dModel]; result: [rows, nFeatures]. */
export function denseActivations(dictionary: Dictionary, layer: number, x: Value): Value {
  const pre = preActivations(dictionary, layer, x);
  const { threshold } = dictionary.layers[layer];
  if (dictionary.activation === 'relu') return relu(pre);
  if (dictionary.activation === 'jumprelu') return jumpRelu(pre, storedTensor(x.graph, threshold!));
  throw new TypeError('the activations of a topk dictionary are read sparse');
}

/** Activations of one layer, sparse. x: [rows, dModel]; k: int64 [1], of which at most nFeatures are used. */
export function sparseActivations(dictionary: Dictionary, layer: number, x: Value, k: Value): EncodedRows {
  if (dictionary.activation === 'topk') {
    // Exactly k are active, the negative ones among them too.
    const { values, indices } = topK(preActivations(dictionary, layer, x), dictionary.k!);
    return { values, indices, count: activeCount(values) };
  }
  const activations = denseActivations(dictionary, layer, x);
  // By magnitude: a negative threshold lets negative values through.
  const { indices } = topK(abs(activations), atMost(k, dictionary.layers[layer].nFeatures));
  return { values: gatherElements(activations, indices), indices, count: activeCount(activations) };
}

/** The smaller of an int64 [1] value and a number. */
function atMost(k: Value, limit: number): Value {
  return k.graph.node('Min', [k, k.graph.integers([limit])], [{ dtype: 'int64', shape: [1] }], {
    differentiable: [],
  })[0];
}

/** float32 [rows]; how many values of each row are not 0. */
function activeCount(values: Value): Value {
  return sum(cast(greater(abs(values), 0), 'float32'), [-1]);
}

function encoderChunks(wEnc: TensorRef): TensorRef[] {
  const [rows, width] = wEnc.entry.shape;
  if (wEnc.entry.dtype === 'F32' || rows * width <= CAST_CHUNK_VALUES) return [wEnc];
  const chunkRows = Math.max(1, Math.floor(CAST_CHUNK_VALUES / width));
  const chunks: TensorRef[] = [];
  for (let first = 0; first < rows; first += chunkRows) {
    chunks.push(rowRange(wEnc, first, Math.min(chunkRows, rows - first)));
  }
  return chunks;
}
