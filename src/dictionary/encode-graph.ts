import { rowRange, storedTensor, type TensorRef } from '../checkpoint/index.ts';
import {
  abs,
  add,
  cast,
  concat,
  gatherElements,
  gatherRows,
  greater,
  jumpRelu,
  linear,
  matmul,
  max,
  relu,
  reshape,
  slice,
  sum,
  topK,
  transpose,
} from '../onnx/index.ts';
import type { Value } from '../onnx/index.ts';
import type { DictionaryActivation, DictionaryLayer } from './dictionary.ts';
import { storedColumns } from './encoder-columns.ts';

/** What encoding needs of a dictionary. */
export interface Encoders {
  readonly dModel: number;
  readonly activation: DictionaryActivation;
  /** Of topk only. */
  readonly k: number | undefined;
  readonly layers: readonly Pick<
    DictionaryLayer,
    'nFeatures' | 'wEnc' | 'encoderIsTransposed' | 'bEnc' | 'threshold'
  >[];
}

/** Features that are active at each row of an encoder's input, sparse. */
export interface EncodedRows {
  /** [rows, k]; activations, the largest by magnitude; 0 where fewer than k are active. Unsorted. */
  readonly values: Value;
  /** int64 [rows, k] */
  readonly indices: Value;
  /** float32 [rows]; how many are active. Above a k that was given, `values` lacks some: encode again with a larger one. */
  readonly count: Value;
}

/**
 * A 16-bit encoder is cast where it is used, and the cast copy lives as long as its product: in pieces of so many
 * values (64 MB of float32) instead of at once.
 */
const CAST_CHUNK_VALUES = 2 ** 24;

/** How the graph of an encoder is written. */
export interface EncodingOptions {
  /** There are few rows, at most `FEW_ROWS`. */
  readonly fewRows?: boolean;
}

/**
 * Up to so many rows an encoder by rows is multiplied from the left: ONNX Runtime copies the right matrix of a product to
 * another layout, which takes longer than multiplying it with a few rows.
 */
export const FEW_ROWS = 48;

/** Pre-activations W_enc x + b_enc of one layer. x: [rows, dModel]; result: [rows, nFeatures]. */
export function preActivations(dictionary: Encoders, layer: number, x: Value, options: EncodingOptions = {}): Value {
  const { wEnc, encoderIsTransposed, bEnc } = dictionary.layers[layer];
  const product = encoderIsTransposed ? transposedProduct(wEnc, x) : rowProduct(wEnc, x, options);
  return add(product, storedTensor(x.graph, bEnc));
}

/** x W^T for an encoder that is stored as [nFeatures, dModel]. */
function rowProduct(wEnc: TensorRef, x: Value, { fewRows = false }: EncodingOptions): Value {
  const products = castChunks(wEnc).map(({ chunk }) => {
    const w = storedTensor(x.graph, chunk);
    return fewRows ? transpose(matmul(w, x, { transposeB: true }), [1, 0]) : linear(x, w);
  });
  return products.length === 1 ? products[0] : concat(products, -1);
}

/** x W for an encoder that is stored as [dModel, nFeatures]; its pieces are summands. */
function transposedProduct(wEnc: TensorRef, x: Value): Value {
  const chunks = castChunks(wEnc);
  const products = chunks.map(({ chunk, first }) => {
    const part = chunks.length === 1 ? x : slice(x, -1, first, first + chunk.entry.shape[0]);
    return matmul(part, storedTensor(x.graph, chunk));
  });
  return products.reduce((sum, product) => add(sum, product));
}

/** Encoder rows of chosen features, read in the graph. features: int64 [n]; result: [n, dModel]. */
export function encoderRowsOf(dictionary: Encoders, layer: number, features: Value): Value {
  const { wEnc, encoderIsTransposed } = dictionary.layers[layer];
  return encoderIsTransposed ? storedColumns(wEnc, features) : storedRows(wEnc, features);
}

/** Rows of a stored tensor; 16-bit ones are cast after they are picked, not the whole tensor before. */
export function storedRows(ref: TensorRef, rows: Value): Value {
  const whole = storedTensor(rows.graph, ref);
  const stored = whole.producer === undefined ? whole : whole.producer.inputs[0];
  return cast(gatherRows(stored, rows), 'float32');
}

/** All activations of one layer, dense. x: [rows, dModel]; result: [rows, nFeatures]. */
export function denseActivations(dictionary: Encoders, layer: number, x: Value, options: EncodingOptions = {}): Value {
  const pre = preActivations(dictionary, layer, x, options);
  const { threshold } = dictionary.layers[layer];
  if (dictionary.activation === 'relu') return relu(pre);
  if (dictionary.activation === 'jumprelu') return jumpRelu(pre, storedTensor(x.graph, threshold!));
  throw new TypeError('the activations of a topk dictionary are read sparse');
}

/**
 * Activations of one layer, sparse. x: [rows, dModel]; k: int64 [1], of which at most nFeatures are used; when undefined, as
 * many as the fullest row has.
 */
export function sparseActivations(
  dictionary: Encoders,
  layer: number,
  x: Value,
  k: Value | undefined,
  options: EncodingOptions = {},
): EncodedRows {
  if (dictionary.activation === 'topk') {
    // Exactly k are active, the negative ones among them too.
    const { values, indices } = topK(preActivations(dictionary, layer, x, options), dictionary.k!);
    return { values, indices, count: activeCount(values) };
  }
  const activations = denseActivations(dictionary, layer, x, options);
  const count = activeCount(activations);
  const limit = k === undefined ? most(count) : atMost(k, dictionary.layers[layer].nFeatures);
  // By magnitude: a negative threshold lets negative values through.
  const { indices } = topK(abs(activations), limit);
  return { values: gatherElements(activations, indices), indices, count };
}

/** int64 [1]; the largest of the counts, [..]. */
function most(counts: Value): Value {
  return cast(reshape(max(counts, [...counts.shape.keys()]), [1]), 'int64');
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

/** A 16-bit matrix in pieces of its rows; a float32 one, which is not copied, whole. */
function castChunks(matrix: TensorRef): { chunk: TensorRef; first: number }[] {
  const [rows, width] = matrix.entry.shape;
  if (matrix.entry.dtype === 'F32' || rows * width <= CAST_CHUNK_VALUES) return [{ chunk: matrix, first: 0 }];
  const chunkRows = Math.max(1, Math.floor(CAST_CHUNK_VALUES / width));
  const chunks: { chunk: TensorRef; first: number }[] = [];
  for (let first = 0; first < rows; first += chunkRows) {
    chunks.push({ chunk: rowRange(matrix, first, Math.min(chunkRows, rows - first)), first });
  }
  return chunks;
}
