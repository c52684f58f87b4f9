import { elementCount, type TensorRef } from '../checkpoint/index.ts';
import type { DictionaryLayer } from './dictionary.ts';

/** The decoder of a layer as one table: a row for each feature and output. */
export interface DecoderTable {
  /** [nFeatures * stride, dModel] over the bytes of the decoder. */
  readonly table: TensorRef;
  /** The layers that features of this one write to, from their own on. */
  readonly outputs: number;
  /** Rows that are stored for each feature. */
  readonly stride: number;
  /** The row of a feature's first output, counted from the first of the feature. */
  readonly firstOutput: number;
  /** The row of a feature for the `output`-th layer that it writes to. */
  readonly rowOf: (feature: number, output: number) => number;
}

export function decoderTable({ wDec, nFeatures, nOutputs, firstOutput }: DictionaryLayer): DecoderTable {
  const dModel = wDec.entry.shape[wDec.entry.shape.length - 1];
  const stride = elementCount(wDec.entry.shape) / (nFeatures * dModel);
  return {
    table: { path: wDec.path, entry: { ...wDec.entry, shape: [nFeatures * stride, dModel] } },
    outputs: nOutputs,
    stride,
    firstOutput,
    rowOf: (feature, output) => feature * stride + firstOutput + output,
  };
}
