import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { Session } from './session.ts';

/** The engines of a session's workbench, and of no other that runs on this machine: process ids. */
export function engines(session: Session): number[] {
  const list = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8' });
  return list
    .split('\n')
    .filter(line => line.includes('engine.js'))
    .map(line => Number.parseInt(line, 10))
    .filter(pid => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'utf8').includes(`HOME=${session.server.folder}\0`);
      } catch {
        return false;
      }
    });
}
