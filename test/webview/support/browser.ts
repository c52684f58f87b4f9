/** A chromium with the pages in it, for the tests of one file. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { chromium, type Browser, type Page } from 'playwright-core';
import type { CardMessage } from '../../../webview/card-protocol.ts';
import type { PanelMessage } from '../../../webview/protocol.ts';
import { servePages, type PageServer, type Shown } from './pages.ts';

/** Where distributions put it; CHROMIUM names another. */
const PLACES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/usr/bin/google-chrome-stable',
];

/** Undefined where there is no browser: tests say so and are skipped. */
export const browserPath = [process.env.CHROMIUM ?? '', ...PLACES].find(path => existsSync(path));
export const skipReason = browserPath === undefined ? 'no chromium here; CHROMIUM=path names one' : false;

export interface OpenPage {
  readonly page: Page;
  /** What the page posted so far; of one type if that is given. */
  readonly posted: <T extends string>(type?: T) => Promise<Extract<PanelMessage | CardMessage, { type: T }>[]>;
  readonly send: (message: unknown) => Promise<void>;
  /** Errors of scripts, broken policies and messages on the console. */
  readonly troubles: string[];
}

export class TestBrowser {
  #browser: Browser | undefined;
  #server: PageServer | undefined;

  async start(): Promise<void> {
    if (browserPath === undefined) return;
    this.#server = await servePages();
    this.#browser = await chromium.launch({ executablePath: browserPath, args: ['--no-sandbox'] });
  }

  async stop(): Promise<void> {
    await this.#browser?.close();
    await this.#server?.close();
  }

  async open(shown: Shown, viewport = { width: 1200, height: 800 }): Promise<OpenPage> {
    assert.ok(this.#browser !== undefined && this.#server !== undefined, 'the browser runs');
    const page = await this.#browser.newPage({ viewport });
    const troubles: string[] = [];
    page.on('console', message => {
      if (message.type() === 'error' || message.type() === 'warning') troubles.push(message.text());
    });
    page.on('pageerror', error => troubles.push(error.stack ?? error.message));
    await page.goto(this.#server.open(shown));
    return {
      page,
      troubles,
      posted: type =>
        page.evaluate(
          `testHost.posted.filter(m => ${type === undefined ? 'true' : `m.type === ${JSON.stringify(type)}`})`,
        ),
      send: message => page.evaluate(`testHost.send(${JSON.stringify(message)})`),
    };
  }
}

/** Waits until a condition holds, and says what it waited for if it never does. */
export async function eventually(what: string, holds: () => Promise<boolean>, milliseconds = 15_000): Promise<void> {
  const end = Date.now() + milliseconds;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`${what} did not happen`);
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}
