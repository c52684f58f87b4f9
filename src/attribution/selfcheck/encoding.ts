import { createSession, encodeModel, Graph, tensor } from '../../onnx/index.ts';
import { denseActivations, preActivations } from '../../dictionary/index.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import type { PromptRun } from '../traced-model.ts';
import { Comparison, type IdentityCheck } from './identity-check.ts';

/** Sparse activations, read out by TopK, against all activations of every layer. */
export async function checkEncoding(model: ReplacementModel, { pass, active }: PromptRun): Promise<IdentityCheck> {
  const { dictionary, nZeroed } = model;
  const comparison = new Comparison();
  for (const { layer, nFeatures } of dictionary.layers) {
    const dense = await denseLayer(model, layer, pass.layers[layer].input);
    dense.fill(0, 0, nZeroed * nFeatures);
    const sparse = new Float32Array(dense.length);
    active.layers.forEach((of, i) => {
      if (of === layer) sparse[active.positions[i] * nFeatures + active.indices[i]] = active.activations[i];
    });
    for (let i = 0; i < dense.length; i++) comparison.add(sparse[i], dense[i]);
  }
  return comparison.check(
    'encoding',
    'Activations that are read out sparsely equal those that are computed in full.',
    1e-5,
  );
}

/** [tokens, nFeatures] */
async function denseLayer({ dictionary, settings }: ReplacementModel, layer: number, input: Float32Array) {
  const { dModel, activation, k } = dictionary;
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['rows', dModel]);
  const encode = activation === 'topk' ? preActivations : denseActivations;
  const session = await createSession(encodeModel(graph, { dense: encode(dictionary, layer, x) }), settings);
  const { dense } = await session.run({ x: tensor(input, [input.length / dModel, dModel]) });
  await session.dispose();
  const values = dense.data as Float32Array;
  if (activation === 'topk') keepLargest(values, dictionary.layers[layer].nFeatures, k!);
  return values;
}

/** Sets all but the k largest values of each row of `width` to 0; of equal ones the first are kept. */
function keepLargest(values: Float32Array, width: number, k: number): void {
  for (let first = 0; first < values.length; first += width) {
    const row = values.subarray(first, first + width);
    const order = Array.from(row.keys()).sort((a, b) => row[b] - row[a] || a - b);
    for (const i of order.slice(k)) row[i] = 0;
  }
}
