/** `npm start` as a person runs it, from the address that it prints to Ctrl-C. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { temporaryFolder } from '../support/temporary.ts';
import { launchBrowser } from '../workbench/browser.ts';
import { Workbench } from '../workbench/workbench.ts';
import { COUNTS, picture, ROOT } from './session.ts';
import { until } from './until.ts';

/** A PATH without VS Code; npm and node stand beside each other. */
const ENVIRONMENT = { ...process.env, PATH: `${dirname(process.execPath)}:/usr/bin:/bin` };

/** In a process group of its own, as a terminal starts it. */
function npmStart(
  words: readonly string[] = [],
  env: NodeJS.ProcessEnv = ENVIRONMENT,
): { readonly child: ChildProcess; readonly said: () => string } {
  const child = spawn('npm', ['start', ...words], { cwd: ROOT, env, detached: true });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => (said += data.toString()));
  return { child, said: () => said };
}

/** Command lines of running processes. */
function running(): string[] {
  const processes = readdirSync('/proc').filter(name => /^\d+$/.test(name));
  return processes.map(pid => {
    try {
      return readFileSync(join('/proc', pid, 'cmdline'), 'utf8').replaceAll('\0', ' ');
    } catch {
      return '';
    }
  });
}

describe('npm start', { skip: process.platform !== 'linux' }, () => {
  test('prints an address where the extension is open on the sample prompts; Ctrl-C ends all that it started', async () => {
    const { child, said } = npmStart();
    const browser = await launchBrowser();
    try {
      const address = await until(() => Promise.resolve(/http:\S+/.exec(said())?.[0]));
      const { port } = new URL(address);
      assert.equal((await fetch(address)).status, 200);
      const context = await browser.newContext({ viewport: { width: 1500, height: 950 } });
      const page = await context.newPage();
      await page.goto(address);
      await page.locator('.tabs-container .tab', { hasText: 'prompts.md' }).first().waitFor({ timeout: 90_000 });
      await page.locator('.view-line', { hasText: 'containing Dallas is' }).first().click();
      await new Workbench(page).command('Circuit Explorer: Trace Attribution');
      await new Workbench(page).panelFrame(COUNTS);
      await picture(page, 'start');
      const [server] = running().filter(line => line.includes(`--port ${port} `));
      const profile = /--user-data-dir (\S+)\/data /.exec(server)?.[1] ?? '';
      assert.ok(existsSync(profile), `no profile in ${server}`);

      process.kill(-child.pid!, 'SIGINT');
      await once(child, 'exit');
      const left = (): string[] => running().filter(line => line.includes(profile) || line.includes(`--port ${port} `));
      await until(() => Promise.resolve(left().length === 0 && !existsSync(profile) ? true : undefined));
      await assert.rejects(fetch(address));
    } finally {
      await browser.close();
      if (child.exitCode === null && child.signalCode === null) process.kill(-child.pid!, 'SIGTERM');
    }
  });

  test('with a prompt it traces that in the terminal', async t => {
    const out = join(await temporaryFolder(t), 'opposite.graph.json');
    const { child, said } = npmStart(['--', 'the opposite of small in French is', '--out', out]);
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, said());
    assert.match(said(), /Next token after "the opposite of small in French is"/);
    assert.ok(existsSync(out));
    assert.doesNotMatch(said(), /http:\/\/127/);
  });

  test('where `code` is on the PATH it opens that on the sample prompts, with the extension of this folder', async t => {
    const folder = await temporaryFolder(t);
    const heard = join(folder, 'heard');
    // Stands for VS Code, and says what it was asked for.
    await writeFile(join(folder, 'code'), `#!/bin/sh\nprintf '%s\\n' "$@" > ${heard}\n`, { mode: 0o755 });
    const { child, said } = npmStart([], { ...ENVIRONMENT, PATH: `${folder}:${ENVIRONMENT.PATH}` });
    const [code] = (await once(child, 'close')) as [number | null];
    assert.equal(code, 0, said());
    const [extension, workspace, prompts] = readFileSync(heard, 'utf8').trimEnd().split('\n');
    assert.equal(extension, `--extensionDevelopmentPath=${ROOT}`);
    const { main } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly main: string };
    assert.ok(existsSync(join(ROOT, main)));
    assert.equal(dirname(prompts), workspace);
    assert.match(readFileSync(prompts, 'utf8'), /the capital of the state containing Dallas is/);
    assert.doesNotMatch(said(), /http:\/\/127/);
  });
});
