import { constants } from 'node:fs';
import { copyFile, mkdir, rename, rm, stat, statfs, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { writeFileAtomically } from '../atomic-file.ts';
import { COMMIT, repositoryFolders } from './names.ts';
import { writeError } from './partial-file.ts';
import type { HubFile } from './repository-files.ts';

/** Where one file of a repository goes in the cache. */
export interface CachePlace {
  /** The content, by its hash. */
  readonly blob: string;
  readonly incomplete: string;
  /** The name under which it is read: a link to the content, relative to itself. */
  readonly file: string;
  readonly lock: string;
}

export function cachePlace(cache: string, repo: string, commit: string, { path, checksum }: HubFile): CachePlace {
  const { blobs, snapshots, root } = repositoryFolders(cache, repo);
  const blob = join(blobs, checksum.hash);
  return {
    blob,
    incomplete: `${blob}.incomplete`,
    file: join(snapshots, commit, ...path.split('/')),
    lock: join(cache, '.locks', root.slice(cache.length + 1), `${checksum.hash}.lock`),
  };
}

/** Whether a file is in the cache under its name, and otherwise whether its content is; judged by the size. */
export async function presence({ file, blob }: CachePlace, size: number): Promise<'file' | 'blob' | 'none'> {
  if ((await sizeOf(file)) === size) return 'file';
  return (await sizeOf(blob)) === size ? 'blob' : 'none';
}

export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    entry => (entry.isFile() ? entry.size : undefined),
    () => undefined,
  );
}

/**
 * Gives the content `blob` its name. Where links cannot be made (Windows without the right to), the content itself is
 * moved there, as Python's huggingface_hub does, so that it lies on the disk once. Errors: `file-write`, `disk-full`.
 */
export async function nameContent({ blob, file }: CachePlace, links: boolean): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  try {
    await mkdir(dirname(file), { recursive: true });
    await rm(temporary, { force: true });
    if (links && (await linked(relative(dirname(file), blob), temporary))) {
      await rename(temporary, file);
      return;
    }
    await rename(blob, file).catch(async () => {
      await copyFile(blob, temporary, constants.COPYFILE_FICLONE);
      await rename(temporary, file);
    });
  } catch (cause) {
    await rm(temporary, { force: true });
    throw writeError(file, cause);
  }
}

/** Remembers that a branch or tag points at a commit; written when all that was asked for is there. */
export async function writeReference(cache: string, repo: string, revision: string, commit: string): Promise<void> {
  if (COMMIT.test(revision)) return;
  const path = join(repositoryFolders(cache, repo).refs, ...revision.split('/'));
  await mkdir(dirname(path), { recursive: true }).catch((cause: unknown) => {
    throw writeError(path, cause);
  });
  await writeFileAtomically(path, [commit]);
}

/** Bytes that this user may still write to the disk of `folder`, which need not exist yet; undefined if not known. */
export async function freeBytes(folder: string): Promise<number | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    const found = await statfs(at).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (dirname(at) === at) return undefined;
  }
}

async function linked(target: string, path: string): Promise<boolean> {
  return symlink(target, path, 'file').then(
    () => true,
    () => false,
  );
}
