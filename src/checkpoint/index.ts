export { writeFileAtomically } from './atomic-file.ts';
export { encodeChatPrompt, loadChatTemplate, type ChatPrompt, type ChatTemplate } from './chat-template.ts';
export { openCheckpoint, type Checkpoint } from './checkpoint.ts';
export { parseHubReference, type HubReference } from './hub-reference.ts';
export { cacheResolver } from './hub/cached-files.ts';
export { isInsideName } from './hub/names.ts';
export type { HubResolver } from './hub/resolver.ts';
export { identityOf } from './identity.ts';
export { checkTokenizerFits, loadTokenizer } from './load-tokenizer.ts';
export type { ActivationName, Architecture, LayerType, ModelConfig, RopeScaling } from './model-config-types.ts';
export { parseModelConfig, readModelConfig } from './model-config.ts';
export { openNpz, openWeights } from './npz-file.ts';
export { OpenFiles } from './open-files.ts';
export { parseFields, parseJson, readJson, readText } from './read-fields.ts';
export { openSafetensors, tensorIn, type SafetensorsFile } from './safetensors-file.ts';
export { writeSafetensors, type WritableTensor } from './safetensors-writer.ts';
export { DTYPE_BYTES, elementCount, type Dtype, type TensorEntry, type TensorRef } from './tensor-entry.ts';
export {
  assertFinite,
  assertFiniteValues,
  fetchRows,
  gatherRows,
  gatherRowsInto,
  readFloat32,
  readInt64,
  rowChunks,
} from './tensor-reader.ts';
export { rowRange, storedTensor } from './stored-tensor.ts';
export type { EncodedPrompt, PromptToken, Tokenizer } from './tokenizer.ts';
