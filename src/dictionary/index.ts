export {
  INPUT_HOOKS,
  OUTPUT_HOOKS,
  type DictionaryConfig,
  type DictionaryKind,
  type InputHook,
  type OutputHook,
} from './dictionary-config.ts';
export type {
  Dictionary,
  DictionaryActivation,
  DictionaryBiases,
  DictionaryLayer,
  SkipConnection,
} from './dictionary.ts';
export { checkDictionaryFits } from './fits.ts';
export { openDictionary } from './open-dictionary.ts';
export { writeDictionary, type DictionaryLayerWeights, type DictionaryWeights } from './write-dictionary.ts';
export { denseActivations, preActivations, sparseActivations, type EncodedRows } from './encode-graph.ts';
export { SparseEncoder } from './sparse-encoder.ts';
export { compressRows, type SparseRows } from './sparse-rows.ts';
