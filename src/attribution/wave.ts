import { DeviceTensorsLost } from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { EffectMemory } from './effect-memory.ts';
import type { EffectRow } from './effect-row.ts';
import { FloatPool } from './float-pool.ts';
import { Traveller, type Injected, type WaveMemory } from './traveller.ts';
import type { WaveContext } from './wave-context.ts';
import { planBatches, planDescents, type WaveBatch, type WaveTarget } from './wave-plan.ts';

/** Targets, and the vectors that are injected for them. */
export interface WaveTargets {
  readonly places: readonly WaveTarget[];
  /** [members.length, dModel]; for the targets `members`, of any levels. */
  readonly vectors: (members: Uint32Array, task?: Task) => Promise<Float32Array>;
}

/**
 * Sends targets down through the frozen model: at each layer read the direct effect of everything that is written
 * there, inject the targets that live there, transport one layer down; at the bottom read the embeddings.
 * `onRow(target, row)` is called once for each target; the row is valid during the call.
 */
export async function runWave(
  context: WaveContext,
  targets: WaveTargets,
  onRow: (target: number, row: EffectRow) => void,
  task?: Task,
): Promise<void> {
  const sizes = { dModel: context.shape.dModel, nSources: context.nSources };
  const descents = planDescents(planBatches(targets.places, sizes), sizes);
  const effects = new EffectMemory(context.memory);
  const memory = { cotangents: new FloatPool(), read: new FloatPool(), effects };
  const rowOf = new Uint32Array(targets.places.length);
  // Each batch passes each layer and what is above the last one.
  const levels = context.pass.layers.length + 1;
  const total = descents.flat().length * levels;
  let before = 0;
  try {
    for (const batches of descents) {
      const members = Uint32Array.from(batches.flatMap(batch => Array.from(batch.targets)));
      const vectors = await targets.vectors(members, task);
      members.forEach((target, row) => (rowOf[target] = row));
      const injected = { vectors, rowOf };
      // Where sources are read anew for each descent, batches share it; otherwise one alone needs the least memory.
      for (const group of context.sourcesKept ? batches.map(batch => [batch]) : [batches]) {
        const travel = (): Promise<Traveller[]> => {
          let done = before;
          return travelDown(context, targets.places, group, injected, memory, () => {
            throwIfCancelled(task);
            task?.progress?.('attribute', done++, total);
          });
        };
        const travellers = await travel().catch((error: unknown) => {
          // What had come that far lay in the memory of a device that failed: from the top again, on the CPU.
          if (error instanceof DeviceTensorsLost) return travel();
          throw error;
        });
        for (const traveller of travellers) traveller.deliver(onRow);
        effects.release();
        before += group.length * levels;
      }
    }
  } finally {
    effects.end();
  }
}

/** Sends a group of batches from the top to the embeddings. Nothing is left behind by one that fails. */
async function travelDown(
  context: WaveContext,
  places: readonly WaveTarget[],
  group: readonly WaveBatch[],
  injected: Injected,
  memory: WaveMemory,
  between: () => void,
): Promise<Traveller[]> {
  const travellers = group.map(batch => new Traveller(context, places, batch, injected, memory));
  try {
    await descend(context, travellers, between);
    for (const traveller of travellers) await traveller.readEmbeddings();
    return travellers;
  } catch (error) {
    for (const traveller of travellers) traveller.dispose();
    throw error;
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
