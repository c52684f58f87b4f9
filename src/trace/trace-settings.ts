/** What the graph explains, and how large it may be. */
export interface TraceSettings {
  /** As `readTarget` reads it; undefined: the salient tokens. */
  readonly target?: string | undefined;
  /** Salient tokens, at most, and the probability that they need to hold together. */
  readonly maxLogits: number;
  readonly logitProbability: number;
  readonly maxFeatureNodes: number;
}

/** circuit-tracer's. */
export const DEFAULT_TRACE_SETTINGS = {
  maxLogits: 10,
  logitProbability: 0.95,
  maxFeatureNodes: 7500,
} as const satisfies TraceSettings;
