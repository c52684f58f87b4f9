/**
 * What a node stands for. The set is open: heads, neurons or features of a dictionary at any hook arrive under a name
 * of their own (`lorsa`, `head`, ...) and are treated like features.
 *
 * - `feature`  an active dictionary feature at (layer, position)
 * - `error`    MLP output minus its reconstruction at (layer, position); other errors end in ` error` (`lorsa error`)
 * - `token`    a token's embedding
 * - `logit`    an output that the graph explains
 * - `position` a position's embedding
 * - `bias`     the biases of a layer or of the whole model
 * - `zeroed`   the MLP output at a position whose activations and errors the method sets to 0
 */
export type NodeKind = 'feature' | 'error' | 'token' | 'logit' | 'position' | 'bias' | 'zeroed' | (string & {});

/** Reconstruction errors: what the dictionary does not explain. */
export function isErrorKind(kind: NodeKind): boolean {
  return kind === 'error' || kind.endsWith(' error');
}

/** Kinds that have no inputs by construction: every unit of influence ends in one of them. */
export function isLeafKind(kind: NodeKind): boolean {
  return kind === 'token' || kind === 'position' || kind === 'bias' || kind === 'zeroed' || isErrorKind(kind);
}

/** Kinds between the leaves and the logits: dictionary features and whatever a tool puts in their place. */
export function isFeatureKind(kind: NodeKind): boolean {
  return kind !== 'logit' && !isLeafKind(kind);
}
