import type { Task } from '../task.ts';
import { buildRecord } from './build-record.ts';
import { collectActivations, forgetSaved, type Resumable } from './collect.ts';
import { writeFeatureIndex } from './index-writer.ts';
import { isClear } from './labels/feature-label.ts';
import { TokenForms } from './labels/label-context.ts';
import { LabelExamples } from './labels/label-examples.ts';
import { labelFeature } from './labels/label-feature.ts';
import { tokensThatFireAlone, type AloneOptions } from './labels/weight-lens.ts';
import { DEFAULT_SETTINGS, type IndexSettings } from './settings.ts';
import type { ActivationSource, PromotedTokens, TokenLogit } from './source.ts';
import { normalForm } from './token-text.ts';

export interface IndexRequest {
  readonly source: ActivationSource;
  /** Token sequences with their special tokens, the same in the same order every time it is read. */
  readonly corpus: AsyncIterable<Int32Array>;
  /** For the progress; undefined where it is not known. */
  readonly corpusSize?: number;
  /** A token as it stands in the text (" Dallas"). */
  readonly tokenText: (token: number) => string;
  readonly promotedTokens: (layer: number, feature: number) => PromotedTokens;
  /** Asks the weights which tokens make a feature fire alone; left out, labels are not compared with the weights. */
  readonly alone?: Omit<AloneOptions, 'most' | 'batchSequences'>;
  readonly transcoderId: (layer: number) => string;
  /** The features folder to write. */
  readonly folder: string;
  readonly resume?: Resumable;
  readonly settings?: Partial<IndexSettings>;
}

export interface IndexSummary {
  readonly sequences: number;
  readonly tokens: number;
  readonly features: number;
  /** Features that never fired in the corpus. */
  readonly silent: number;
  /** Features whose label passed on unseen examples. */
  readonly clear: number;
  /** Of all files. */
  readonly bytes: number;
}

/** Tokens that fire alone that a record keeps; labels compare with all that were kept in the search. */
const FIRING_TOKENS_SHOWN = 10;
const FIRING_TOKENS_COMPARED = 100;

/**
 * Builds the feature index of a dictionary: one pass over the corpus, one over the vocabulary if the weights are asked,
 * then a label and a record for each feature. The same request gives the same bytes, resumed or not.
 * Errors: those of `collectActivations` and `writeFeatureIndex`.
 */
export async function buildFeatureIndex(request: IndexRequest, task?: Task): Promise<IndexSummary> {
  const { source, tokenText } = request;
  const settings = { ...DEFAULT_SETTINGS, ...request.settings };
  const { resume, corpusSize } = request;
  const collected = { ...(resume && { resume }), ...(corpusSize !== undefined && { corpusSize }) };
  const collector = await collectActivations(source, request.corpus, settings, collected, task);
  const { batchSequences } = settings;
  const alone =
    request.alone &&
    (await tokensThatFireAlone(source, { ...request.alone, most: FIRING_TOKENS_COMPARED, batchSequences }, task));

  const examples = new LabelExamples(collector, new TokenForms(tokenText));
  const texts = (tokens: readonly TokenLogit[]): string[] => tokens.map(({ token }) => tokenText(token));
  let silent = 0;
  let clear = 0;
  const recordOf = (layer: number, feature: number) => {
    const promoted = request.promotedTokens(layer, feature);
    const topLogits = texts(promoted.top.slice(0, settings.promotedTokens));
    const firing = alone && texts(alone.of(layer, feature));
    const parts = examples.parts(layer, feature);
    const words = { promoted: topLogits.map(normalForm), firing: firing?.map(normalForm) };
    const label = labelFeature(parts, words);
    if (label.rule === 'none') silent++;
    else if (isClear(label)) clear++;
    return buildRecord(collector, layer, feature, {
      transcoderId: request.transcoderId(layer),
      tokenText,
      topLogits,
      bottomLogits: texts(promoted.bottom.slice(0, settings.promotedTokens)),
      label,
      firingTokens: firing?.slice(0, FIRING_TOKENS_SHOWN),
    });
  };
  const counts = Array.from({ length: source.nLayers }, (_, layer) => source.nFeatures(layer));
  const { features, bytes } = await writeFeatureIndex(request.folder, counts, recordOf, task);
  await forgetSaved(resume);
  return { sequences: collector.sequences, tokens: collector.tokens, features, silent, clear, bytes };
}
