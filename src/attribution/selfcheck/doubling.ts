import type { Task } from '../../task.ts';
import { dot } from '../leaves.ts';
import { NO_SOURCE } from '../source-vectors.ts';
import type { PromptTrace } from '../prompt-trace.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import type { DictionarySources } from '../sources.ts';
import type { FrozenModel } from './frozen-model.ts';
import { Comparison, type IdentityCheck } from './identity-check.ts';
import type { DenseRows } from './row-sums.ts';

/** How often a feature's vectors are added: a power of two, so that nothing is rounded by it. */
const ADDED = 1024;

/**
 * Doubles each of the given active features with patterns, norm scales and MLP outputs frozen: the pre-activations of
 * the features that have rows, and the targets' values, must change by the feature's column of the adjacency
 * (circuit-tracer's own oracle). The frozen model is affine, so the change does not depend on the point from which it is
 * taken, and is proportional to what is added. At the prompt's own values the difference of two large streams would be
 * mostly rounding (Gemma's embeddings are sqrt(dModel) times larger than others): so it is taken from zero, and of an
 * addition that is large beside the model's biases.
 */
export async function checkDoubling(
  model: ReplacementModel,
  trace: PromptTrace<DictionarySources>,
  frozen: FrozenModel,
  doubled: Uint32Array,
  rows: DenseRows,
  task?: Task,
): Promise<IdentityCheck> {
  const { dModel, nLayers } = model.dictionary;
  const { pass, active } = trace.run;
  const { order } = trace;
  const nTokens = pass.tokens.length;
  const nRows = doubled.length + 1;
  const rowOf = new Map(Array.from(doubled, (feature, i) => [feature, i + 1]));
  const targetsAt = Array.from({ length: nLayers }, (_, layer) =>
    Uint32Array.from(rows.keys()).filter(node => node < order.nFeatures && active.layers[node] === layer),
  );
  const comparison = new Comparison();
  const at = (position: number, row: number): number => (position * nRows + row) * dModel;
  const change = (stream: Float32Array, position: number, row: number, vector: Float32Array): number =>
    (dot(stream.subarray(at(position, row), at(position, row) + dModel), vector) -
      dot(stream.subarray(at(position, 0), at(position, 0) + dModel), vector)) /
    ADDED;

  let residual: Float32Array = new Float32Array(nTokens * nRows * dModel);
  for (let layer = 0; layer < nLayers; layer++) {
    task?.progress?.('doubling', layer, nLayers);
    const sources = await trace.sources.at(layer, task);
    const written = new Float32Array(nTokens * nRows * dModel);
    sources.nodes.forEach((node, slot) => {
      const row = node === NO_SOURCE ? undefined : rowOf.get(node);
      if (row === undefined) return;
      const to = at(sources.positionOf(slot), row);
      for (let d = 0; d < dModel; d++) written[to + d] += ADDED * sources.vectors[slot * dModel + d];
    });
    const { residPost, dictionaryInput } = await frozen.layer(layer, residual, written);
    const targets = targetsAt[layer];
    const encoders = await model.dictionary.encoderRows(
      layer,
      targets.map(node => active.indices[node]),
      task,
    );
    targets.forEach((target, i) => {
      const encoder = encoders.subarray(i * dModel, (i + 1) * dModel);
      for (const [feature, row] of rowOf) {
        comparison.add(change(dictionaryInput, active.positions[target], row, encoder), rows.get(target)![feature]);
      }
    });
    residual = residPost;
  }
  const final = await frozen.final(residual);
  trace.targets.forEach(({ vector }, i) => {
    for (const [feature, row] of rowOf) {
      comparison.add(change(final, nTokens - 1, row, vector), rows.get(order.logit(i))![feature]);
    }
  });
  return comparison.check(
    'doubling',
    'Doubling an active feature, all else frozen, changes every pre-activation and target by its adjacency column.',
    1e-4,
  );
}
