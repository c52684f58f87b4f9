import { existsSync } from 'node:fs';
import { access } from 'node:fs/promises';
import { openSafetensors, readFloat32, tensorIn, writeSafetensors } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import type { Parameter } from './parameters.ts';

/** Writes parameters and optimizer state after `step` steps, so that training can go on from there. */
export async function saveTrainingState(file: string, step: number, tensors: readonly Parameter[]): Promise<void> {
  await writeSafetensors(
    file,
    tensors.map(({ name, shape, data }) => ({ name, shape, dtype: 'F32', data })),
    { step: String(step) },
  );
}

/** Reads the state into `tensors` and returns the number of finished steps; 0 when there is no such file. */
export async function loadTrainingState(file: string, tensors: readonly Parameter[]): Promise<number> {
  const exists = await access(file).then(
    () => true,
    () => false,
  );
  if (!exists) return 0;
  const stored = await openSafetensors(file);
  for (const parameter of tensors) {
    const ref = tensorIn(stored, parameter.name);
    if (ref.entry.shape.join() !== parameter.shape.join()) {
      throw new CircuitError(
        'model-mismatch',
        `${file}: ${parameter.name} has shape [${ref.entry.shape.join()}], this run needs [${parameter.shape.join()}].`,
        'Remove the file to train from the beginning, or use the settings it was made with.',
      );
    }
    parameter.data = await readFloat32(ref);
  }
  return Number(stored.metadata['step'] ?? 0);
}

/** Between two steps: a cancelled training goes on from what was last saved, if anything was. Errors: `cancelled`. */
export function throwIfTrainingCancelled(task: Task | undefined, stateFile: string): void {
  if (task?.signal?.aborted !== true) return;
  if (existsSync(stateFile))
    throwIfCancelled(task, `Started again it goes on from the last state saved, ${stateFile}.`);
  throwIfCancelled(task);
}
