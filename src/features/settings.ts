/** What an index holds and how it is gathered. */
export interface IndexSettings {
  /** Top activating examples of a feature that are kept. */
  readonly topExamples: number;
  /** Texts of a feature sampled evenly from all in which it fires: for the quantile groups. */
  readonly sampledTexts: number;
  /** Texts of a feature sampled in proportion to its peak activation in them: for the label, a quarter of them held out. */
  readonly labelTexts: number;
  /** Groups of equal size by peak activation, and the examples that the index shows of each. */
  readonly quantileGroups: number;
  readonly examplesPerGroup: number;
  /** Tokens of an example at most; the peak stands at three quarters of it where the text is longer. */
  readonly windowTokens: number;
  /** Texts kept to draw non-activating examples from. */
  readonly pooledTexts: number;
  /** Sequences given to the source at a time. */
  readonly batchSequences: number;
  /** Promoted and suppressed tokens in a record, each. */
  readonly promotedTokens: number;
}

export const DEFAULT_SETTINGS: IndexSettings = {
  topExamples: 20,
  sampledTexts: 32,
  labelTexts: 144,
  quantileGroups: 5,
  examplesPerGroup: 4,
  windowTokens: 24,
  pooledTexts: 2048,
  batchSequences: 64,
  promotedTokens: 10,
};

/** Bins of the published histogram, from 0 to the largest activation. */
export const HISTOGRAM_BINS = 50;

/** Beyond this the tables of one pass would not leave room for the model: 8 GB machines are common. */
export const LARGEST_TABLE_BYTES = 4 * 2 ** 30;
