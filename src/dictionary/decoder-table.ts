import { elementCount, type TensorRef } from '../checkpoint/index.ts';

/** Where the decoder of one layer lies. */
export interface StoredDecoder {
  readonly nFeatures: number;
  /** The MLP outputs that a feature writes to: 1 in a PLT, layers `layer` to `nLayers - 1` in a CLT. */
  readonly nOutputs: number;
  /** PLT [nFeatures, dModel], CLT [nFeatures, rows, dModel]: a feature's row for its first output is `firstOutput`. */
  readonly wDec: TensorRef;
  /** 0, but in GemmaScope 2's cross-layer transcoders, which store rows for layers that no feature writes to. */
  readonly firstOutput: number;
}

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

export function decoderTable({ wDec, nFeatures, nOutputs, firstOutput }: StoredDecoder): DecoderTable {
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
