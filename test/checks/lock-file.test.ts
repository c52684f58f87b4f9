import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

interface LockedPackage {
  dependencies?: Record<string, string>;
  devDependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  resolved?: string;
}

const path = join(import.meta.dirname, '../../package-lock.json');
const { packages } = JSON.parse(readFileSync(path, 'utf8')) as { packages: Record<string, LockedPackage> };

test('npm ci works: everything that a package asks for is in the lock file, for every platform', () => {
  const missing: string[] = [];
  for (const [place, { dependencies, devDependencies, optionalDependencies }] of Object.entries(packages)) {
    for (const name of Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies })) {
      // As Node looks for it: in the package's own node_modules, then in those above.
      const parts = place === '' ? [] : place.split('/node_modules/');
      const folders = parts.map((_, i) => `${parts.slice(0, i + 1).join('/node_modules/')}/node_modules/${name}`);
      if (![...folders, `node_modules/${name}`].some(folder => folder in packages)) missing.push(`${place}: ${name}`);
    }
  }
  assert.deepEqual(missing, []);
});

test('the lock file names no registry', () => {
  const named = Object.entries(packages).filter(([, { resolved }]) => resolved !== undefined);
  assert.deepEqual(named, []);
});
