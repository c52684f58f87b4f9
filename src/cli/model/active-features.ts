import { join } from 'node:path';
import type { Dictionary } from '../../dictionary/index.ts';
import { hasFeatureIndex, openFeatureIndex } from '../../features/index.ts';

/** Records read of each layer: enough for a mean. */
const SAMPLE = 256;
/** Where nothing is known: published dictionaries have 10 to 150. */
const ASSUMED = 100;

/** Mean active features of a token in a layer, and where the number comes from. */
export async function meanActiveFeatures(dictionary: Dictionary): Promise<{ active: number; source: string }> {
  if (dictionary.k !== undefined) return { active: dictionary.k, source: 'k of its configuration' };
  const folder = dictionary.featuresDirectory ?? join(dictionary.dir, 'features');
  if (!(await hasFeatureIndex(folder))) return { active: ASSUMED, source: 'assumed; give --active' };
  const index = await openFeatureIndex(folder);
  let sum = 0;
  let known = 0;
  for (const layer of index.layers) {
    const count = index.nFeatures(layer);
    const step = Math.max(1, Math.floor(count / SAMPLE));
    let density = 0;
    let read = 0;
    for (let feature = 0; feature < count; feature += step) {
      const frequency = (await index.read(layer, feature))?.activation_frequency;
      if (frequency === undefined) continue;
      density += frequency;
      read++;
    }
    if (read === 0) continue;
    sum += (density / read) * count;
    known++;
  }
  if (known === 0) return { active: ASSUMED, source: 'assumed; give --active' };
  return { active: sum / known, source: 'mean of its feature index' };
}
