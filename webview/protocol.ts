import type { AttributionGraph, NodeId } from '../src/graph/types.ts';
import type {
  ActivationResult,
  FeatureCardData,
  LikelyToken,
  PromptToken,
  TraceScores,
} from '../src/engine/protocol.ts';
import type { Investigation, InvestigationEdit } from '../src/graph/investigation/types.ts';

/**
 * What a panel and the extension host say to each other. The host is the truth: a snapshot replaces all that the panel
 * knows, so that a lost message is harmless. Types only.
 */

/** All that the graph panel shows. */
export interface Snapshot {
  /** As wide as the file has it; the panel prunes it by the investigation's thresholds. */
  readonly graph: AttributionGraph;
  /** Null for a graph file that is opened on its own, read-only. */
  readonly investigation: Investigation | null;
  readonly readOnly: boolean;
  readonly title: string;
  readonly tokens: readonly PromptToken[];
  readonly top: readonly LikelyToken[];
  readonly scores: TraceScores;
  /** False when the model's files are not here: no card, no retargeting. */
  readonly hasModel: boolean;
  /** False in a workspace that is not trusted: no model is loaded; absent: it is. */
  readonly isTrusted?: boolean;
  /** What is missing or was mended, a sentence each. */
  readonly notices: readonly string[];
  /** Labels that people gave in other investigations of the workspace, by "layer/feature". */
  readonly labelsElsewhere: Readonly<Record<string, string>>;
  /** What the feature index says of the graph's features, by "layer/feature"; absent: not known (yet). */
  readonly featureFacts?: Readonly<Record<string, FeatureFacts>>;
}

export interface FeatureFacts {
  /** The fraction of tokens on which the feature fires. */
  readonly density?: number;
  /** Scores of the automatic label (`FeatureLabel`); null: not measured. */
  readonly detectionF1?: number | null;
  readonly fuzzing?: number | null;
}

export type HostMessage =
  | { readonly type: 'snapshot'; readonly snapshot: Snapshot }
  /** After every change of the document, undo included. */
  | { readonly type: 'investigation'; readonly investigation: Investigation }
  /** The cursor is in this token of the traced text; null: in none. */
  | { readonly type: 'position'; readonly position: number | null }
  /** Takes the place of the snapshot's; sent when the index has been read after the graph was shown. */
  | { readonly type: 'feature-facts'; readonly facts: Readonly<Record<string, FeatureFacts>> }
  /** Something outside the panel selected these nodes. */
  | { readonly type: 'select'; readonly nodes: readonly NodeId[] }
  | { readonly type: 'command'; readonly command: PanelCommand }
  | { readonly type: 'busy'; readonly text: string | null }
  | {
      readonly type: 'failed';
      readonly message: string;
      readonly remedy: string;
      readonly canRetry: boolean;
      /** A command of this program that helps. */
      readonly action?: { readonly title: string; readonly command: string };
    }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly message: string; readonly remedy: string };

/** Commands of the palette and of context menus that the panel carries out. */
export type PanelCommand =
  | 'fit'
  | 'zoom-in'
  | 'zoom-out'
  | 'search'
  | 'pin-selected'
  | 'group-selected'
  | 'ungroup-selected'
  | 'show-graph'
  | 'show-subgraph'
  | 'suggest-groups'
  | 'export-svg'
  | 'export-png';

export type PanelMessage =
  /** The panel listens; the host answers with a snapshot. */
  | { readonly type: 'ready' }
  | { readonly type: 'edit'; readonly edit: InvestigationEdit }
  | { readonly type: 'selected'; readonly nodes: readonly NodeId[] }
  /** The pointer or the focus is at this token's column; null: at none. */
  | { readonly type: 'pointed'; readonly position: number | null }
  | { readonly type: 'retry' }
  | { readonly type: 'run'; readonly command: string }
  | { readonly type: 'problem'; readonly message: string; readonly stack?: string }
  | ({ readonly type: 'request'; readonly id: number } & PanelRequest);

/** Requests of a panel and what `reply` carries. */
export type PanelRequest =
  | { readonly method: 'card'; readonly layer: number; readonly feature: number }
  | { readonly method: 'activations'; readonly layer: number; readonly feature: number; readonly text: string }
  /** As `--target` of the command line takes it; null: the salient logits. */
  | { readonly method: 'retarget'; readonly target: string | null }
  | { readonly method: 'save-image'; readonly kind: 'svg' | 'png'; readonly content: string | Uint8Array }
  /** What the index says of the graph's features is wanted: `feature-facts` follows, where the model is here. */
  | { readonly method: 'facts' }
  /** Files that were dropped: their addresses, or, from outside the editor, a name and what is in it. */
  | { readonly method: 'open-files'; readonly uris: readonly string[] }
  | { readonly method: 'open-content'; readonly name: string; readonly content: Uint8Array };

export interface PanelReplies {
  readonly card: FeatureCardData;
  readonly activations: ActivationResult;
  readonly retarget: null;
  readonly 'save-image': null;
  readonly facts: null;
  readonly 'open-files': null;
  readonly 'open-content': null;
}
