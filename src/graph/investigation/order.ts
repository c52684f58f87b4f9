import type { NodeId } from '../types.ts';
import type { Annotation } from './types.ts';

/** The order of lists in a file: by UTF-16 code units, so that it depends on no language. */
export function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `ids` sorted, each once. */
export function sortedUnique(ids: Iterable<NodeId>): NodeId[] {
  return [...new Set(ids)].sort(compareText);
}

type FeatureKey = Pick<Annotation, 'layer' | 'feature'>;

export function compareFeatures(a: FeatureKey, b: FeatureKey): number {
  return a.layer - b.layer || a.feature - b.feature;
}

/** "layer/feature": how maps name a feature. */
export function featureKey({ layer, feature }: FeatureKey): string {
  return `${layer}/${feature}`;
}

/** Digits that numbers of a file have: more would only make noise in a diff. */
const SIGNIFICANT_DIGITS = 6;

export function rounded(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

/** `fields` without those that are undefined: an optional field that is not there has no key. */
export function withoutUndefined<T extends object>(fields: { readonly [Key in keyof T]: T[Key] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}
