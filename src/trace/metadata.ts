import { basename, resolve } from 'node:path';
import { version } from '../../package.json';
import type { AttributionResult } from '../attribution/attribute.ts';
import type { PruneThresholds } from '../attribution/prune.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import type { GraphMetadata, JsonRecord, TokenOffsets } from '../graph/types.ts';
import type { Prompt } from './prompt.ts';
import type { TraceSettings } from './trace-prompt.ts';

/** What a graph's file says about how it was made: nothing that differs between two runs on the same input. */
export async function graphMetadata(
  checkpoint: Checkpoint,
  dictionary: Dictionary,
  prompt: Prompt,
  settings: TraceSettings,
  { scores }: Pick<AttributionResult, 'scores'>,
  thresholds: PruneThresholds,
  details?: JsonRecord,
): Promise<GraphMetadata> {
  const dictionaryName = dictionary.config.modelName ?? basename(resolve(dictionary.dir));
  return {
    slug: slugOf(prompt.text),
    scan: dictionaryName,
    prompt: prompt.text,
    promptTokens: prompt.tokens.map(({ text }) => text),
    schemaVersion: 1,
    transcoders: dictionary.config.transcoders ?? [],
    ...thresholds,
    generator: { name: 'Circuit Explorer', version },
    settings: {
      max_n_logits: settings.maxLogits,
      desired_logit_prob: settings.logitProbability,
      max_feature_nodes: settings.maxFeatureNodes,
      ...(settings.target === undefined ? {} : { target: settings.target }),
    },
    trace: {
      model: { name: basename(resolve(checkpoint.dir)), sha256: await checkpoint.identity() },
      dictionary: { name: dictionaryName, sha256: await dictionary.identity() },
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

/** A prompt as a file name: letters and digits in lower case, at most so many. */
export function slugOf(text: string): string {
  const words = text.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
  const ascii = words.normalize('NFD').replaceAll(/[^a-z0-9-]/g, '');
  return ascii.slice(0, LONGEST_SLUG).replaceAll(/^-+|-+$/g, '') || 'prompt';
}

const LONGEST_SLUG = 60;

function offsetsOf({ start, end }: { start: number | null; end: number | null }): TokenOffsets {
  return start === null || end === null ? null : { start, end };
}

function defined<Name extends string>(name: Name, score: number): Partial<Record<Name, number>> {
  return Number.isFinite(score) ? ({ [name]: score } as Record<Name, number>) : {};
}
