/**
 * How long the graph panel takes for graphs of growing size: `tsx test/bench/webview/panel.ts`. In chromium without a
 * graphics card, so a desktop is quicker; what counts is what a change does to the numbers.
 */
import type { Page } from 'playwright-core';
import { layeredGraph } from '../../unit/webview/graphs.ts';
import { skipReason, TestBrowser } from '../../webview/support/browser.ts';
import { snapshotOf } from '../../webview/support/snapshots.ts';

const GRAPHS = [
  { name: '100 / 1,000', graph: layeredGraph(5, 5, 3, 12) },
  { name: '1,000 / 10,000', graph: layeredGraph(10, 20, 4, 12) },
  { name: '10,000 / 100,000', graph: layeredGraph(20, 25, 19, 11) },
];

/** Milliseconds until what an action caused has been drawn: two frames later. */
async function timed(page: Page, act: string): Promise<number> {
  return page.evaluate<number>(`new Promise(resolve => {
    const start = performance.now();
    ${act};
    requestAnimationFrame(() => requestAnimationFrame(() => resolve(performance.now() - start)));
  })`);
}

/** The median time between frames while the drawing is dragged about. */
async function frameTime(page: Page): Promise<number> {
  const stage = await page.locator('.stage').boundingBox();
  if (stage === null) return NaN;
  await page.evaluate(`(() => {
    globalThis.frames = [];
    let last = performance.now();
    const tick = now => { frames.push(now - last); last = now; requestAnimationFrame(tick); };
    requestAnimationFrame(tick);
  })()`);
  const [x, y] = [stage.x + 60, stage.y + 20];
  await page.mouse.move(x, y);
  await page.mouse.down();
  for (let step = 0; step < 40; step++) await page.mouse.move(x + step * 5, y + step * 2);
  await page.mouse.up();
  const frames = await page.evaluate<number[]>('frames.slice(2).sort((a, b) => a - b)');
  return frames[Math.floor(frames.length / 2)];
}

const setSlider = (value: number): string => `(() => {
  const slider = document.querySelector('.slider input');
  slider.value = '${value}';
  slider.dispatchEvent(new Event('input', { bubbles: true }));
})()`;

if (skipReason !== false) throw new Error(skipReason);
const browser = new TestBrowser();
await browser.start();
console.log('nodes / edges      | open | prune | select | search | frame of a drag   (ms)');
for (const { name, graph } of GRAPHS) {
  const start = Date.now();
  const snapshot = snapshotOf(graph, { investigation: null, readOnly: true });
  const { page } = await browser.open({ page: 'graph', theme: 'dark', snapshot });
  await page.locator('[data-test=counts]').waitFor({ timeout: 120_000 });
  await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
  const open = Date.now() - start;
  const prune = await timed(page, setSlider(0.97));
  await timed(page, setSlider(1));
  const select = await timed(page, `document.querySelectorAll('.lists .row')[5].click()`);
  const search = await timed(
    page,
    `(() => { const field = document.querySelector('.search vscode-text-field'); field.value = 'L3'; field.dispatchEvent(new Event('input')); })()`,
  );
  await page.locator('.stage').press('Escape');
  const frame = await frameTime(page);
  const row = [open, prune, select, search, frame].map(value => value.toFixed(0).padStart(5)).join(' | ');
  console.log(`${name.padEnd(18)} | ${row}`);
  await page.close();
}
await browser.stop();
