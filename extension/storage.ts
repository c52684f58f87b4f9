import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { writeFileAtomically } from '../src/checkpoint/atomic-file.ts';
import { CircuitError } from '../src/errors.ts';
import { slugOf } from '../src/graph/slug.ts';
import { l10n } from './common/texts.ts';

const DAY_MS = 24 * 3600 * 1000;
const ENDING = '.circuit.json';

/** Where an investigation and its graph are kept until they are saved: absolute paths. */
export interface InvestigationPlace {
  readonly investigation: string;
  readonly graph: string;
}

/**
 * The extension's own folder for what is not saved yet. Files there survive a reload of the window and the end of the
 * editor; saving moves them to a folder of the person's own. Several windows on one folder of a person share it.
 */
export class InvestigationStorage {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A place for a new graph of `prompt`; the folder exists afterwards, the file does not. Errors: `file-write`. */
  async newGraph(prompt: string): Promise<string> {
    await makeFolder(this.folder);
    // Graphs get names of their own: one that is traced anew must not replace what an open editor reads.
    return join(this.folder, `${slugOf(prompt)}-${randomBytes(4).toString('hex')}.graph.json`);
  }

  /** Writes a new investigation under the first free name like `name`; returns its path. Errors: `file-write`. */
  async add(name: string, text: string): Promise<string> {
    await makeFolder(this.folder);
    for (let number = 1; ; number++) {
      const path = join(this.folder, number === 1 ? `${name}${ENDING}` : `${name}-${number}${ENDING}`);
      // The name is taken before anything is written: another window may want it too.
      if (!(await claimed(path))) continue;
      try {
        await writeFileAtomically(path, [text]);
      } catch (error) {
        await rm(path, { force: true });
        throw error;
      }
      return path;
    }
  }

  /** Whether `path` lies in this folder. */
  holds(path: string): boolean {
    return path.startsWith(join(this.folder, sep));
  }

  /** Removes what was written more than `days` ago and is not in use; returns how many files. */
  async removeOld(days: number, isUsed: (path: string) => boolean): Promise<number> {
    const names = await readdir(this.folder).catch(() => []);
    let removed = 0;
    for (const path of names.map(name => join(this.folder, name))) {
      const written = await stat(path).then(
        ({ mtimeMs }) => mtimeMs,
        () => Infinity,
      );
      if (isUsed(path) || Date.now() - written < days * DAY_MS) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }
}

/** Makes an empty file; false if there is one of that name. */
async function claimed(path: string): Promise<boolean> {
  try {
    await (await open(path, 'wx')).close();
    return true;
  } catch (cause) {
    if (cause instanceof Error && 'code' in cause && cause.code === 'EEXIST') return false;
    throw cannotWrite(path, cause);
  }
}

async function makeFolder(folder: string): Promise<void> {
  await mkdir(folder, { recursive: true }).catch((cause: unknown) => {
    throw cannotWrite(folder, cause);
  });
}

function cannotWrite(path: string, cause: unknown): CircuitError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new CircuitError(
    'file-write',
    l10n.t('{0}, where Circuit Explorer keeps what is not saved yet, could not be written: {1}.', path, reason),
    l10n.t('Check its rights and the free space.'),
    { cause },
  );
}
