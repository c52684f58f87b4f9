/** The engine's process as the extension starts it: dist/engine.js, forked. */
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { EngineClient } from '../../extension/engine/engine-client.ts';
import { program } from './cli.ts';

export interface TestEngine {
  readonly client: EngineClient;
  /** What the process wrote on stdout and stderr, and when it started and ended. */
  readonly log: readonly string[];
}

/** A client of its own, ended with the test; `program()` builds what it starts. */
export async function startEngine(test: TestContext, idleMinutes = 0): Promise<TestEngine> {
  const log: string[] = [];
  const note = (line: string): void => void log.push(line);
  const entry = join(dirname(await program()), 'engine.js');
  const client = new EngineClient({ entry, log: { info: note, warn: note }, idleMinutes: () => idleMinutes });
  test.after(() => client.dispose());
  return { client, log };
}

/** Waits until `holds`, at most some seconds. */
export async function until(holds: () => boolean, what: string): Promise<void> {
  for (let tries = 0; tries < 600; tries++) {
    if (holds()) return;
    await new Promise(resolve => setTimeout(resolve, 50));
  }
  throw new Error(`It did not come to pass that ${what}.`);
}
