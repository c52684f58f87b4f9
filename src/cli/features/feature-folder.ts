import { join } from 'node:path';
import { placeOf } from '../../checkpoint/hub/model-place.ts';
import { CircuitError } from '../../errors.ts';
import { hasFeatureIndex, openFeatureIndex, type FeatureIndex } from '../../features/index.ts';
import { under, value } from '../frame/options.ts';
import { path } from '../frame/value-readers.ts';
import { embeddedPack } from '../../trace/embedded-pack.ts';

export const FEATURE_OPTIONS = under('Model', {
  dictionary: value('DIR|ID', 'a dictionary, or its features folder; the embedded one without it', path),
});

/** The feature index of a dictionary. Errors: `file-missing` where there is none, `file-damaged`. */
export async function featureIndexOf({
  dictionary,
}: {
  readonly dictionary: string | undefined;
}): Promise<FeatureIndex> {
  const folder = dictionary === undefined ? embeddedPack().dictionary : await placeOf(dictionary);
  for (const candidate of [join(folder, 'features'), folder]) {
    if (await hasFeatureIndex(candidate)) return openFeatureIndex(candidate);
  }
  throw new CircuitError(
    'file-missing',
    `${join(folder, 'features')} has no index.json.gz.`,
    'Fetch the features folder of the dictionary, or build it with `circuit features build`.',
  );
}
