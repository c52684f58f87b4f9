import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { slugOf } from '../src/graph/slug.ts';

const DAY_MS = 24 * 3600 * 1000;

/** Where an investigation and its graph are kept until they are saved: absolute paths. */
export interface InvestigationPlace {
  readonly investigation: string;
  readonly graph: string;
}

/**
 * The extension's own folder for what is not saved yet. Files there survive a reload of the window and the end of the
 * editor; saving moves them to a folder of the person's own.
 */
export class InvestigationStorage {
  readonly folder: string;

  constructor(folder: string) {
    this.folder = folder;
  }

  /** A place for a new investigation of `prompt`; the folder exists afterwards, the files do not. */
  async newPlace(prompt: string): Promise<InvestigationPlace> {
    await mkdir(this.folder, { recursive: true });
    const taken = new Set(await readdir(this.folder));
    const slug = slugOf(prompt);
    for (let number = 1; ; number++) {
      const name = number === 1 ? slug : `${slug}-${number}`;
      if (taken.has(`${name}.circuit.json`)) continue;
      return {
        investigation: join(this.folder, `${name}.circuit.json`),
        // Graphs get names of their own: one that is traced anew must not replace what an open editor reads.
        graph: join(this.folder, `${name}-${randomBytes(4).toString('hex')}.graph.json`),
      };
    }
  }

  /** Whether `path` lies in this folder. */
  holds(path: string): boolean {
    return path.startsWith(join(this.folder, '/'));
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
