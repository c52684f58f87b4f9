import type { Identity, NodeId } from '../types.ts';

/** The version of the file format that this program writes. Older ones are migrated, newer ones refused. */
export const INVESTIGATION_VERSION = 1;

/**
 * A saved piece of work about one prompt: `*.circuit.json`. It holds what a person decided and refers to the traced
 * graph, a `*.graph.json` file beside it. Lists are sorted by id, so that two people's work merges line by line.
 */
export interface Investigation {
  readonly version: typeof INVESTIGATION_VERSION;
  readonly prompt: string;
  /** The traced graph: a path relative to the investigation's own folder, with forward slashes. */
  readonly graph: GraphReference;
  readonly model?: Identity;
  readonly dictionary?: Identity;
  /** Where the prompt was selected, if that file lies in the workspace. */
  readonly source?: TextSource;
  readonly settings: TraceSettings;
  /** Free text about the whole. */
  readonly notes?: string;
  /** Sorted. */
  readonly pinned: readonly NodeId[];
  /** Sorted by id. */
  readonly supernodes: readonly NamedSupernode[];
  /** Sorted by layer and feature. */
  readonly annotations: readonly Annotation[];
}

export interface GraphReference {
  readonly file: string;
  /** Of the file's bytes: tells a graph that was replaced. */
  readonly sha256?: string;
}

export interface TextSource {
  /** Relative to the investigation's own folder, with forward slashes. */
  readonly file: string;
  /** UTF-16 offset of the prompt's first character when it was traced; the text may have moved since. */
  readonly start: number;
}

/** How the graph was traced; what is absent was the default. */
export interface TraceSettings {
  /** As `--target` of the command line takes it. */
  readonly target?: string;
  readonly maxFeatureNodes?: number;
  readonly maxLogits?: number;
  readonly logitProbability?: number;
  /** Text of the prompt that spells a special token was taken as text. */
  readonly specialAsText?: boolean;
  /** The prompt was wrapped in the model's chat template. */
  readonly chat?: boolean;
  /** The pruning thresholds of the view. */
  readonly nodeThreshold: number;
  readonly edgeThreshold: number;
}

export interface NamedSupernode {
  /** Unique in the file; stays when the name changes. */
  readonly id: string;
  readonly name: string;
  /** Sorted; a node is in one supernode at most. */
  readonly members: readonly NodeId[];
  /** One of the names of `ANNOTATION_COLOURS`. */
  readonly colour?: AnnotationColour;
}

export const VERDICTS = ['relevant', 'spurious', 'unsure'] as const;
export type Verdict = (typeof VERDICTS)[number];

/** Theme colours by name, so that a file looks right in every theme. */
export const ANNOTATION_COLOURS = ['red', 'orange', 'yellow', 'green', 'blue', 'purple'] as const;
export type AnnotationColour = (typeof ANNOTATION_COLOURS)[number];

/** What a person says of a feature: it holds for the feature wherever it shows up. */
export interface Annotation {
  readonly layer: number;
  readonly feature: number;
  /** Takes the place of the automatic label. */
  readonly label?: string;
  readonly note?: string;
  /** Sorted. */
  readonly tags?: readonly string[];
  readonly verdict?: Verdict;
  readonly colour?: AnnotationColour;
  /** One line each: an example, an intervention's outcome, a reference. */
  readonly evidence?: readonly string[];
}

/** One change that a person makes; `applyEdit` makes the new investigation, the editor the smallest text edit. */
export type InvestigationEdit =
  | { readonly kind: 'pin'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'unpin'; readonly nodes: readonly NodeId[] }
  /** Members leave the supernode that they were in. Without `id` a new one is made. */
  | { readonly kind: 'group'; readonly nodes: readonly NodeId[]; readonly id?: string; readonly name?: string }
  /** Takes the nodes out of their supernodes; an empty one goes. */
  | { readonly kind: 'ungroup'; readonly nodes: readonly NodeId[] }
  | { readonly kind: 'rename-group'; readonly id: string; readonly name: string }
  | { readonly kind: 'colour-group'; readonly id: string; readonly colour: AnnotationColour | null }
  /** Fields that are given replace the old ones; null or an empty text or list removes one. */
  | {
      readonly kind: 'annotate';
      readonly layer: number;
      readonly feature: number;
      readonly change: AnnotationChange;
    }
  | { readonly kind: 'notes'; readonly text: string }
  | { readonly kind: 'thresholds'; readonly nodeThreshold: number; readonly edgeThreshold: number };

export type AnnotationChange = {
  readonly [Field in 'label' | 'note' | 'tags' | 'verdict' | 'colour' | 'evidence']?: Annotation[Field] | null;
};
