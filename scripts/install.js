/**
 * Installs what package-lock.json names, if it is not there already: what `npm start` and `npm test` begin with. Plain
 * JavaScript, as nothing is installed yet when it runs.
 *
 * npm writes node_modules/.package-lock.json when it has installed: as long as that is newer than package-lock.json
 * there is nothing to do (a few milliseconds instead of a second). Without it `npm ci` installs exactly what is locked;
 * a developer's older node_modules is brought up to date instead of being removed first.
 */
import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { join } from 'node:path';

const writtenAt = file => statSync(join(process.cwd(), file), { throwIfNoEntry: false })?.mtimeMs;

const locked = writtenAt('package-lock.json');
const installed = writtenAt('node_modules/.package-lock.json');
if (locked === undefined || installed === undefined || installed < locked) {
  const command = installed === undefined ? 'ci' : 'install';
  const { status, error } = spawnSync('npm', [command, '--silent', '--no-audit', '--no-fund'], {
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (error !== undefined) console.error(`npm could not be started: ${error.message}`);
  else if (status !== 0) console.error(`npm ${command} failed: run it by hand to see why.`);
  process.exitCode = status ?? 1;
}
