import { CircuitError } from './errors.ts';

/** What every long call takes: a way to be cancelled and a way to say how far it is. */
export interface Task {
  readonly signal?: AbortSignal;
  /** `done` of `total` units of `stage` are finished; `total` is undefined while it is not known. */
  readonly progress?: (stage: string, done: number, total: number | undefined) => void;
}

/**
 * Throws the error of a cancelled task; call it between steps that cannot be interrupted. `remedy` says what is left of
 * the work where something is: results are written whole or not at all.
 */
export function throwIfCancelled(
  task: Task | undefined,
  remedy = 'No result was written; start it again when you like.',
): void {
  if (task?.signal?.aborted === true) {
    throw new CircuitError('cancelled', 'The work was cancelled.', remedy);
  }
}
