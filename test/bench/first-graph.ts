/**
 * How long a person waits for a graph in the workbench, from the key to the drawn graph, with the embedded model:
 * `npx tsx test/bench/first-graph.ts` after a build. In chromium without a graphics card, so a desktop is quicker.
 *
 *   window and engine new   the first command of a new window: extension, engine and page all start
 *   engine new              the engine was ended before; the window has shown a graph
 *   engine warm             the engine has the model open
 */
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { name, publisher, version } from '../../package.json';
import { launchBrowser } from '../workbench/browser.ts';
import { startServer } from '../workbench/server.ts';
import { Workbench } from '../workbench/workbench.ts';
import { formatTable, median } from './statistics.ts';

const ROOT = join(import.meta.dirname, '..', '..');
const EXTENSION = `${publisher}.${name}`;
/** Windows, each measured `REPEATS` times, as the first argument. */
const WINDOWS = Number(process.argv.at(2) ?? 3);
const REPEATS = 5;
const SETTLING_MS = 8000;
const GRAPH = '[data-test="counts"]';

/** In a page: when the graph has been drawn, two frames after its counts are shown; null where there is none. */
const DRAWN = `document.querySelector('${GRAPH}')?.textContent
  ? new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(() => drawn(Date.now()))))
  : null`;
/** Between two looks; seconds are measured no finer. */
const LOOK_MS = 10;
const LONGEST_MS = 60_000;

const folder = await mkdtemp(join(tmpdir(), 'circuit-bench-'));
await cp(join(ROOT, 'test', 'vscode', 'workspace'), folder, { recursive: true });
const seconds: Record<'window and engine new' | 'engine new' | 'engine warm', number[]> = {
  'window and engine new': [],
  'engine new': [],
  'engine warm': [],
};
let activation = '';
for (let window = 0; window < WINDOWS; window++) {
  const server = await startServer({ link: [ROOT, `${EXTENSION}-${version}`] });
  const browser = await launchBrowser();
  const context = await browser.newContext({ viewport: { width: 1500, height: 950 } });
  const workbench = await Workbench.open(await context.newPage(), server, folder);
  await workbench.openFile('prompts.txt');
  // The extension host starts a moment after the window is shown; the extension with its first command.
  await workbench.page.waitForTimeout(SETTLING_MS);
  seconds['window and engine new'].push(await timedTrace(workbench));
  for (let i = 0; i < REPEATS; i++) {
    await workbench.command('Circuit Explorer: Restart Engine');
    seconds['engine new'].push(await timedTrace(workbench));
  }
  for (let i = 0; i < REPEATS; i++) seconds['engine warm'].push(await timedTrace(workbench));
  activation = await activationTime(workbench);
  await browser.close();
  await server.stop();
}
await rm(folder, { recursive: true, force: true });
const rows = Object.entries(seconds).map(([what, values]) => [
  what,
  String(values.length),
  ...[median(values), Math.min(...values), Math.max(...values)].map(value => value.toFixed(2)),
]);
console.log(formatTable(['seconds to the graph', 'runs', 'median', 'least', 'most'], rows));
console.log(`\nThe workbench's own account of the extension: ${activation}`);

/** Seconds from the key to the graph; its tab is closed afterwards. */
async function timedTrace(workbench: Workbench): Promise<number> {
  const { page } = workbench;
  await page.locator('.view-line', { hasText: 'Dallas is' }).first().click();
  await page.waitForTimeout(1000);
  const start = Date.now();
  await page.keyboard.press('Control+Alt+T');
  const drawn = await graphDrawn(page, start + LONGEST_MS);
  await workbench.tab('fact-the-capital').click({ button: 'middle' });
  await workbench.tab('fact-the-capital').waitFor({ state: 'detached' });
  return (drawn - start) / 1000;
}

/** When a graph was drawn, in milliseconds of the clock. */
async function graphDrawn(page: Page, until: number): Promise<number> {
  for (;;) {
    for (const frame of page.frames()) {
      const drawn = await frame.evaluate<number | null>(DRAWN).catch(() => null);
      if (drawn !== null) return drawn;
    }
    if (Date.now() > until) throw new Error(`No graph after ${LONGEST_MS / 1000} s.`);
    await page.waitForTimeout(LOOK_MS);
  }
}

/** What "Show Running Extensions" says: "Activation: 12ms". */
async function activationTime(workbench: Workbench): Promise<string> {
  await workbench.command('Developer: Show Running Extensions');
  const row = workbench.page.locator('.runtime-extensions-editor .monaco-list-row', { hasText: 'Circuit Explorer' });
  await row.first().waitFor();
  return /Activation: \d+ms/.exec(await row.first().innerText())?.[0] ?? 'not shown';
}
