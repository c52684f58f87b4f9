import { randomBytes } from 'node:crypto';
import { copyFile, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, isAbsolute, join, relative, sep } from 'node:path';
import { CircuitError } from '../../src/errors.ts';
import type { GraphReference } from '../../src/graph/investigation/types.ts';
import { l10n } from '../common/texts.ts';
import { hashFile, type GraphLibrary } from './graph-library.ts';

/** What is to be done so that a graph lies beside the investigation that refers to it. */
export interface GraphPlacement {
  /** What the investigation is to say. */
  readonly reference: GraphReference;
  /** Where the graph is now; absent if a file of these contents lies there already. */
  readonly from?: string;
  /** Where it belongs. */
  readonly to: string;
}

/**
 * Where the graph of an investigation that is about to be saved at `investigationFile` belongs. Undefined if it lies where
 * the reference says, or is nowhere to be found. `known`: where it is, if that is known.
 */
export async function placeGraph(
  library: GraphLibrary,
  reference: GraphReference,
  investigationFile: string,
  known?: string,
): Promise<GraphPlacement | undefined> {
  const folder = dirname(investigationFile);
  const beside = library.placeBeside(reference, folder);
  if (await isThere(library, beside, reference.sha256)) return undefined;
  const from = known ?? (await library.seen(reference.sha256)) ?? (await library.find(reference, folder));
  if (from === undefined || from === beside) return undefined;
  const sha256 = await library.hash(from);
  const path = relative(folder, from).split(sep).join('/');
  // A graph in the same folder or below it stays where it is.
  if (!path.startsWith('../') && !isAbsolute(path)) return { reference: { file: path, sha256 }, to: from };
  const stem = basename(investigationFile).replace(/(\.circuit)?\.json$/, '');
  for (let serial = 1; ; serial++) {
    const file = serial === 1 ? `${stem}.graph.json` : `${stem}-${serial}.graph.json`;
    const to = join(folder, file);
    const found = await hashOf(to);
    if (found === undefined) return { reference: { file, sha256 }, from, to };
    if (found === sha256) return { reference: { file, sha256 }, to };
  }
}

/**
 * Copies a graph to its place: under a temporary name that is renamed, so that there is either no file or a whole one.
 * Errors: `file-write`.
 */
export async function copyGraph({ from, to }: GraphPlacement): Promise<void> {
  if (from === undefined) return;
  const temporary = `${to}.${randomBytes(4).toString('hex')}.tmp`;
  try {
    await copyFile(from, temporary);
    await rename(temporary, to);
  } catch (cause) {
    await rm(temporary, { force: true }).catch(() => undefined);
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new CircuitError(
      'file-write',
      l10n.t('The graph could not be put at {0}: {1}.', to, reason),
      l10n.t('It is kept by Circuit Explorer until the investigation is saved where files can be written.'),
      { cause },
    );
  }
}

async function isThere(library: GraphLibrary, path: string, sha256: string | undefined): Promise<boolean> {
  const exists = await stat(path).then(
    entry => entry.isFile(),
    () => false,
  );
  if (!exists || sha256 === undefined || library.isAt(sha256, path)) return exists;
  // Another graph of that name: unless nothing better is known, the investigation would show the wrong one.
  return (await hashFile(path)) === sha256 || (await library.seen(sha256)) === undefined;
}

async function hashOf(path: string): Promise<string | undefined> {
  return hashFile(path).catch(() => undefined);
}
