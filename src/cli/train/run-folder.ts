import { createHash } from 'node:crypto';
import { access, mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { writeFileAtomically } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';

/** What a training run is called by: all that its result depends on. */
export type RunSettings = Readonly<Record<string, string | number | readonly number[] | boolean | null>>;

export interface RunFolder {
  /** Where the state of the optimizer is saved. */
  readonly stateFile: string;
  /** Whether a state of these settings is there already. */
  readonly resumes: boolean;
}

/**
 * Prepares `out` for a run: state and settings lie in `out`/training. The same command goes on where it stopped.
 * Errors: `usage` where the folder holds a run of other settings, or a finished `result` of no run.
 */
export async function openRunFolder(out: string, result: string, settings: RunSettings): Promise<RunFolder> {
  const folder = join(out, 'training');
  const settingsFile = join(folder, 'settings.json');
  const text = `${JSON.stringify(settings, null, 1)}\n`;
  const before = await readFile(settingsFile, 'utf8').catch(() => undefined);
  if (before !== undefined && before !== text) {
    throw new CircuitError(
      'usage',
      `${settingsFile} is of a run with other settings: ${differences(before, settings)}.`,
      'Use the same settings to go on with it, or another --out folder.',
    );
  }
  if (before === undefined && (await exists(join(out, result)))) {
    throw new CircuitError('usage', `${out} holds a ${result} already.`, 'Choose another --out folder.');
  }
  await mkdir(folder, { recursive: true });
  await writeFileAtomically(settingsFile, [text]);
  const stateFile = join(folder, 'state.safetensors');
  return { stateFile, resumes: await exists(stateFile) };
}

/** sha256 of token sequences: what a corpus is to a run. */
export function corpusIdentity(sequences: readonly Int32Array[]): string {
  const hash = createHash('sha256');
  for (const sequence of sequences) {
    hash.update(`${sequence.length}\n`);
    hash.update(new Uint8Array(sequence.buffer, sequence.byteOffset, sequence.byteLength));
  }
  return hash.digest('hex');
}

function differences(before: string, settings: RunSettings): string {
  let old: Record<string, unknown>;
  try {
    old = JSON.parse(before) as Record<string, unknown>;
  } catch {
    return 'it is not readable';
  }
  const names = [...new Set([...Object.keys(old), ...Object.keys(settings)])];
  const changed = names.filter(name => JSON.stringify(old[name]) !== JSON.stringify(settings[name]));
  return changed.map(name => `${name} ${JSON.stringify(old[name])}`).join(', ');
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
