import { NotificationType, RequestType } from 'vscode-jsonrpc';
import type { FeatureRecord } from '../features/feature-record.ts';
import type { TraceSettings } from '../graph/investigation/types.ts';
import type { Identity } from '../graph/types.ts';
import type { ImportedItem } from '../import/import-from-hub.ts';
import type { KnownModels } from '../import/known-models.ts';
import type { ErrorCode } from '../errors.ts';

/**
 * What the extension host and the engine's process say to each other, as JSON-RPC over the process' IPC channel with
 * structured cloning, so that typed arrays travel as they are. Types only, and the names of the methods: importing this
 * file loads nothing of the engine.
 */

/** Which model and dictionary; absent: the embedded pack. Folders or hub ids, as the command line takes them. */
export interface ModelChoice {
  readonly model?: string;
  readonly dictionary?: string;
  readonly provider?: string;
  readonly threads?: number;
}

export interface PromptToken {
  readonly id: number;
  readonly text: string;
  /** UTF-16 offsets in the prompt; null for tokens that were added. */
  readonly start: number | null;
  readonly end: number | null;
  /** True for a special token that the prompt's text spells out. */
  readonly special?: boolean;
}

export interface LikelyToken {
  readonly id: number;
  readonly text: string;
  readonly probability: number;
}

export interface PromptOptions {
  readonly prompt: string;
  /** Text that looks like a special token is taken as text, not as the token. */
  readonly specialAsText?: boolean;
  /** Wrap the prompt in the model's chat template. */
  readonly chat?: boolean;
}

export interface PredictRequest extends ModelChoice, PromptOptions {
  /** As a trace takes it: its tokens' probabilities are reported, and a target that is none is refused. */
  readonly target?: string;
}

export interface ModelDescription {
  readonly name: string;
  readonly embedded: boolean;
  readonly architecture: string;
  readonly layers: number;
  readonly model: Identity;
  /** Absent: prompts are traced in the basis of the model's own neurons. */
  readonly dictionary?: Identity & { readonly kind: string; readonly features: number };
  /** Features (or neurons) of a graph, unless asked for otherwise. */
  readonly defaultBudget: number;
  readonly hasLabels: boolean;
  readonly hasChatTemplate: boolean;
  readonly provider: string;
  /** Why this one and no other, a sentence each. */
  readonly providerNotes: readonly string[];
}

export interface TraceRequest extends ModelChoice, PromptOptions {
  readonly settings: Partial<TraceSettings>;
  /** Where the graph is written: an absolute path. */
  readonly out: string;
}

export interface TraceScores {
  readonly replacement: number | null;
  readonly completeness: number | null;
  readonly strictCompleteness: number | null;
}

export interface TraceResult {
  readonly graphFile: string;
  readonly graphSha256: string;
  readonly tokens: readonly PromptToken[];
  readonly top: readonly LikelyToken[];
  readonly scores: TraceScores;
  readonly model: Identity;
  /** Absent in the basis of neurons. */
  readonly dictionary?: Identity;
  readonly activeFeatures: number;
  readonly nodes: number;
  readonly links: number;
  readonly seconds: Readonly<Record<'load' | 'forward' | 'attribute' | 'prune', number>>;
  readonly provider: string;
  readonly providerNotes: readonly string[];
  /** Sentences a person should see: a prompt that the model does not know, a low score, a fallback. */
  readonly warnings: readonly string[];
}

export interface PredictResult {
  readonly tokens: readonly PromptToken[];
  readonly top: readonly LikelyToken[];
  /** The tokens of the target that was asked about. */
  readonly target?: readonly LikelyToken[];
}

export interface FeatureRequest extends ModelChoice {
  readonly features: readonly (readonly [layer: number, feature: number])[];
}

export interface CardRequest extends FeatureRequest {
  /**
   * Whether the tokens that the decoders promote and suppress are computed, which reads the whole unembedding: `always`,
   * or only where the feature index does not name them. Absent: never.
   */
  readonly logits?: 'always' | 'where-unknown';
}

/** A feature's card: undefined fields of the record are not known. */
export interface FeatureCardData {
  readonly layer: number;
  readonly feature: number;
  readonly record: FeatureRecord | null;
  /** Empty where they were not computed: the record names the tokens. */
  readonly topLogits: readonly LikelyTokenWeight[];
  readonly bottomLogits: readonly LikelyTokenWeight[];
  /** Why nothing could be read of the feature's index, with what to do. */
  readonly problem?: string;
}

/** What the feature index of this machine says of a feature in a line. */
export interface FeatureSummary {
  readonly layer: number;
  readonly feature: number;
  /** The fraction of tokens on which it fires. */
  readonly density?: number;
  /** What the automatic label is worth on texts that had no part in it. */
  readonly detectionF1?: number | null;
  readonly fuzzing?: number | null;
}

export interface LikelyTokenWeight {
  readonly text: string;
  readonly weight: number;
}

/** Activations of one feature on a person's own text. */
export interface ActivationRequest extends ModelChoice, PromptOptions {
  readonly layer: number;
  readonly feature: number;
}

export interface ActivationResult {
  readonly tokens: readonly PromptToken[];
  /** [tokens] */
  readonly activations: Float32Array;
}

/** A feature's activation changed at positions; `scale` multiplies what it was, `value` replaces it. */
export interface FeatureEdit {
  readonly layer: number;
  readonly feature: number;
  /** Absent: every position where it is active. */
  readonly positions?: readonly number[];
  readonly scale?: number;
  readonly value?: number;
}

export interface InterveneRequest extends ModelChoice, PromptOptions {
  readonly edits: readonly FeatureEdit[];
  readonly mode: 'constrained' | 'frozen-attention' | 'free';
  /** Runs as many matched random features beside it; 0: none. */
  readonly controls?: number;
}

export interface InterveneResult {
  readonly before: readonly LikelyToken[];
  readonly after: readonly LikelyToken[];
  /** The probability of the tokens of `after` before the change. */
  readonly controls: readonly (readonly LikelyToken[])[];
}

/** What to import: a folder, the name of a published set, or a hub id, and the dictionary for it. */
export interface ImportRequest {
  readonly id: string;
  readonly revision?: string;
  readonly dictionary?: string;
  /** With the dictionary's feature index. */
  readonly features?: boolean;
}

/** A published set by its name. */
export interface SetSizeRequest {
  readonly name: string;
}

/** What an import takes, in bytes; numbers are null where they are not known. */
export interface ImportEstimateData {
  readonly items: readonly { readonly kind: 'model' | 'dictionary'; readonly id: string; readonly bytes: number }[];
  readonly total: number;
  /** Left to download. */
  readonly missing: number;
  /** On the disk of the cache. */
  readonly free: number | null;
  /** Of a trace of 16 tokens. */
  readonly memory: number | null;
  readonly machineMemory: number;
}

/** A folder that was checked and remembered has neither id nor commit. */
export type ImportResult = readonly (Pick<ImportedItem, 'kind' | 'folder'> & Partial<ImportedItem>)[];

export interface ProgressReport {
  readonly token: string | number;
  readonly stage: string;
  readonly done: number;
  readonly total: number | null;
}

/** What an error's `data` holds. */
export interface EngineErrorData {
  readonly code: ErrorCode | 'bug';
  readonly remedy: string;
}

/** Every request may carry `progressToken`; cancel with JSON-RPC's own cancellation. */
export type WithProgress<Params> = Params & { readonly progressToken?: string | number };

export const describeModel = new RequestType<WithProgress<ModelChoice>, ModelDescription, EngineErrorData>(
  'model/describe',
);
export const predictNext = new RequestType<WithProgress<PredictRequest>, PredictResult, EngineErrorData>(
  'prompt/predict',
);
export const traceAttribution = new RequestType<WithProgress<TraceRequest>, TraceResult, EngineErrorData>(
  'trace/attribution',
);
export const featureCards = new RequestType<WithProgress<CardRequest>, readonly FeatureCardData[], EngineErrorData>(
  'features/cards',
);
/** Of those features that the index on this machine knows; nothing is asked of the hub. */
export const featureSummaries = new RequestType<
  WithProgress<FeatureRequest>,
  readonly FeatureSummary[],
  EngineErrorData
>('features/summaries');
export const featureActivations = new RequestType<WithProgress<ActivationRequest>, ActivationResult, EngineErrorData>(
  'features/activations',
);
export const intervene = new RequestType<WithProgress<InterveneRequest>, InterveneResult, EngineErrorData>('intervene');
/** Models in the cache, folders that were added, published sets: without a network. */
export const listModels = new RequestType<WithProgress<object>, KnownModels, EngineErrorData>('models/list');
/** Asks the hub which folders of a repository hold a dictionary. */
export const dictionaryFolders = new RequestType<
  WithProgress<{ readonly dictionary: string }>,
  readonly string[],
  EngineErrorData
>('models/folders');
/** Asks the hub for the bytes of a published dictionary; null for sets that hold several. */
export const publishedSetSize = new RequestType<WithProgress<SetSizeRequest>, number | null, EngineErrorData>(
  'models/size',
);
/** Asks the hub; downloads configurations alone. Empty for a folder. */
export const estimateImport = new RequestType<WithProgress<ImportRequest>, ImportEstimateData, EngineErrorData>(
  'models/estimate',
);
/** Downloads without asking; progress is in bytes. */
export const importModel = new RequestType<WithProgress<ImportRequest>, ImportResult, EngineErrorData>('models/import');
export const progress = new NotificationType<ProgressReport>('progress');
/** Ends the process when its work is done. */
export const shutDown = new NotificationType<null>('shutdown');
