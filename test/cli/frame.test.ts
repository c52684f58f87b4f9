import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { assertRefuses, circuit, program } from '../support/cli.ts';
import { referenceCase } from '../support/reference.ts';
import { temporaryFolder } from '../support/temporary.ts';

describe('the program', () => {
  test('help of the program, of a group and of a command; the version', async () => {
    const help = await circuit(['--help']);
    assert.equal(help.code, 0);
    assert.match(help.stdout, /^ {2}trace /m);
    assert.match(help.stdout, /^ {2}train dictionary /m);
    assert.ok(!help.stdout.includes('__probe'));
    assert.equal((await circuit([])).stdout, help.stdout);
    assert.equal((await circuit(['help', 'graph'])).stdout, (await circuit(['graph', '-h'])).stdout);
    assert.match((await circuit(['features', '--help'])).stdout, /features list[\s\S]*features show/);
    assert.match((await circuit(['--version'])).stdout, /^\d+\.\d+\.\d+\n$/);
  });

  test('unknown commands and options name the nearest and end with 2', async () => {
    await assertRefuses(['trcae'], 2, ['no command "trcae"', 'circuit trace?']);
    await assertRefuses(['features', 'shwo'], 2, ['"features shwo"', 'circuit features show?']);
    await assertRefuses(['frobnicate'], 2, ['no command', 'circuit --help']);
    await assertRefuses(['trace', '--promt', 'x'], 2, ['--promt', '--prompt?']);
    await assertRefuses(['trace', 'Dallas', 'is'], 2, ['"Dallas"', 'quotes']);
    await assertRefuses(['graph'], 2, ['FILE is missing']);
  });

  test('help comes at once', async () => {
    const times: number[] = [];
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      await circuit(['--help']);
      times.push(performance.now() - start);
    }
    const node: number[] = [];
    for (let run = 0; run < 5; run++) {
      const start = performance.now();
      await new Promise(resolve => spawn(process.execPath, ['-e', '0']).on('close', resolve));
      node.push(performance.now() - start);
    }
    // Node itself takes 40 ms on an idle machine: measured beside it, as machines are not idle.
    const extra = Math.min(...times) - Math.min(...node);
    assert.ok(extra < Math.max(160, 3 * Math.min(...node)), `${extra} ms more than node itself`);
  });

  test('stacks are shown only when asked for', async () => {
    const { code, stderr } = await circuit(['graph', 'nowhere.json', '--debug']);
    assert.equal(code, 3);
    assert.match(stderr, /^ {4}at /m);
    assert.match((await circuit(['graph', 'nowhere.json'], { env: { CIRCUIT_DEBUG: '1' } })).stderr, /^ {4}at /m);
  });

  test('a reader that goes away is no error', async () => {
    const path = await referenceCase('llama3-plt-jumprelu');
    const script = `"$NODE" "$PROGRAM" features list --dictionary "$CASE" --limit 100000 | head -n 1; echo "\${PIPESTATUS[0]}"`;
    const env = { ...process.env, NODE: process.execPath, PROGRAM: await program(), CASE: join(path, 'transcoders') };
    const { stdout, stderr } = await new Promise<{ stdout: string; stderr: string }>(resolve => {
      const child = spawn('bash', ['-c', script], { env });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      child.on('close', () => {
        resolve({ stdout, stderr });
      });
    });
    assert.equal(stderr.replace(/^The first.*\n/, ''), '');
    assert.match(stdout, /^feature .*\n0\n$/);
  });

  test('without the embedded model: what is missing is said', async t => {
    const folder = await temporaryFolder(t);
    const { copyFile, mkdir, readdir, symlink, writeFile } = await import('node:fs/promises');
    const dist = join(await program(), '..');
    await mkdir(join(folder, 'dist'));
    for (const name of (await readdir(dist)).filter(file => file.endsWith('.js')))
      await copyFile(join(dist, name), join(folder, 'dist', name));
    await writeFile(join(folder, 'package.json'), '{"type":"module"}');
    await symlink(join(dist, '../node_modules'), join(folder, 'node_modules'));
    const child = spawn(process.execPath, [join(folder, 'dist/circuit.js'), 'demo']);
    let stderr = '';
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    const code = await new Promise(resolve => child.on('close', resolve));
    assert.equal(code, 3, stderr);
    assert.match(stderr, /The embedded model is not in .*models\/pack/);
  });
});
