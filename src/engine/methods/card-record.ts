import { CircuitError } from '../../errors.ts';
import type { FeatureRecord } from '../../features/feature-record.ts';
import type { FeatureIndex } from '../../features/index.ts';
import type { Task } from '../../task.ts';
import type { OpenModel } from '../open-model.ts';

/** Milliseconds for which a hub that could not be reached is left alone: a card is opened many times a minute. */
const PATIENCE = 60_000;

interface Refusal {
  readonly error: CircuitError;
  readonly until: number;
}

const refusals = new WeakMap<OpenModel, Refusal>();

export interface CardRecord {
  /** Undefined where the index knows nothing of the feature, and where there is no index. */
  readonly record?: FeatureRecord;
  /** Why it could not be read: the rest of a card is worth showing. */
  readonly problem?: string;
}

/** What the feature index says of a feature: the index on this machine, or the published one, by its range of bytes. */
export async function readRecord(model: OpenModel, layer: number, feature: number, task: Task): Promise<CardRecord> {
  try {
    const index = await indexOf(model, task);
    if (index === undefined || feature >= index.nFeatures(layer)) return {};
    const record = await index.read(layer, feature);
    return record === undefined ? {} : { record };
  } catch (error) {
    if (!(error instanceof CircuitError) || error.code === 'cancelled') throw error;
    if (error.code === 'network') refusals.set(model, { error, until: performance.now() + PATIENCE });
    return { problem: `${error.message} ${error.remedy}` };
  }
}

async function indexOf(model: OpenModel, task: Task): Promise<FeatureIndex | undefined> {
  const local = await model.features.get(task);
  if (local !== undefined) return local;
  const refused = refusals.get(model);
  if (refused !== undefined && performance.now() < refused.until) throw refused.error;
  return model.publishedFeatures.get(task);
}
