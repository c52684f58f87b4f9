import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { circuit, filesBelow } from '../support/cli.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

/** Makes the program interrupt itself when it opens its n-th file, and say at the end how many it opened. */
function interruptAtFile(n: number): NodeJS.ProcessEnv {
  const source = `
    import fs from 'node:fs';
    import { syncBuiltinESMExports } from 'node:module';
    const open = fs.promises.open;
    let opened = 0;
    fs.promises.open = (...args) => {
      if (++opened === ${n}) process.kill(process.pid, 'SIGINT');
      return open(...args);
    };
    syncBuiltinESMExports();
    process.on('exit', () => console.error('files opened: ' + opened));`;
  return { NODE_OPTIONS: `--import="data:text/javascript,${encodeURIComponent(source)}"` };
}

describe('Ctrl-C', { skip: process.platform === 'win32' }, () => {
  test('during a trace, at whatever moment: whole files or none, and 130', async t => {
    const path = await referenceCase('llama3-clt-relu');
    const models = [
      '--model',
      join(path, 'model'),
      '--dictionary',
      join(path, 'transcoders'),
      '--tokens',
      '0,5,11,3,29',
    ];
    const args = ['trace', ...models, '--out', 'x.graph.json', '--adjacency', 'x.safetensors'];
    const whole = await temporaryFolder(t);
    const { code, stderr } = await circuit(args, { cwd: whole, env: interruptAtFile(0) });
    assert.equal(code, 0, stderr);
    const opened = Number(/files opened: (\d+)/.exec(stderr)?.[1]);
    assert.ok(opened > 20, stderr);
    const moments = [1, ...[0.2, 0.4, 0.6, 0.8].map(share => Math.round(share * opened)), opened - 1, opened];
    for (const moment of moments) {
      const folder = await temporaryFolder(t);
      const cut = await circuit(args, { cwd: folder, env: interruptAtFile(moment) });
      // The last file may be whole before the signal is heard.
      if (moment < opened || cut.code !== 0) {
        assert.equal(cut.code, 130, cut.stderr);
        assert.match(cut.stderr, /^Cancelling .*\ncircuit trace: The work was cancelled\.\n {2}No result/);
        assert.equal(cut.stdout, '');
      }
      for (const name of await filesBelow(folder)) {
        assert.deepEqual(await readFile(join(folder, name)), await readFile(join(whole, name)), name);
      }
    }
  });

  test('SIGTERM ends with 143, and leaves what a run goes on from', async t => {
    const folder = await temporaryFolder(t);
    const path = await referenceCase('llama3-plt-jumprelu');
    await writeFile(join(folder, 'c.jsonl'), '[0,5,11,3,7]\n');
    const train = ['train', 'dictionary', '--model', join(path, 'model'), '--corpus', 'c.jsonl', '--out', 'out'];
    const options = ['--features', '8', '--active', '2', '--batch', '16', '--log-every', '1', '--steps', '100000'];
    let sent = false;
    const { code, stderr } = await circuit([...train, ...options], {
      cwd: folder,
      onOutput: (child, text) => {
        if (!sent && text.includes('step 2 of')) sent = child.kill('SIGTERM');
      },
    });
    assert.equal(code, 143, stderr);
    assert.deepEqual(await filesBelow(folder), ['c.jsonl', 'out/training/settings.json']);
  });
});
