import type { FeatureCardData } from '../src/engine/protocol.ts';
import type { Annotation, InvestigationEdit } from '../src/graph/investigation/types.ts';
import type { NodeId } from '../src/graph/types.ts';
import type { PanelReplies, PanelRequest } from './protocol.ts';

/**
 * What the feature card and the extension host say to each other. As in the graph panel, the host is the truth: every
 * `show` is whole. Types only.
 */

/** One feature of the active investigation, and everything that is known of it. */
export interface FeatureCard {
  readonly layer: number;
  readonly feature: number;
  /** As the graph panel names it: the annotation's label, else one given elsewhere, else the automatic one. */
  readonly name: string;
  /** Where the feature is active in this prompt, the selected node first. */
  readonly places: readonly CardPlace[];
  /** Null where the model or its index is not here, or until it has come. */
  readonly data: FeatureCardData | null;
  /** True while `data` is being fetched. */
  readonly loading: boolean;
  /** What the investigation says of the feature. */
  readonly annotation: Annotation | null;
  /** Labels and notes of other investigations of the workspace, offered to be taken over. */
  readonly elsewhere: readonly AnnotationElsewhere[];
  /** Strongest links of the selected node (or of all places), strongest first: `strongestLinks` of src/graph. */
  readonly inputs: readonly CardLink[];
  readonly outputs: readonly CardLink[];
  /** True for a graph file without an investigation: nothing can be annotated. */
  readonly readOnly: boolean;
  readonly hasModel: boolean;
  /** False in a workspace that is not trusted: no model is loaded; absent: it is. */
  readonly isTrusted?: boolean;
  /** True if the editor has a language model that could improve the label. */
  readonly canImproveLabel: boolean;
}

export interface CardPlace {
  readonly node: NodeId;
  readonly position: number;
  readonly token: string;
  readonly activation: number | null;
  /** Share of all influence that this node and all stronger ones hold. */
  readonly influence: number | null;
}

export interface CardLink {
  readonly node: NodeId;
  readonly name: string;
  readonly token: string;
  readonly weight: number;
  /** |weight| over the sum of the absolute inputs of the link's target, 0 to 1. */
  readonly share: number;
}

export interface AnnotationElsewhere {
  /** The investigation's file, relative to the workspace. */
  readonly file: string;
  readonly annotation: Annotation;
}

export type CardHostMessage =
  /** Null: no feature is selected; `ofNeurons`: the graph has none. */
  | { readonly type: 'show'; readonly card: FeatureCard | null; readonly ofNeurons?: boolean }
  | { readonly type: 'focus-label' }
  | { readonly type: 'focus-test'; readonly text?: string }
  | { readonly type: 'reply'; readonly id: number; readonly value: unknown }
  | { readonly type: 'refused'; readonly id: number; readonly message: string; readonly remedy: string };

export type CardMessage =
  /** The card listens; the host answers with `show`. */
  | { readonly type: 'ready' }
  /** What could not be had is to be asked for again. */
  | { readonly type: 'retry' }
  | { readonly type: 'edit'; readonly edit: Extract<InvestigationEdit, { kind: 'annotate' }> }
  /** Select this node in the graph. */
  | { readonly type: 'select'; readonly node: NodeId }
  | { readonly type: 'run'; readonly command: string }
  | { readonly type: 'problem'; readonly message: string; readonly stack?: string }
  | ({ readonly type: 'request'; readonly id: number } & CardRequest);

export type CardRequest = Extract<PanelRequest, { method: 'activations' }>;
export type CardReplies = Pick<PanelReplies, 'activations'>;
