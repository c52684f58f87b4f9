import type { NodeId } from '../../src/graph/types.ts';
import { NO_FILTER, type Filter } from '../model/filter.ts';
import type { LayoutMode } from '../model/layout.ts';

export type ViewName = 'graph' | 'subgraph';

/** What the panel keeps for itself: where a person looks. Nothing of it is in the file. */
export interface KeptState {
  readonly view: ViewName;
  readonly selection: readonly NodeId[];
  readonly filter: Filter;
  readonly mode: LayoutMode;
  readonly byToken: boolean;
  readonly listsOpen: boolean;
  /** Of the panel's width (height, where the lists lie below) that the lists take; null: as the style sheet has it. */
  readonly listsShare: number | null;
  /** Groups of the subgraph that show their members. */
  readonly open: readonly string[];
  /** Where boxes of the subgraph were dragged to, by node id or group id. */
  readonly positions: Readonly<Record<string, readonly [x: number, y: number]>>;
}

export const FRESH_STATE: KeptState = {
  view: 'graph',
  selection: [],
  filter: NO_FILTER,
  mode: 'fitted',
  byToken: false,
  listsOpen: true,
  listsShare: null,
  open: [],
  positions: {},
};

/** What was kept by this version of the panel; anything else starts afresh. */
export function keptState(kept: unknown): KeptState {
  if (typeof kept !== 'object' || kept === null || !('version' in kept) || kept.version !== 2) return FRESH_STATE;
  return { ...FRESH_STATE, ...(kept as Partial<KeptState>) };
}

export function toKeep(state: KeptState): unknown {
  return { version: 2, ...state };
}
