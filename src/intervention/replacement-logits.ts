import { tensor } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { FIRST_ACTIVE_LIMIT, runWithLimits } from './active-limits.ts';
import { requireFinite } from './batch-runner.ts';
import { placeFeeds, rowOf } from './batches.ts';
import { floats, widestLayer, type InterventionContext } from './context.ts';
import { replacementGraph } from './replacement-graph.ts';
import { pickedLayers } from './replacement-writes.ts';

/** See Intervention.replacementLogits. */
export async function replacementLogits(
  { checkpoint, dictionary, runner, zeroedPositions, denseDecoderValues }: InterventionContext,
  sequences: readonly ArrayLike<number>[],
  logits: 'last' | 'all',
  task: Task | undefined,
): Promise<Float32Array[]> {
  const { config } = checkpoint;
  const picked = pickedLayers(dictionary, denseDecoderValues);
  const session = await runner.session('replacement', () => replacementGraph(checkpoint, dictionary, picked));
  const results = new Array<Float32Array>(sequences.length);
  await runner.run(
    session,
    {
      stage: 'replacement',
      sequences,
      valuesPerPosition: Math.max(
        config.dMlp,
        logits === 'all' ? config.vocabularySize : 0,
        widestLayer(dictionary),
        config.dModel * (picked.length > 0 ? FIRST_ACTIVE_LIMIT : config.nLayers),
      ),
      feeds: ({ indices, nTokens }) => {
        const zeroed = Uint8Array.from({ length: nTokens }, (_, position) => Number(position < zeroedPositions));
        return { ...placeFeeds(indices.length, nTokens, logits), zeroed: tensor(zeroed, [nTokens, 1]) };
      },
      execute: (open, feeds) => runWithLimits(open, dictionary, picked, zeroedPositions, feeds),
      take: (outputs, { indices }) => {
        const all = requireFinite(floats(outputs, 'logits'));
        indices.forEach((index, row) => (results[index] = rowOf(all, row, indices.length)));
      },
    },
    task,
  );
  return results;
}
