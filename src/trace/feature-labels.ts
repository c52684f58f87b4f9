import { join } from 'node:path';
import type { Dictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';
import { hasFeatureIndex, openFeatureIndex, type FeatureIndex, type FeatureLabel } from '../features/index.ts';

/** Labels by `layer/index`. */
export type FeatureLabels = ReadonlyMap<string, FeatureLabel>;

export function featureKey(layer: number, feature: number): string {
  return `${layer}/${feature}`;
}

/** What was read for a dictionary so far: an open model is traced many times, mostly with the same features. */
interface Known {
  readonly index: FeatureIndex;
  /** Undefined: the index has no label for it. */
  readonly labels: Map<string, FeatureLabel | undefined>;
}

const known = new WeakMap<Dictionary, Known>();

/** Records that are read at a time. */
const AT_ONCE = 16;

/**
 * The labels of the given features from the dictionary's feature index. A missing index gives none, and a damaged one
 * is no reason to lose a trace: `warn` is told.
 */
export async function readLabels(
  dictionary: Dictionary,
  features: Iterable<readonly [layer: number, feature: number]>,
  warn: (line: string) => void,
): Promise<FeatureLabels> {
  const found = new Map<string, FeatureLabel>();
  const folder = dictionary.featuresDirectory ?? join(dictionary.dir, 'features');
  if (!known.has(dictionary) && !(await hasFeatureIndex(folder))) return found;
  const wanted = new Map([...features].map(place => [featureKey(...place), place]));
  try {
    const { index, labels } = known.get(dictionary) ?? {
      index: await openFeatureIndex(folder),
      labels: new Map<string, FeatureLabel | undefined>(),
    };
    known.set(dictionary, { index, labels });
    const unread = [...wanted].filter(
      ([key, [layer, feature]]) => !labels.has(key) && feature < index.nFeatures(layer),
    );
    for (let first = 0; first < unread.length; first += AT_ONCE) {
      const read = unread.slice(first, first + AT_ONCE).map(async ([key, [layer, feature]]) => {
        labels.set(key, (await index.read(layer, feature))?.label);
      });
      const failed = (await Promise.allSettled(read)).find(({ status }) => status === 'rejected');
      if (failed?.status === 'rejected') throw failed.reason;
    }
  } catch (error) {
    if (!(error instanceof CircuitError)) throw error;
    warn(`labels are left out: ${error.message}`);
  }
  for (const key of wanted.keys()) {
    const label = known.get(dictionary)?.labels.get(key);
    if (label !== undefined) found.set(key, label);
  }
  return found;
}
