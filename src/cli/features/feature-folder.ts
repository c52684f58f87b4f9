import { join } from 'node:path';
import { placeOf } from '../../checkpoint/hub/model-place.ts';
import { CircuitError } from '../../errors.ts';
import { hasFeatureIndex, openFeatureIndex, openPublishedIndex, type FeatureIndex } from '../../features/index.ts';
import type { Task } from '../../task.ts';
import { under, value } from '../frame/options.ts';
import { path } from '../frame/value-readers.ts';
import { embeddedPack } from '../../trace/embedded-pack.ts';

export const FEATURE_OPTIONS = under('Model', {
  dictionary: value('DIR|ID', 'a dictionary, or its features folder; the embedded one without it', path),
});

/**
 * The feature index of a dictionary; with a `task` also one that is on the hub alone, for single records. Errors:
 * `file-missing` where there is none, `file-damaged`, those of the hub.
 */
export async function featureIndexOf(
  { dictionary }: { readonly dictionary: string | undefined },
  task?: Task,
): Promise<FeatureIndex> {
  const folder = dictionary === undefined ? embeddedPack().dictionary : await placeOf(dictionary);
  for (const candidate of [join(folder, 'features'), folder]) {
    if (await hasFeatureIndex(candidate)) return openFeatureIndex(candidate);
  }
  const published = task === undefined ? undefined : await openPublishedIndex(join(folder, 'features'), task);
  if (published !== undefined) return published;
  throw new CircuitError(
    'file-missing',
    `${join(folder, 'features')} has no index.json.gz.`,
    'Fetch the features folder of the dictionary (circuit model add with --features), or build it with `circuit features build`.',
  );
}
