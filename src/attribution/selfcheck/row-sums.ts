import type { Task } from '../../task.ts';
import type { PromptTrace } from '../prompt-trace.ts';
import { Comparison, type IdentityCheck } from './identity-check.ts';

/** Rows of some features and of all targets, dense: what several checks compare with. */
export type DenseRows = ReadonlyMap<number, Float32Array>;

export async function denseRows(trace: PromptTrace, features: Uint32Array, task?: Task): Promise<DenseRows> {
  const rows = new Map<number, Float32Array>();
  const targets = trace.targetNodes().subarray(trace.order.nFeatures);
  await trace.rows(
    Uint32Array.of(...features, ...targets),
    (node, effects) => {
      rows.set(node, effects.slice());
    },
    task,
  );
  return rows;
}

/** With all leaves, a feature's row sums to its pre-activation (for an active feature: its activation). */
export function checkFeatureSums(trace: PromptTrace, rows: DenseRows): IdentityCheck {
  const comparison = new Comparison();
  for (const [node, effects] of rows) {
    if (node < trace.order.nFeatures) comparison.add(sum(effects), trace.run.active.activations[node]);
  }
  return comparison.check(
    'feature-row-sums',
    'The direct effects on each feature, with all leaves, sum to its pre-activation.',
    1e-4,
  );
}

/** With all leaves, a target's row sums to its value: of a token, its logit before a soft cap less the mean over all. */
export function checkTargetSums(trace: PromptTrace, rows: DenseRows): IdentityCheck {
  const { uncappedLogits: logits } = trace.run.pass;
  const mean = logits.reduce((total, logit) => total + logit, 0) / logits.length;
  const comparison = new Comparison();
  trace.targets.forEach(({ token }, i) => {
    comparison.add(sum(rows.get(trace.order.logit(i))!), logits[token] - mean);
  });
  return comparison.check(
    'target-row-sums',
    'The direct effects on each target token, with all leaves, sum to its logit (before a soft cap) less the mean logit.',
    1e-4,
  );
}

function sum(values: Float32Array): number {
  let total = 0;
  for (const value of values) total += value;
  return total;
}
