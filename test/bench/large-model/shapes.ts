/** What a made model's files follow from. */
export interface ModelShape {
  readonly nLayers: number;
  readonly dModel: number;
  readonly nHeads: number;
  readonly nKeyValueHeads: number;
  readonly headDim: number;
  readonly dMlp: number;
  readonly vocabulary: number;
}

/** What a made dictionary's files follow from. */
export interface DictionaryShape {
  readonly kind: 'plt' | 'clt';
  readonly nLayers: number;
  readonly dModel: number;
  /** Of each layer. */
  readonly nFeatures: number;
  /** Features of a layer that are active at a position, about. */
  readonly active: number;
}

/** google/gemma-2-2b. */
export const GEMMA_2_2B: ModelShape = {
  nLayers: 26,
  dModel: 2304,
  nHeads: 8,
  nKeyValueHeads: 4,
  headDim: 256,
  dMlp: 9216,
  vocabulary: 256_000,
};

/** mntss/gemma-scope-transcoders (plt) and mntss/clt-gemma-2-2b-426k (clt): 26 layers of 16,384 features. */
export function gemmaDictionary(kind: DictionaryShape['kind']): DictionaryShape {
  return { kind, nLayers: GEMMA_2_2B.nLayers, dModel: GEMMA_2_2B.dModel, nFeatures: 16_384, active: 100 };
}
