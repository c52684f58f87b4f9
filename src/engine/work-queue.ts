import { CircuitError } from '../errors.ts';

/** Runs one piece of work at a time, in the order of arrival. */
export class WorkQueue {
  #last: Promise<unknown> = Promise.resolve();

  /** The result of `work`, started when all before it has ended. What is cancelled while it waits ends at once. */
  run<Result>(work: () => Promise<Result>, signal?: AbortSignal): Promise<Result> {
    const before = this.#last;
    const result = before.then(work);
    this.#last = result.catch(() => undefined);
    return signal === undefined ? result : Promise.race([result, cancelledWhileWaiting(before, signal)]);
  }
}

/** Rejects when `signal` is aborted before `before` has ended, and else never settles: the work answers for itself. */
function cancelledWhileWaiting(before: Promise<unknown>, signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const cancel = (): void => {
      reject(new CircuitError('cancelled', 'The work was cancelled.', 'Start it again when you like.'));
    };
    if (signal.aborted) cancel();
    signal.addEventListener('abort', cancel);
    void before.then(() => {
      signal.removeEventListener('abort', cancel);
    });
  });
}
