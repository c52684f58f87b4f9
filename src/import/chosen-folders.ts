import { mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import * as v from 'valibot';
import { writeFileAtomically } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/** A folder of the user's own that circuit model list shows. */
export interface ChosenFolder {
  /** Absolute. */
  readonly folder: string;
  readonly kind: 'model' | 'dictionary';
}

const Chosen = v.object({
  folders: v.array(v.object({ folder: v.string(), kind: v.picklist(['model', 'dictionary']) })),
});

/** The user's configuration folder by the rules of the platform: APPDATA on Windows, XDG_CONFIG_HOME elsewhere. */
export function chosenFoldersFile(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { APPDATA, XDG_CONFIG_HOME, HOME } = environment;
  const given = process.platform === 'win32' ? APPDATA : XDG_CONFIG_HOME;
  const home = HOME === undefined || HOME === '' ? homedir() : HOME;
  const base = given === undefined || given === '' ? join(home, '.config') : given;
  return join(base, 'circuit-explorer', 'folders.json');
}

/** Folders in the order in which they were added. Errors: `file-damaged` for a file that holds something else. */
export async function chosenFolders(file: string = chosenFoldersFile()): Promise<readonly ChosenFolder[]> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return [];
  try {
    return v.parse(Chosen, JSON.parse(text)).folders;
  } catch (cause) {
    throw new CircuitError('file-damaged', `${file} is not a list of folders.`, 'Correct or remove it.', { cause });
  }
}

/** Adds a folder, or moves it to the end. The file is written whole or not at all. Errors: `file-write`. */
export async function rememberFolder(chosen: ChosenFolder, file: string = chosenFoldersFile()): Promise<void> {
  const added = { ...chosen, folder: resolve(chosen.folder) };
  const others = (await chosenFolders(file)).filter(({ folder }) => folder !== added.folder);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomically(file, [`${JSON.stringify({ folders: [...others, added] }, null, 2)}\n`]);
}
