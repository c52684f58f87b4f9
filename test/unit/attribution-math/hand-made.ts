import { fromDense, type SparseMatrix } from '../../../src/attribution/sparse-matrix.ts';

/** A small graph written as `target: { source: weight }`; the order of `kinds` is the order of the nodes. */
export function handMade(
  kinds: Record<string, string>,
  inputs: Record<string, Record<string, number>>,
  logits: Record<string, number>,
): {
  names: string[];
  kinds: string[];
  matrix: SparseMatrix;
  logitWeights: Float64Array;
  at: (name: string) => number;
} {
  const names = Object.keys(kinds);
  const at = (name: string) => {
    const index = names.indexOf(name);
    if (index < 0) throw new Error(`no node ${name}`);
    return index;
  };
  const dense = new Float32Array(names.length ** 2);
  for (const [target, sources] of Object.entries(inputs)) {
    for (const [source, weight] of Object.entries(sources)) dense[at(target) * names.length + at(source)] = weight;
  }
  const logitWeights = new Float64Array(names.length);
  for (const [name, weight] of Object.entries(logits)) logitWeights[at(name)] = weight;
  return { names, kinds: Object.values(kinds), matrix: fromDense(dense, names.length), logitWeights, at };
}

/** logit <- half a feature, half an error; the feature <- its own error only (the traps of the field, number 1). */
export const completenessToy = handMade(
  { feature: 'feature', errorBelow: 'error', errorAbove: 'error', logit: 'logit' },
  { logit: { feature: 0.5, errorAbove: 0.5 }, feature: { errorBelow: 1 } },
  { logit: 1 },
);

export const chain = handMade(
  { first: 'feature', second: 'feature', token: 'token', logit: 'logit' },
  { first: { token: -3 }, second: { first: 2 }, logit: { second: 7 } },
  { logit: 0.4 },
);

/** The token reaches the logit over two features, three quarters and one quarter. */
export const diamond = handMade(
  { left: 'feature', right: 'feature', token: 'token', logit: 'logit' },
  { left: { token: 5 }, right: { token: 0.1 }, logit: { left: 3, right: -1 } },
  { logit: 1 },
);

/** +10 and -10 into the feature: no net input, all of the influence. */
export const cancelling = handMade(
  { feature: 'feature', plus: 'token', minus: 'token', direct: 'token', logit: 'logit' },
  { feature: { plus: 10, minus: -10 }, logit: { feature: 2, direct: 2 } },
  { logit: 1 },
);

/** `idle` has inputs and drives nothing; `deadEnd` is driven by nothing. */
export const unreachable = handMade(
  { used: 'feature', idle: 'feature', deadEnd: 'feature', error: 'error', token: 'token', logit: 'logit' },
  { used: { token: 1, error: 0.5 }, idle: { token: 4 }, logit: { used: 1, deadEnd: 1 } },
  { logit: 0.9 },
);
