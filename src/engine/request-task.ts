import type { CancellationToken, MessageConnection } from 'vscode-jsonrpc';
import type { Task } from '../task.ts';
import { progress } from './protocol.ts';

/** A person sees no more steps than that; each costs a message. */
const SHORTEST_STEP_MS = 50;

/** A request's task: cancelled by JSON-RPC's own notification, its progress sent under `progressToken`. */
export function taskOf(
  connection: MessageConnection,
  progressToken: string | number | undefined,
  cancellation: CancellationToken,
): Task & { readonly signal: AbortSignal } {
  const controller = new AbortController();
  if (cancellation.isCancellationRequested) controller.abort();
  cancellation.onCancellationRequested(() => {
    controller.abort();
  });
  const { signal } = controller;
  if (progressToken === undefined) return { signal };
  let lastStage = '';
  let lastTime = -Infinity;
  return {
    signal,
    progress: (stage, done, total) => {
      const now = performance.now();
      if (stage === lastStage && now - lastTime < SHORTEST_STEP_MS) return;
      [lastStage, lastTime] = [stage, now];
      void connection.sendNotification(progress, { token: progressToken, stage, done, total: total ?? null });
    },
  };
}
