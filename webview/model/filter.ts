import { isErrorKind, isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { FeatureFacts } from '../protocol.ts';
import { featureKey, type GraphModel } from './graph-model.ts';

/** What the filter leaves away; empty lists and nulls leave away nothing. Tokens and logits stay unless named. */
export interface Filter {
  /** Layers to show, as in files (-1: embeddings); logits are no layer here. Empty: all. */
  readonly layers: readonly number[];
  /** Token positions to show. Empty: all. */
  readonly positions: readonly number[];
  readonly hiddenKinds: readonly KindGroup[];
  /** Features that fire on a larger fraction of tokens are left away. Null: none. */
  readonly mostDense: number | null;
}

export type KindGroup = 'feature' | 'error' | 'token' | 'logit' | 'other';

export const NO_FILTER: Filter = { layers: [], positions: [], hiddenKinds: [], mostDense: null };

export function kindGroup(kind: string): KindGroup {
  if (kind === 'token' || kind === 'logit') return kind;
  if (isErrorKind(kind)) return 'error';
  return isFeatureKind(kind) ? 'feature' : 'other';
}

export function isFiltering(filter: Filter): boolean {
  const { layers, positions, hiddenKinds, mostDense } = filter;
  return layers.length > 0 || positions.length > 0 || hiddenKinds.length > 0 || mostDense !== null;
}

/** [N]; 1 = passes. A feature whose density is not known passes. */
export function filterNodes(
  model: GraphModel,
  filter: Filter,
  facts: Readonly<Record<string, FeatureFacts>>,
): Uint8Array {
  const layers = new Set(filter.layers);
  const positions = new Set(filter.positions);
  const hidden = new Set(filter.hiddenKinds);
  return Uint8Array.from(model.nodes, node => {
    const group = kindGroup(node.kind);
    if (hidden.has(group)) return 0;
    if (group === 'logit') return 1;
    if (positions.size > 0 && !positions.has(node.position)) return 0;
    if (group !== 'token' && layers.size > 0 && !layers.has(node.layer)) return 0;
    if (filter.mostDense === null) return 1;
    const key = featureKey(node);
    const density = key === undefined || !Object.hasOwn(facts, key) ? undefined : facts[key].density;
    return density === undefined || density <= filter.mostDense ? 1 : 0;
  });
}
