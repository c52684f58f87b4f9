import { throwIfCancelled, type Task } from '../task.ts';
import { FloatPool } from './float-pool.ts';
import { Traveller } from './traveller.ts';
import type { WaveContext } from './wave-context.ts';
import { planBatches, planDescents, type WaveTarget } from './wave-plan.ts';

/** Targets, and the vectors that are injected for them. */
export interface WaveTargets {
  readonly places: readonly WaveTarget[];
  /** [members.length, dModel]; for the targets `members`, of any levels. */
  readonly vectors: (members: Uint32Array, task?: Task) => Promise<Float32Array>;
}

/**
 * Sends targets down through the frozen model: at each layer read the direct effect of everything that is written
 * there, inject the targets that live there, transport one layer down; at the bottom read the embeddings.
 * `onRow(target, effects)` is called once for each target with its row, [nSources], which is reused afterwards.
 */
export async function runWave(
  context: WaveContext,
  targets: WaveTargets,
  onRow: (target: number, effects: Float32Array) => void,
  task?: Task,
): Promise<void> {
  const sizes = { dModel: context.shape.dModel, nSources: context.nSources };
  const descents = planDescents(planBatches(targets.places, sizes), sizes);
  const pool = new FloatPool();
  const rowOf = new Uint32Array(targets.places.length);
  const total = descents.flat().length;
  let done = 0;
  for (const batches of descents) {
    const members = Uint32Array.from(batches.flatMap(batch => Array.from(batch.targets)));
    const vectors = await targets.vectors(members, task);
    members.forEach((target, row) => (rowOf[target] = row));
    const injected = { vectors, rowOf };
    // Where sources are read anew for each descent, batches share it; otherwise one alone needs the least memory.
    for (const group of context.sourcesKept ? batches.map(batch => [batch]) : [batches]) {
      const travellers = group.map(batch => new Traveller(context, targets.places, batch, injected, pool));
      await descend(context, travellers, () => {
        throwIfCancelled(task);
        task?.progress?.('attribute', done, total);
      });
      for (const traveller of travellers) {
        await traveller.readEmbeddings();
        traveller.deliver(onRow);
      }
      done += group.length;
    }
  }
}

async function descend(context: WaveContext, travellers: readonly Traveller[], between: () => void): Promise<void> {
  const nLayers = context.pass.layers.length;
  for (let level = nLayers; level >= 0; level--) {
    const reading = level < nLayers && travellers.some(({ rows }) => rows > 0);
    const sources = reading ? await context.sourcesAt(level) : undefined;
    for (const traveller of travellers) {
      between();
      if (sources !== undefined) await traveller.read(level, sources);
      await traveller.descend(level);
    }
  }
}
