import { throwIfCancelled } from '../../task.ts';
import type { EngineMethod } from '../method.ts';
import type { FeatureRequest, FeatureSummary } from '../protocol.ts';

/** Records that are read at a time. */
const AT_ONCE = 16;

/** Density and scores of labels, for a list of features: nothing but the index on this machine is read. */
export const summariesOf: EngineMethod<FeatureRequest, readonly FeatureSummary[]> = async (
  model,
  { features },
  task,
) => {
  const index = await model.features.get(task);
  const known = features.filter(([layer, feature]) => index !== undefined && feature < index.nFeatures(layer));
  const summaries: FeatureSummary[] = [];
  for (let first = 0; first < known.length; first += AT_ONCE) {
    throwIfCancelled(task);
    const some = known.slice(first, first + AT_ONCE);
    const records = await Promise.all(some.map(([layer, feature]) => index!.read(layer, feature)));
    for (const [i, record] of records.entries()) {
      if (record === undefined) continue;
      const [layer, feature] = some[i];
      const { activation_frequency: density, label } = record;
      summaries.push({
        layer,
        feature,
        ...(density === undefined ? {} : { density }),
        ...(label === undefined ? {} : { detectionF1: label.detectionF1, fuzzing: label.fuzzing }),
      });
    }
  }
  return summaries;
};
