import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { launchBrowser } from '../workbench/browser.ts';
import { startServer, type CodeServer, type ServerOptions } from '../workbench/server.ts';
import { Workbench } from '../workbench/workbench.ts';

export const ROOT = join(import.meta.dirname, '..', '..');
/** What a linked extension's folder is called. */
export const EXTENSION_NAME = 'circuit-explorer.circuit-explorer-0.1.0';
/** Where screenshots are left to be looked at. */
export const PICTURES = join(ROOT, '.work', 'pictures');

/** What the graph's page has, and no other page. */
export const COUNTS = '[data-test="counts"]';

/** A workbench with the packaged extension, on a folder of its own. */
export class Session {
  readonly server: CodeServer;
  readonly browser: Browser;
  readonly folder: string;

  constructor(server: CodeServer, browser: Browser, folder: string) {
    this.server = server;
    this.browser = browser;
    this.folder = folder;
  }

  /** With a packaged extension, or one that `options` links. */
  static async start(vsix: string | undefined, options: ServerOptions = {}): Promise<Session> {
    const folder = await mkdtemp(join(tmpdir(), 'circuit-workspace-'));
    await cp(join(ROOT, 'test', 'vscode', 'workspace'), folder, { recursive: true });
    await mkdir(PICTURES, { recursive: true });
    return new Session(
      await startServer({ ...(vsix === undefined ? {} : { vsix }), ...options }),
      await launchBrowser(),
      folder,
    );
  }

  /** With the extension as it is built now, linked and not packed. */
  static async startLinked(options: Omit<ServerOptions, 'vsix' | 'link'> = {}): Promise<Session> {
    await promisify(execFile)('npm', ['run', '--silent', 'build'], { cwd: ROOT });
    return Session.start(undefined, { ...options, link: [ROOT, EXTENSION_NAME] });
  }

  /** The folder in a new window. */
  async open(): Promise<Workbench> {
    const context = await this.browser.newContext({
      viewport: { width: 1500, height: 950 },
      reducedMotion: 'reduce',
    });
    return Workbench.open(await context.newPage(), this.server, this.folder);
  }

  async stop(): Promise<void> {
    await this.browser.close();
    await this.server.stop();
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Builds and packs the extension for this platform; returns the file. */
export async function packedExtension(): Promise<string> {
  const run = promisify(execFile);
  await run('npm', ['run', '--silent', 'package'], { cwd: ROOT, maxBuffer: 1 << 26 });
  return join(ROOT, 'dist', `circuit-explorer-${process.platform}-${process.arch}.vsix`);
}

export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: join(PICTURES, `${name}.png`), animations: 'disabled' });
}
