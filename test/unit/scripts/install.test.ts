import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { delimiter, join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import { temporaryFolder } from '../../support/temporary.ts';

const SCRIPT = join(import.meta.dirname, '../../../scripts/install.js');

/** Seconds since 1970. */
type Written = number | undefined;

/** What the script calls npm with, and how it ends, in a project whose files were last written at these times. */
async function install(t: TestContext, locked: Written, installed: Written, npmStatus = 0) {
  const folder = await temporaryFolder(t);
  const write = async (name: string, time: Written): Promise<void> => {
    if (time === undefined) return;
    await writeFile(join(folder, name), '{}');
    await utimes(join(folder, name), time, time);
  };
  await mkdir(join(folder, 'node_modules'));
  await mkdir(join(folder, 'bin'));
  await write('package-lock.json', locked);
  await write('node_modules/.package-lock.json', installed);
  await writeFile(join(folder, 'bin/npm'), `#!/bin/sh\necho "$1" > called\nexit ${npmStatus}\n`, { mode: 0o755 });
  const { status, stderr } = spawnSync(process.execPath, [SCRIPT], {
    cwd: folder,
    env: { ...process.env, PATH: `${join(folder, 'bin')}${delimiter}${process.env.PATH ?? ''}` },
    encoding: 'utf8',
  });
  const called = await readFile(join(folder, 'called'), 'utf8').catch(() => 'nothing\n');
  return { status, stderr, called: called.trim() };
}

describe('the installation before npm start and npm test', { skip: process.platform === 'win32' }, () => {
  test('does nothing when what is installed is newer than what is locked', async t => {
    assert.deepEqual(await install(t, 1000, 2000), { status: 0, stderr: '', called: 'nothing' });
  });

  test('installs exactly what is locked where nothing is installed', async t => {
    assert.equal((await install(t, 1000, undefined)).called, 'ci');
  });

  test('brings an older installation up to date', async t => {
    assert.equal((await install(t, 2000, 1000)).called, 'install');
  });

  test('fails when npm fails, and says what to run', async t => {
    const { status, stderr } = await install(t, 1000, undefined, 7);
    assert.equal(status, 7);
    assert.match(stderr, /npm ci failed: run it by hand/);
  });
});
