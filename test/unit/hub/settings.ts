import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { HubSettings } from '../../../src/checkpoint/hub/environment.ts';
import { commitOfRevision, repositoryFiles } from '../../../src/checkpoint/hub/repository-files.ts';
import type { ImportPart } from '../../../src/checkpoint/hub/import-plan.ts';
import { HubServer } from '../../support/hub-server.ts';
import { temporaryFolder } from '../../support/temporary.ts';

/** A hub and an empty cache; tries again after a millisecond. */
export async function hubAndCache(test: TestContext): Promise<{ server: HubServer; settings: HubSettings }> {
  const server = await new HubServer().start(test);
  const cache = join(await temporaryFolder(test), 'hub');
  return { server, settings: settingsFor(server, cache) };
}

export function settingsFor(server: HubServer, cache: string): HubSettings {
  return {
    endpoint: server.endpoint,
    cache,
    token: undefined,
    offline: false,
    silence: 5000,
    attempts: 3,
    firstDelay: 1,
    proxy: undefined,
    links: true,
  };
}

/** All files of a revision, as the hub lists them. */
export async function wholePart(repo: string, settings: HubSettings, revision = 'main'): Promise<ImportPart> {
  const commit = await commitOfRevision(repo, revision, settings);
  return { repo, revision, commit, files: await repositoryFiles(repo, commit, '', settings) };
}

/** Everything below a folder: contents of files by their paths, links followed. */
export async function contents(folder: string): Promise<Record<string, string>> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries.filter(entry => !entry.isDirectory()).map(entry => join(entry.parentPath, entry.name));
  const read = files.map(async file => [
    file.slice(folder.length + 1).replaceAll('\\', '/'),
    await readFile(file, 'latin1'),
  ]);
  return Object.fromEntries((await Promise.all(read)).sort(([a], [b]) => (a < b ? -1 : 1))) as Record<string, string>;
}

/** Bytes that look like nothing in particular, the same each time. */
export function noise(length: number, seed = 1): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0, state = seed; i < length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}
