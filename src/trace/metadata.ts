import { version } from '../../package.json';
import type { AttributionResult } from '../attribution/attribute.ts';
import type { PruneThresholds } from '../attribution/prune.ts';
import { nameOfFolder } from '../checkpoint/hub/names.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import { slugOf } from '../graph/slug.ts';
import type { GraphMetadata, JsonRecord, TokenOffsets } from '../graph/types.ts';
import type { Prompt } from './prompt.ts';
import type { TraceSettings } from './trace-settings.ts';

/**
 * What a graph's file says about how it was made: nothing that differs between two runs on the same input. Without a
 * dictionary: in the basis of neurons.
 */
export async function graphMetadata(
  checkpoint: Checkpoint,
  dictionary: Dictionary | undefined,
  prompt: Prompt,
  settings: TraceSettings,
  { scores }: Pick<AttributionResult, 'scores'>,
  thresholds: PruneThresholds,
  details?: JsonRecord,
): Promise<GraphMetadata> {
  const name = nameOfFolder(checkpoint.dir);
  const dictionaryName = dictionary && (dictionary.config.modelName ?? nameOfFolder(dictionary.dir));
  return {
    slug: slugOf(prompt.text),
    scan: dictionaryName ?? name,
    prompt: prompt.text,
    promptTokens: prompt.tokens.map(({ text }) => text),
    schemaVersion: 1,
    transcoders: dictionary?.config.transcoders ?? [],
    ...thresholds,
    generator: { name: 'Circuit Explorer', version },
    settings: {
      max_n_logits: settings.maxLogits,
      desired_logit_prob: settings.logitProbability,
      max_feature_nodes: settings.maxFeatureNodes,
      ...(dictionary === undefined ? { basis: 'neurons' } : {}),
      ...(settings.target === undefined ? {} : { target: settings.target }),
    },
    trace: {
      model: { name, sha256: await checkpoint.identity() },
      ...(dictionary === undefined
        ? {}
        : { dictionary: { name: dictionaryName!, sha256: await dictionary.identity() } }),
      layers: checkpoint.config.nLayers,
      tokenIds: prompt.ids,
      tokenOffsets: prompt.tokens.map(offsetsOf),
      ...defined('replacementScore', scores.replacement),
      ...defined('completenessScore', scores.completeness),
      ...defined('strictCompletenessScore', scores.strictCompleteness),
      ...(details === undefined ? {} : { details }),
    },
  };
}

function offsetsOf({ start, end }: { start: number | null; end: number | null }): TokenOffsets {
  return start === null || end === null ? null : { start, end };
}

function defined<Name extends string>(name: Name, score: number): Partial<Record<Name, number>> {
  return Number.isFinite(score) ? ({ [name]: score } as Record<Name, number>) : {};
}
