import { compressRows, type SparseRows } from '../dictionary/index.ts';
import type { Task } from '../task.ts';
import { activeGraph, activeIndicesOutput, activeValuesOutput } from './active-graph.ts';
import { FIRST_ACTIVE_LIMIT, runWithLimits } from './active-limits.ts';
import { rowOf } from './batches.ts';
import { floats, widestLayer, type InterventionContext } from './context.ts';

/** See Intervention.activeFeatures. */
export async function activeFeatures(
  { checkpoint, dictionary, runner, zeroedPositions }: InterventionContext,
  sequences: readonly ArrayLike<number>[],
  task: Task | undefined,
): Promise<SparseRows[][]> {
  const { config } = checkpoint;
  const layers = dictionary.layers.map(({ layer }) => layer);
  const session = await runner.session('active', () => activeGraph(checkpoint, dictionary));
  const results = new Array<SparseRows[]>(sequences.length);
  await runner.run(
    session,
    {
      stage: 'encode',
      sequences,
      // Values and indices (of twice the size) of every layer are outputs.
      valuesPerPosition: Math.max(config.dMlp, widestLayer(dictionary), 3 * FIRST_ACTIVE_LIMIT * config.nLayers),
      feeds: () => ({}),
      execute: (open, feeds) => runWithLimits(open, dictionary, layers, zeroedPositions, feeds),
      take: (outputs, { indices, nTokens }) =>
        indices.forEach((index, row) => {
          results[index] = layers.map(layer => {
            const values = rowOf(floats(outputs, activeValuesOutput(layer)), row, indices.length);
            const features = outputs[activeIndicesOutput(layer)].data as BigInt64Array;
            const zeroed = (position: number): boolean => position < zeroedPositions;
            return compressRows(values, rowOf(features, row, indices.length), nTokens, zeroed);
          });
        }),
    },
    task,
  );
  return results;
}
