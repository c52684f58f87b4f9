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
export { leftOutPositions, requiredStart } from './left-out.ts';
export type { AutoencoderConfig, AutoencoderSite } from './autoencoder-config.ts';
export { openDictionary, type OpenDictionaryOptions } from './open-dictionary.ts';
export { describeAutoencoder, openSparseAutoencoder, type SparseAutoencoder } from './sparse-autoencoder.ts';
export { writeDictionary, type DictionaryLayerWeights, type DictionaryWeights } from './write-dictionary.ts';
export { DecoderReader } from './decoder-reader.ts';
export { decoderTable, type DecoderTable } from './decoder-table.ts';
export {
  denseActivations,
  encoderRowsOf,
  preActivations,
  sparseActivations,
  storedRows,
  type EncodedRows,
} from './encode-graph.ts';
export { SparseEncoder } from './sparse-encoder.ts';
export { compressRows, type SparseRows } from './sparse-rows.ts';
