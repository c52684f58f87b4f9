import { throwIfCancelled, type Task } from '../task.ts';
import { Traveller } from './traveller.ts';
import type { WaveContext } from './wave-context.ts';
import { planBatches, type WaveTarget } from './wave-plan.ts';

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
  const nLayers = context.pass.layers.length;
  const batches = planBatches(targets.places, context.shape.dModel);
  const travellers = batches.map(batch => new Traveller(context, targets.places, batch));
  for (let level = nLayers; level >= 0; level--) {
    const reading = level < nLayers && travellers.some(({ rows }) => rows > 0);
    const sources = reading ? await context.sourcesAt(level, task) : undefined;
    const members = Uint32Array.from(targets.places.keys()).filter(target => targets.places[target].level === level);
    const vectors = await targets.vectors(level, members, task);
    const rowOf = new Map(Array.from(members, (target, row) => [target, row]));
    for (const traveller of travellers) {
      throwIfCancelled(task);
      if (sources !== undefined) await traveller.read(level, sources);
      await traveller.descend(level, vectors, rowOf);
    }
    task?.progress?.('attribute', nLayers - level, nLayers);
  }
  for (const traveller of travellers) {
    await traveller.readEmbeddings();
    traveller.deliver(onRow);
  }
}
