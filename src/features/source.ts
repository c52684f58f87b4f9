/**
 * What the feature index needs from a model with a dictionary: sparse activations of batches of token sequences.
 * Whoever runs the forward pass implements this; nothing in this room knows of sessions or weights.
 */
export interface ActivationSource {
  readonly nLayers: number;
  /** The first position whose activations count; before it the method sets them to 0 (1, or 4 for gemma-3 -it). */
  readonly firstPosition: number;
  nFeatures(layer: number): number;
  /** The nonzero activations of each sequence, alone in its own context, whatever the others in the batch are. */
  encode(batch: readonly Int32Array[]): Promise<SparseActivations>;
}

/** Indexed [sequence of the batch][layer]. */
export type SparseActivations = readonly (readonly LayerActivations[])[];

/** Parallel arrays, one entry for each feature that is active at a position, in any order; no pair occurs twice. */
export interface LayerActivations {
  readonly position: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float32Array;
}

/** The tokens whose logits a feature's decoder raises and lowers most (W_U . W_dec), strongest first. */
export interface PromotedTokens {
  readonly top: readonly TokenLogit[];
  readonly bottom: readonly TokenLogit[];
}

export interface TokenLogit {
  readonly token: number;
  readonly logit: number;
}

/** The `n` largest and `n` smallest of `logits` [V] as promoted and suppressed tokens; equal logits go by token id. */
export function extremeLogits(logits: Float32Array, n: number): PromotedTokens {
  return { top: largest(logits, n, 1), bottom: largest(logits, n, -1) };
}

/** One pass with a short sorted list: vocabularies are long and features many. NaN is no logit. */
function largest(logits: Float32Array, n: number, sign: 1 | -1): TokenLogit[] {
  const kept: TokenLogit[] = [];
  if (n === 0) return kept;
  for (let token = 0; token < logits.length; token++) {
    const logit = logits[token];
    if (Number.isNaN(logit) || (kept.length >= n && !(sign * logit > sign * kept[kept.length - 1].logit))) continue;
    let place = kept.length;
    while (place > 0 && sign * logit > sign * kept[place - 1].logit) place--;
    kept.splice(place, 0, { token, logit });
    if (kept.length > n) kept.pop();
  }
  return kept;
}
