import { storedTensor } from '../checkpoint/index.ts';
import { sparseActivations, type Dictionary } from '../dictionary/index.ts';
import { add, matmul, reshape, slice, squeeze, unsqueeze, type Graph, type Value } from '../onnx/index.ts';
import { activeLimitInput } from './active-limits.ts';
import { allActivations, decoderRows, outputLayers } from './dictionary-graph.ts';

/** A layer's decoder of so many values (32 MB of float32) is read as a whole on each run rather than by rows. */
export const DENSE_DECODER_VALUES = 2 ** 23;

/** The layers whose decoders are larger than `denseValues`: of these the rows of active features are picked. */
export function pickedLayers({ layers, dModel }: Dictionary, denseValues: number): number[] {
  return layers
    .filter(({ nFeatures, nOutputs }) => nFeatures * nOutputs * dModel > denseValues)
    .map(({ layer }) => layer);
}

/** What the features of one layer write to the MLP outputs. */
export interface LayerWrites {
  /** [batch, tokens, dModel] for each layer that they write to */
  readonly written: readonly (readonly [output: number, values: Value])[];
  /** Where features are picked: [batch, tokens], how many are active; above the limit, `written` lacks some. */
  readonly activeCount: Value | undefined;
}

/** All activations times the whole decoder. input: [batch, tokens, dModel] */
export function denseWrites(graph: Graph, dictionary: Dictionary, layer: number, input: Value): LayerWrites {
  const { wDec, nFeatures, nOutputs } = dictionary.layers[layer];
  const { dModel } = dictionary;
  const decoder = reshape(storedTensor(graph, wDec), [nFeatures, nOutputs * dModel]);
  const all = matmul(allActivations(dictionary, layer, input), decoder);
  const written = outputLayers(dictionary, layer).map(
    (output, i) => [output, slice(all, -1, i * dModel, (i + 1) * dModel)] as const,
  );
  return { written, activeCount: undefined };
}

/** Only the decoder rows of active features; declares the int64 [1] input `active_limit_l`. */
export function pickedWrites(graph: Graph, dictionary: Dictionary, layer: number, input: Value): LayerWrites {
  const limit = graph.input(activeLimitInput(layer), 'int64', [1]);
  const { values, indices, count } = sparseActivations(dictionary, layer, input, limit);
  const row = unsqueeze(values, [2]);
  const written = outputLayers(dictionary, layer).map(
    output => [output, squeeze(matmul(row, decoderRows(dictionary, layer, output, indices)), [2])] as const,
  );
  return { written, activeCount: count };
}

/** Sums what is written to each layer while the layers below it are passed. */
export class Reconstructions {
  readonly #sums = new Map<number, Value>();

  add(writes: LayerWrites): void {
    for (const [output, values] of writes.written) {
      const before = this.#sums.get(output);
      this.#sums.set(output, before === undefined ? values : add(before, values));
    }
  }

  /** All that features wrote to `output`; [batch, tokens, dModel] */
  of(output: number): Value {
    return this.#sums.get(output)!;
  }
}
