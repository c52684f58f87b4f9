/** A graphics device that is really lost, or has no memory left, in the middle of a trace: by a driver that says so. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { LosingAnswer } from './trace-and-lose.ts';

const run = promisify(execFile);
const CASE = 'llama3-plt-relu-skip';
/** The driver that is passed on to is known where one is named: npm run test:gpu -- --software. */
const drivers = process.env.VK_DRIVER_FILES;

describe('a device that fails in the middle of a trace', { skip: drivers === undefined && 'needs --software' }, () => {
  let folder: string;
  let environment: NodeJS.ProcessEnv;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'circuit-losing-'));
    const { ICD } = JSON.parse(await readFile(drivers!, 'utf8')) as { ICD: { library_path: string } };
    const library = join(folder, 'losing.so');
    await run('cc', ['-shared', '-fPIC', '-Wall', '-o', library, join(import.meta.dirname, 'losing-driver.c'), '-ldl']);
    const icd = { file_format_version: '1.0.0', ICD: { library_path: library, api_version: '1.3.0' } };
    await writeFile(join(folder, 'driver.json'), JSON.stringify(icd));
    environment = {
      ...process.env,
      VK_DRIVER_FILES: join(folder, 'driver.json'),
      LOSING_DRIVER: ICD.library_path,
      LOSING_WHEN: join(folder, 'now'),
    };
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const lose = async (read: number, how: 'lost' | 'memory' | 'never'): Promise<LosingAnswer> => {
    await rm(join(folder, 'now'), { force: true });
    const args = ['--import', 'tsx', join(import.meta.dirname, 'trace-and-lose.ts'), CASE, String(read), how];
    // It ends itself by a signal once it has answered.
    const stdout = await new Promise<string>(resolve => {
      execFile(process.execPath, args, { env: environment }, (_error, text) => resolve(text));
    });
    return JSON.parse(/^answer:(.*)$/m.exec(stdout)?.[1] ?? 'null') as LosingAnswer;
  };

  for (const [read, how, words] of [
    [1, 'lost', /WebGPU failed .*\(the graphics device was lost\)\. The CPU goes on/],
    [3, 'lost', /WebGPU failed .*\(the graphics device was lost\)\. The CPU goes on/],
    [3, 'memory', /WebGPU failed .*\(.+\)\. The CPU goes on/],
  ] as const) {
    test(`${how} at read ${read}: the CPU goes on to the same graph`, async t => {
      const { readsBefore, provider, notices, error } = await lose(read, how);
      t.diagnostic(`${readsBefore} reads on WebGPU; largest error ${error.toExponential(1)}`);
      assert.equal(readsBefore, read - 1, 'reads that WebGPU did before');
      assert.deepEqual([provider, notices.length], ['cpu', 1]);
      assert.match(notices[0], words);
      assert.ok(error < 2e-6, `off by ${error}`);
    });
  }

  test('the driver that is passed on to does all the work while nothing is lost', async () => {
    const { provider, notices, error } = await lose(1e9, 'never');
    assert.deepEqual([provider, notices], ['webgpu', []]);
    assert.ok(error < 1e-4);
  });
});
