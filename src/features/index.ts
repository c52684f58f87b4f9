export { exampleText, featureCard, histogramBars, labelEvidence, type CardOptions } from './card.ts';
export type { Resumable } from './collect.ts';
export {
  publishedIndex,
  topGroup,
  type ExampleGroup,
  type FeatureRecord,
  type PublishedExample,
} from './feature-record.ts';
export { buildFeatureIndex, type IndexRequest, type IndexSummary } from './index-builder.ts';
export { hasFeatureIndex, openFeatureIndex, type FeatureIndex } from './index-reader.ts';
export { openPublishedIndex } from './published-index.ts';
export { summarizeLabels, type LabelSummary } from './label-summary.ts';
export { writeFeatureIndex, type WrittenIndex } from './index-writer.ts';
export { explainLabel } from './labels/explain-label.ts';
export { CLEAR_SCORE, isClear, type FeatureLabel } from './labels/feature-label.ts';
export { projectionOutliers, tokensThatFireAlone, type AloneOptions, type FiringTokens } from './labels/weight-lens.ts';
export type { RuleKind } from './labels/rule.ts';
export { DEFAULT_SETTINGS, type IndexSettings } from './settings.ts';
export {
  extremeLogits,
  type ActivationSource,
  type LayerActivations,
  type PromotedTokens,
  type SparseActivations,
  type TokenLogit,
} from './source.ts';
