import type { NodeKind } from './node-kinds.ts';

/** Identifies a node within its graph: what links, pins and supernodes refer to. */
export type NodeId = string;

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | { readonly [key: string]: JsonValue };
export type JsonRecord = Readonly<Record<string, JsonValue>>;

/** The layer of embeddings, `"E"` in files. */
export const EMBEDDING_LAYER = -1;

/** One node. Make it with the functions of nodes.ts, which know the ids. */
export interface GraphNode {
  readonly id: NodeId;
  readonly kind: NodeKind;
  /** 0 and up; embeddings are at EMBEDDING_LAYER, logits at number of layers + 1, as in files. */
  readonly layer: number;
  /** 0 and up, in the prompt's tokens. */
  readonly position: number;
  /** Index in its layer's dictionary (or head, or neuron), for features. */
  readonly feature?: number;
  /** Vocabulary id, for tokens and logits. */
  readonly token?: number;
  /** The token as text, for logits; a prompt token's text is in the metadata. */
  readonly text?: string;
  /** What a person or a labeller calls it. */
  readonly label?: string;
  readonly activation?: number;
  /** Share of all influence that this node and all stronger ones hold (`cumulativeScores`); logits have none. */
  readonly influence?: number;
  /** Probability (or weight) of a logit. */
  readonly probability?: number;
  /** The first of the logits. */
  readonly isTarget?: boolean;
}

/** Direct effects as columns: link i goes from nodes[sources[i]] to nodes[targets[i]]. */
export interface GraphLinks {
  readonly sources: Uint32Array;
  readonly targets: Uint32Array;
  readonly weights: Float64Array;
}

/** A named group of nodes. */
export interface Supernode {
  readonly label: string;
  readonly members: readonly NodeId[];
}

/** What identifies a model or a dictionary, as far as it is known. */
export interface Identity {
  readonly name: string;
  readonly revision?: string;
  /** Of the files' contents. */
  readonly sha256?: string;
}

/** Where a token lies in the prompt, in UTF-16 units; null for tokens that were added, as the beginning of sequence. */
export type TokenOffsets = { readonly start: number; readonly end: number } | null;

/** What only this tool writes: the field `circuit_explorer` of the metadata. Scores are those of the unpruned graph. */
export interface TraceRecord {
  readonly model?: Identity;
  readonly dictionary?: Identity;
  /** Number of layers of the model. */
  readonly layers?: number;
  /** [positions] */
  readonly tokenIds?: readonly number[];
  /** [positions] */
  readonly tokenOffsets?: readonly TokenOffsets[];
  readonly replacementScore?: number;
  readonly completenessScore?: number;
  readonly strictCompletenessScore?: number;
  /** Anything else worth keeping with the graph, in the order given. */
  readonly details?: JsonRecord;
}

export interface GraphMetadata {
  readonly slug: string;
  /** The dictionary set or model, by the name that other tools know. */
  readonly scan: string;
  readonly prompt: string;
  /** [positions] */
  readonly promptTokens: readonly string[];
  /** 1: Cantor feature numbers; 0: layer * 100000 + feature. */
  readonly schemaVersion: number;
  readonly transcoders: readonly string[];
  readonly nodeThreshold?: number;
  readonly edgeThreshold?: number;
  readonly generator?: { readonly name: string; readonly version?: string; readonly url?: string };
  /** `generation_settings`: max_n_logits, desired_logit_prob, max_feature_nodes, ... */
  readonly settings?: JsonRecord;
  readonly trace?: TraceRecord;
  /** Fields of a file that this tool does not know; written back as they were. */
  readonly other?: JsonRecord;
}

/** State of a viewer that files carry along. */
export interface GraphView {
  readonly linkType?: string;
  readonly clickedId?: string;
  /** Where the pinned nodes lie in the viewer's subgraph. */
  readonly subgraphPositions?: string;
}

/** An attribution graph, usually pruned. Ids are unique; targets and sources of links are nodes of the graph. */
export interface AttributionGraph {
  readonly metadata: GraphMetadata;
  readonly nodes: readonly GraphNode[];
  readonly links: GraphLinks;
  readonly pinned: readonly NodeId[];
  readonly supernodes: readonly Supernode[];
  readonly view?: GraphView;
}
