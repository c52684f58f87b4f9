import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this program keeps what it can make again, by the platform's custom; `CIRCUIT_CACHE` puts it elsewhere. */
export function cacheFolder(environment: Readonly<Record<string, string | undefined>> = process.env): string {
  const { CIRCUIT_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (CIRCUIT_CACHE) return CIRCUIT_CACHE;
  if (process.platform === 'win32') return join(LOCALAPPDATA ?? homedir(), 'circuit-explorer', 'cache');
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'circuit-explorer');
  return join(XDG_CACHE_HOME ? XDG_CACHE_HOME : join(homedir(), '.cache'), 'circuit-explorer');
}
