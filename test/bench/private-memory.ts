import { readFileSync } from 'node:fs';

/** Bytes of private memory of a process (RssAnon: what it wrote, not what it mapped); undefined where it cannot be read. */
export function privateMemory(process: number | 'self' = 'self'): number | undefined {
  try {
    const found = /^RssAnon:\s+(\d+) kB/m.exec(readFileSync(`/proc/${process}/status`, 'latin1'));
    return found === null ? undefined : Number(found[1]) * 1024;
  } catch {
    return undefined;
  }
}
