import { cachePlace, freeBytes, presence, sizeOf } from './cache-writer.ts';
import type { HubSettings } from './environment.ts';
import type { HubFile } from './repository-files.ts';

/** Files of one repository at one commit. */
export interface ImportPart {
  readonly repo: string;
  /** As it was asked for. */
  readonly revision: string;
  readonly commit: string;
  readonly files: readonly HubFile[];
}

/** What an import takes, in bytes. */
export interface ImportSize {
  readonly files: number;
  readonly total: number;
  /** Of these, what is in the cache, whole or in part. */
  readonly present: number;
  /** What is left to download, and to find room for. */
  readonly missing: number;
  /** On the disk of the cache; null where the system does not say. */
  readonly free: number | null;
}

/** Free space that is left over after an import: a full disk stops other programs. */
export const DISK_MARGIN = 256 * 2 ** 20;

/** Looks at the cache and at the disk. */
export async function importSize(parts: readonly ImportPart[], settings: HubSettings): Promise<ImportSize> {
  let total = 0;
  let present = 0;
  const seen = new Set<string>();
  for (const { repo, commit, files } of parts) {
    for (const file of files) {
      const place = cachePlace(settings.cache, repo, commit, file);
      if (seen.has(place.blob)) continue;
      seen.add(place.blob);
      total += file.size;
      const whole = (await presence(place, file.size)) !== 'none';
      present += whole ? file.size : Math.min(file.size, (await sizeOf(place.incomplete)) ?? 0);
    }
  }
  const free = (await freeBytes(settings.cache)) ?? null;
  return {
    files: parts.reduce((sum, { files }) => sum + files.length, 0),
    total,
    present,
    missing: total - present,
    free,
  };
}
