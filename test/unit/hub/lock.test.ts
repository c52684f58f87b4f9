import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import { hostname } from 'node:os';
import { mkdir, readdir, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, test } from 'node:test';
import { ownerFile, withLock } from '../../../src/checkpoint/hub/lock.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const FLOCK = 'flock';
const hasFlock = spawnSync(FLOCK, ['--version']).error === undefined;

describe('locks', () => {
  test('in one process, one after the other; a failure does not keep the next one out', async t => {
    const path = join(await temporaryFolder(t), 'sub/a.lock');
    const order: string[] = [];
    const work = (name: string, fails = false) =>
      withLock(path, undefined, async () => {
        order.push(`${name} begins`);
        await sleep(30);
        order.push(`${name} ends`);
        if (fails) throw new Error(name);
      });
    const results = await Promise.allSettled([work('first', true), work('second'), work('third')]);
    assert.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled', 'fulfilled'],
    );
    assert.deepEqual(order, [
      'first begins',
      'first ends',
      'second begins',
      'second ends',
      'third begins',
      'third ends',
    ]);
  });

  test(
    "another program's flock (Python's huggingface_hub) is waited for, and ours keeps it out",
    { skip: !hasFlock },
    async t => {
      const path = join(await temporaryFolder(t), 'a.lock');
      const other = spawn(FLOCK, [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
      other.stdin.write('.');
      await new Promise(resolve => other.stdout.once('data', resolve));
      let entered = false;
      const ours = withLock(path, undefined, async () => {
        entered = true;
        assert.notEqual(spawnSync(FLOCK, ['-n', path, 'true']).status, 0, 'not held against others');
        await Promise.resolve();
      });
      await sleep(200);
      assert.equal(entered, false);
      other.stdin.end();
      await ours;
      assert.equal(entered, true);
      assert.equal(spawnSync(FLOCK, ['-n', path, 'true']).status, 0, 'not released');
    },
  );

  test('waiting can be cancelled', { skip: !hasFlock }, async t => {
    const path = join(await temporaryFolder(t), 'a.lock');
    const other = spawn(FLOCK, [path, 'cat'], { stdio: ['pipe', 'pipe', 'ignore'] });
    t.after(() => other.stdin.end());
    other.stdin.write('.');
    await new Promise(resolve => other.stdout.once('data', resolve));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 50);
    await assertFails(() => withLock(path, { signal: controller.signal }, () => Promise.resolve()), 'cancelled');
  });
});

describe('locks that end early', () => {
  test('cancelling at any moment leaves none behind', { skip: !hasFlock }, async t => {
    const path = join(await temporaryFolder(t), 'a.lock');
    for (let delay = 0; delay < 30; delay += 2) {
      const controller = new AbortController();
      const work = withLock(path, { signal: controller.signal }, () => sleep(5));
      await sleep(delay);
      controller.abort();
      await work.catch(() => undefined);
      assert.equal(spawnSync(FLOCK, ['-w', '5', path, 'true']).status, 0, `after ${delay} ms`);
    }
  });

  test('releasing does not hang when the lock was lost', { skip: !hasFlock }, async t => {
    const path = join(await temporaryFolder(t), 'a.lock');
    await withLock(path, undefined, async () => {
      spawnSync('sh', [
        '-c',
        `for p in $(ps -eo pid,args | grep '[f]lock ${path}' | awk '{print $1}'); do kill -9 $p; done`,
      ]);
      await sleep(50);
    });
  });
});

describe('locks by a file, where there is no flock', () => {
  test('the second waits for the first; nothing is left', async t => {
    const path = join(await temporaryFolder(t), 'a.lock.owner');
    const release = await ownerFile(path, undefined);
    let second = false;
    const waiting = ownerFile(path, undefined).then(async releaseSecond => {
      second = true;
      await releaseSecond();
    });
    await sleep(400);
    assert.equal(second, false);
    await release();
    await waiting;
    assert.deepEqual(await readdir(dirname(path)), []);
  });

  test('a process that has ended, or was silent for long, holds no lock', async t => {
    const folder = await temporaryFolder(t);
    const ended = spawnSync(process.execPath, ['-e', '']).pid;
    const dead = join(folder, 'dead');
    await writeFile(dead, JSON.stringify({ pid: ended, host: hostname() }));
    await (
      await ownerFile(dead, undefined)
    )();
    const silent = join(folder, 'silent');
    await writeFile(silent, JSON.stringify({ pid: 1, host: 'another machine' }));
    await utimes(silent, new Date(0), new Date(0));
    await (
      await ownerFile(silent, undefined)
    )();
    assert.deepEqual(await readdir(folder), []);
  });

  test('one on another machine is waited for while it is alive', async t => {
    const path = join(await temporaryFolder(t), 'a');
    await writeFile(path, JSON.stringify({ pid: 1, host: 'another machine' }));
    const controller = new AbortController();
    setTimeout(() => controller.abort(), 100);
    await assertFails(() => ownerFile(path, { signal: controller.signal }), 'cancelled');
    assert.ok((await stat(path)).isFile());
  });

  test('a folder that cannot be written', async t => {
    const folder = await temporaryFolder(t);
    await mkdir(join(folder, 'a'));
    await writeFile(join(folder, 'file'), '');
    await assertFails(
      () => withLock(join(folder, 'file/sub/a.lock'), undefined, () => Promise.resolve()),
      'file-write',
    );
  });
});
