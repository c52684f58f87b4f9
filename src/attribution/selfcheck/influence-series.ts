import type { AttributionResult } from '../attribute.ts';
import { Comparison, type IdentityCheck } from './identity-check.ts';

/** Influence in one pass against its definition, the series w N + w N^2 + ... until a term is zero. */
export function checkInfluence({ matrix, logitWeights, pruned, order }: AttributionResult): IdentityCheck {
  const { size, rowStart, sources, weights } = matrix;
  const absolute = new Float64Array(size);
  for (let target = 0; target < size; target++) {
    for (let entry = rowStart[target]; entry < rowStart[target + 1]; entry++)
      absolute[target] += Math.abs(weights[entry]);
  }
  const total = new Float64Array(size);
  let term: Float64Array = logitWeights;
  // A path passes each layer once, and the targets.
  for (let step = 0; step <= order.nLayers + 1 && term.some(value => value !== 0); step++) {
    const next = new Float64Array(size);
    for (let target = 0; target < size; target++) {
      if (term[target] === 0) continue;
      for (let entry = rowStart[target]; entry < rowStart[target + 1]; entry++) {
        next[sources[entry]] += (Math.abs(weights[entry]) * term[target]) / absolute[target];
      }
    }
    next.forEach((value, node) => (total[node] += value));
    term = next;
  }
  const comparison = new Comparison();
  total.forEach((value, node) => {
    comparison.add(pruned.influence[node], value);
  });
  return comparison.check('influence', 'Influence equals the sum of its series over all path lengths.', 1e-6);
}
