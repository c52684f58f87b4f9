/** ONNX Runtime's own record of a session's runs: which provider ran each node. */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';

/** How often an operator ran on a provider, and whether it gave floats (else sizes, indices, conditions). */
export interface NodeCount {
  readonly provider: string;
  readonly op: string;
  readonly isFloat: boolean;
  runs: number;
}

interface ProfileEvent {
  readonly cat: string;
  readonly name: string;
  readonly args?: {
    readonly provider?: string;
    readonly op_name?: string;
    /** [{ "float": [2, 3] }, ...] */
    readonly output_type_shape?: readonly Readonly<Record<string, readonly number[]>>[];
  };
}

/** Adds up the files that sessions wrote whose setting `profile` is `prefix`, after they were disposed of. */
export async function readNodeRecord(prefix: string): Promise<NodeCount[]> {
  const counts = new Map<string, NodeCount>();
  const folder = dirname(prefix);
  for (const file of await readdir(folder)) {
    if (!file.startsWith(basename(prefix))) continue;
    for (const { cat, name, args } of JSON.parse(await readFile(join(folder, file), 'utf8')) as ProfileEvent[]) {
      if (cat !== 'Node' || !name.endsWith('_kernel_time') || args?.provider === undefined) continue;
      const { provider, op_name: op = '?', output_type_shape: outputs = [] } = args;
      const isFloat = outputs.some(output => Object.keys(output)[0].startsWith('float'));
      const key = `${provider} ${op} ${isFloat}`;
      const count = counts.get(key) ?? { provider, op, isFloat, runs: 0 };
      counts.set(key, count);
      count.runs++;
    }
  }
  return [...counts.values()].sort((a, b) => b.runs - a.runs);
}
