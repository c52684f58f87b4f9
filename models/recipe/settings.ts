import type { LanguageModelSettings } from '../../src/training/language-model.ts';
import type { Schedule } from '../../src/training/schedule.ts';
import type { TranscoderSettings } from '../../src/training/transcoder-trainer.ts';
import type { TransformerShape } from '../../src/transformer/shape.ts';
import { vocabularyOf } from '../corpus/index.ts';

/** Everything that the embedded model follows from; the same settings on the same runtime give the same pack. */
export const SEED = 1;

export const SHAPE: TransformerShape = {
  architecture: 'llama',
  vocabularySize: vocabularyOf().size,
  dModel: 128,
  nLayers: 6,
  nHeads: 4,
  nKeyValueHeads: 4,
  headDim: 32,
  dMlp: 768,
  normEpsilon: 1e-5,
  ropeTheta: 10_000,
  tieEmbeddings: false,
};

/** Positions that the model was trained on are at most 24; rotary positions allow some more. */
export const CONTEXT_LENGTH = 64;

export const LANGUAGE_MODEL: LanguageModelSettings = {
  shape: SHAPE,
  seed: SEED,
  // A frozen random embedding: what a word means is then looked up by the first MLP, where a dictionary sees it.
  embeddingScale: 0.03,
  silentAttentionLayers: 1,
  mlpEnergy: 0.03,
  adam: { beta1: 0.9, beta2: 0.98, weightDecay: 0.3 },
  muon: { momentum: 0.95, weightDecay: 0.3, updateScale: 0.2 },
  clip: 1,
};

export const LANGUAGE_SCHEDULE: Schedule = { steps: 3000, warmup: 100, flat: 0.3, floor: 0.02 };
export const LANGUAGE_LEARNING_RATE = 3e-3;
export const SENTENCES_IN_A_BATCH = 128;

export const DICTIONARY: TranscoderSettings = {
  shape: { kind: 'clt', nLayers: SHAPE.nLayers, dModel: SHAPE.dModel, nFeatures: 896 },
  seed: SEED,
  active: [14, 8, 11, 11, 9, 6],
  batch: 1024,
  beta1: 0.9,
  beta2: 0.99,
  clip: 1,
  deadAfter: 200,
};

export const DICTIONARY_SCHEDULE: Schedule = { steps: 7000, warmup: 100, flat: 0.5, floor: 0.05 };
export const DICTIONARY_LEARNING_RATE = 2e-3;
/** Sentences whose activations are held in memory at a time, and the steps for which they are used. */
export const POOL_SENTENCES = 12_000;
export const POOL_STEPS = 350;

/** The end-to-end stage of the dictionary. */
export const FINETUNE_SCHEDULE: Schedule = { steps: 800, warmup: 50, flat: 0.2, floor: 0.02 };
/** Wanted active features in that stage: moved to the layers whose outputs are hardest to explain. */
export const FINETUNE_ACTIVE = [14, 8, 11, 11, 9, 6];
/** Fresh sentences more often than before: what is learnt late should not be those of one pool. */
export const FINETUNE_POOL_STEPS = 100;
export const END_TO_END_EVERY = 1;
export const RECONSTRUCTION_RATE = 5e-4;
export const END_TO_END_RATE = 3e-4;
export const END_TO_END_SENTENCES = 64;

/** Sentences that the feature index is built from. */
export const INDEX_SENTENCES = 20_000;
