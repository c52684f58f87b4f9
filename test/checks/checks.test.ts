import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';

const ROOT = path.join(import.meta.dirname, '..', '..');

/** The tools that hold the source to its rules; each prints what it found when it finds something. */
const CHECKS: readonly (readonly [name: string, ...command: string[]])[] = [
  ['types', 'tsc'],
  ['lint', 'eslint', '.'],
  ['format', 'prettier', '--check', '.'],
  ['arrows between rooms', 'depcruise', 'src', 'test', 'models', 'scripts', 'extension', 'webview'],
  ['types of the pages', 'tsc', '-p', 'webview/tsconfig.json'],
  ['unused code', 'knip'],
];

for (const [name, program, ...args] of CHECKS) {
  test(name, () => {
    const { status, stdout, stderr } = spawnSync('npx', ['--no-install', program, ...args], {
      cwd: ROOT,
      encoding: 'utf8',
      shell: process.platform === 'win32',
    });
    assert.equal(status, 0, `${stdout}\n${stderr}`);
  });
}
