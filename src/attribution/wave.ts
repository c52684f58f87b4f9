import { throwIfCancelled, type Task } from '../task.ts';
import { Traveller } from './traveller.ts';
import type { WaveContext } from './wave-context.ts';
import { planBatches, planDescents, type WaveTarget } from './wave-plan.ts';

/** Targets, and the vectors that are injected for them. */
export interface WaveTargets {
  readonly places: readonly WaveTarget[];
  /** [members.length, dModel]; for the targets `members`, all of one level. */
  readonly vectors: (level: number, members: Uint32Array, task?: Task) => Promise<Float32Array>;
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
  const nLevels = context.pass.layers.length + 1;
  for (const [index, batches] of descents.entries()) {
    const travellers = batches.map(batch => new Traveller(context, targets.places, batch));
    await descend(context, targets, travellers, level => {
      throwIfCancelled(task);
      task?.progress?.('attribute', index * nLevels + nLevels - level - 1, descents.length * nLevels);
    });
    for (const traveller of travellers) {
      await traveller.readEmbeddings();
      traveller.deliver(onRow);
    }
  }
}

async function descend(
  context: WaveContext,
  targets: WaveTargets,
  travellers: readonly Traveller[],
  between: (level: number) => void,
): Promise<void> {
  const nLayers = context.pass.layers.length;
  for (let level = nLayers; level >= 0; level--) {
    const reading = level < nLayers && travellers.some(({ rows }) => rows > 0);
    const sources = reading ? await context.sourcesAt(level) : undefined;
    const members = Uint32Array.from(travellers.flatMap(traveller => Array.from(traveller.entering(level))));
    const vectors = await targets.vectors(level, members);
    const rowOf = new Map(Array.from(members, (target, row) => [target, row]));
    for (const traveller of travellers) {
      between(level);
      if (sources !== undefined) await traveller.read(level, sources);
      await traveller.descend(level, vectors, rowOf);
    }
  }
}
