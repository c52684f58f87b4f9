import { join } from 'node:path';
import type { Dictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';
import { hasFeatureIndex, openFeatureIndex, type FeatureLabel } from '../features/index.ts';

/** Labels by `layer/index`. */
export type FeatureLabels = ReadonlyMap<string, FeatureLabel>;

export function featureKey(layer: number, feature: number): string {
  return `${layer}/${feature}`;
}

/**
 * The labels of the given features from the dictionary's feature index. A missing index gives none, and a damaged one
 * is no reason to lose a trace: `warn` is told.
 */
export async function readLabels(
  dictionary: Dictionary,
  features: Iterable<readonly [layer: number, feature: number]>,
  warn: (line: string) => void,
): Promise<FeatureLabels> {
  const labels = new Map<string, FeatureLabel>();
  const folder = dictionary.featuresDirectory ?? join(dictionary.dir, 'features');
  if (!(await hasFeatureIndex(folder))) return labels;
  try {
    const index = await openFeatureIndex(folder);
    for (const [layer, feature] of features) {
      const key = featureKey(layer, feature);
      if (labels.has(key) || feature >= index.nFeatures(layer)) continue;
      const label = (await index.read(layer, feature))?.label;
      if (label !== undefined) labels.set(key, label);
    }
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    warn(`labels are left out: ${error.message}`);
  }
  return labels;
}
