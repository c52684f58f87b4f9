import { fork } from 'node:child_process';
import path from 'node:path';
import { NODE_COMMAND_OPTIONS } from '../../src/engine/heap-options.ts';
import { ProcessWatch, type StageRecord } from './process-watch.ts';
import type { StagedMessage, StagedRequest, StagedResult } from './staged-trace.ts';

export interface StagedTraces {
  readonly traces: readonly StagedResult[];
  readonly stages: readonly StageRecord[];
  /** The highest private memory of all stages, in bytes. */
  readonly peak: number;
}

/** Traces in a new process, of which every stage is watched from here. */
export function traceApart(request: StagedRequest): Promise<StagedTraces> {
  const child = fork(path.join(import.meta.dirname, 'staged-trace.ts'), [JSON.stringify(request)], {
    execArgv: [...process.execArgv, ...NODE_COMMAND_OPTIONS],
  });
  const watch = new ProcessWatch(child.pid!, 'start');
  const traces: StagedResult[] = [];
  return new Promise((resolve, reject) => {
    child.on('message', (message: StagedMessage) => {
      if (message.kind === 'stage') watch.enter(message.stage, message.arrays);
      else if (message.kind === 'trace') traces.push(message.result);
      else {
        const stages = watch.stop();
        resolve({ traces, stages, peak: Math.max(...stages.map(({ privatePeak }) => privatePeak)) });
      }
    });
    child.on('error', reject);
    child.on('exit', code => {
      if (code !== 0) reject(new Error(`the trace of ${request.nTokens} tokens ended with exit code ${code}`));
    });
  });
}
