import {
  decoderTable,
  denseActivations,
  encoderRowsOf,
  preActivations,
  storedRows,
  type Dictionary,
} from '../dictionary/index.ts';
import {
  add,
  gatherPoints,
  gatherRows,
  jumpRelu,
  mul,
  relu,
  scatterElementsAdd,
  stack,
  sum,
  topK,
  zerosLike,
  type Value,
} from '../onnx/index.ts';

/** All activations of one layer, dense, whatever the activation function. x: [.., dModel]; result: [.., nFeatures]. */
export function allActivations(dictionary: Dictionary, layer: number, x: Value): Value {
  if (dictionary.activation !== 'topk') return denseActivations(dictionary, layer, x);
  const pre = preActivations(dictionary, layer, x);
  const { values, indices } = topK(pre, dictionary.k!);
  return scatterElementsAdd(zerosLike(pre), indices, values);
}

/**
 * Activations of chosen features only: entry i is feature[i] on row[i] of x. x: [rows, dModel]; row, feature: int64
 * [n]; result: [n]. Only their encoder rows are read, but for topk, where a feature's rivals decide.
 */
export function chosenActivations(dictionary: Dictionary, layer: number, x: Value, row: Value, feature: Value): Value {
  if (dictionary.activation === 'topk') {
    return gatherPoints(allActivations(dictionary, layer, x), stack([row, feature], 1));
  }
  const { bEnc, threshold } = dictionary.layers[layer];
  const products = sum(mul(gatherRows(x, row), encoderRowsOf(dictionary, layer, feature)), [1]);
  const pre = add(products, storedRows(bEnc, feature));
  return dictionary.activation === 'relu' ? relu(pre) : jumpRelu(pre, storedRows(threshold!, feature));
}

/**
 * What features of `layer` write to the MLP output of layer `output` per unit of activation. feature: int64 [..];
 * result: [.., dModel].
 */
export function decoderRows(dictionary: Dictionary, layer: number, output: number, feature: Value): Value {
  // A CLT's rows lie output by output behind each feature: one table of all of them needs no copy.
  const { table, stride, firstOutput } = decoderTable(dictionary.layers[layer]);
  const { graph } = feature;
  const index = (value: number) => graph.constant(BigInt64Array.of(BigInt(value)), []);
  return storedRows(table, add(mul(feature, index(stride)), index(firstOutput + output - layer)));
}

/** The layers that features of `layer` write to. */
export function outputLayers(dictionary: Dictionary, layer: number): number[] {
  return Array.from({ length: dictionary.layers[layer].nOutputs }, (_, i) => layer + i);
}
