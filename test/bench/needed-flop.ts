import type { Sizes, Stage } from './products.ts';

/** A feature or target and where it is injected: `level` is its layer, nLayers for what reads the final norm. */
export interface Place {
  readonly level: number;
  readonly position: number;
}

/**
 * Floating-point operations of the transport without anything that is known to be zero: every target is carried alone
 * through the positions up to its own (attention is causal), and only real sources are read. What a trace does beyond
 * that, to work on whole matrices, is the price of its batches.
 *
 * `sourceCounts[layer][position]`: features and errors that write at the dictionary's output of a layer; tokens are
 * one source at each position.
 */
export function neededFlop(
  sizes: Sizes,
  places: readonly Place[],
  sourceCounts: readonly (readonly number[])[],
): Record<Exclude<Stage, 'forward' | 'encode'>, number> {
  const { dModel, nHeads, nKeyValueHeads, headDim, nLayers } = sizes;
  const outputs = 2 * dModel * nHeads * headDim + (sizes.hasSkip ? 2 * dModel * dModel : 0);
  const values = 2 * dModel * nKeyValueHeads * headDim;
  const pairs = 2 * nHeads * headDim;
  const sum = { project: 0, mix: 0, read: 0 };
  for (const { level, position } of places) {
    const all = position + 1;
    const triangle = (all * (all + 1)) / 2;
    // Of the first layer it passes, only its own position is nonzero; attention spreads it to all before.
    const fromFeature = level < nLayers;
    for (let layer = Math.min(level, nLayers - 1); layer >= 0; layer--) {
      const isFirst = layer === Math.min(level, nLayers - 1);
      // What is injected at a feature's encoder has not passed that layer's dictionary, nor its skip connection.
      if (!(isFirst && fromFeature)) sum.read += 2 * dModel * readSources(sourceCounts[layer], isFirst, position);
      const skipped = isFirst && fromFeature && sizes.hasSkip ? 2 * dModel * dModel : 0;
      sum.project += (isFirst ? 1 : all) * (outputs - skipped) + all * values;
      sum.mix += (isFirst ? all : triangle) * pairs;
    }
    sum.read += 2 * dModel * all;
  }
  return sum;
}

function readSources(counts: readonly number[], ownPositionOnly: boolean, position: number): number {
  if (ownPositionOnly) return counts[position];
  return counts.slice(0, position + 1).reduce((a, b) => a + b, 0);
}
