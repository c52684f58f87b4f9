import { fork } from 'node:child_process';
import path from 'node:path';
import { NODE_COMMAND_OPTIONS } from '../../src/engine/heap-options.ts';
import type { MeasurementMessage, TraceMeasurement, TraceRequest } from './measure-trace.ts';
import { privateMemory } from './private-memory.ts';

const MEMORY_INTERVAL_MS = 5;

/** Measures in a new process, and watches its private memory up to the end of its first trace. */
export function measureApart(
  request: TraceRequest,
): Promise<{ measurement: TraceMeasurement; peak: number | undefined }> {
  const child = fork(path.join(import.meta.dirname, 'measure-trace.ts'), [JSON.stringify(request)], {
    execArgv: [...process.execArgv, ...NODE_COMMAND_OPTIONS],
  });
  let peak: number | undefined;
  const watch = setInterval(() => {
    const now = privateMemory(child.pid);
    if (now !== undefined) peak = Math.max(peak ?? 0, now);
  }, MEMORY_INTERVAL_MS);
  return new Promise((resolve, reject) => {
    child.on('message', (message: MeasurementMessage) => {
      clearInterval(watch);
      if (message.kind === 'traced') child.send('continue');
      else resolve({ measurement: message.measurement, peak });
    });
    child.on('error', reject);
    child.on('exit', code => {
      clearInterval(watch);
      if (code !== 0) reject(new Error(`the measurement of ${request.nTokens} tokens ended with exit code ${code}`));
    });
  });
}
