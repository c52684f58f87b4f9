import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { layeredGraph } from '../unit/webview/graphs.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { investigationOf, snapshotOf } from './support/snapshots.ts';

/** Milliseconds that the page is busy at a stretch, at most: a busy machine takes several times what a free one does. */
const MOST_BUSY = 15_000;

describe('50,000 nodes in a browser', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let open: OpenPage;
  let page: Page;
  const graph = layeredGraph(24, 20, 104, 2);
  const pinned = graph.nodes.map(({ id }) => id).sort();
  const members = graph.nodes.filter(({ kind }) => kind === 'feature').map(({ id }) => id);

  before(
    async () => {
      await browser.start();
      if (skipReason !== false) return;
      assert.ok(graph.nodes.length > 50_000);
      const settings = { nodeThreshold: 1, edgeThreshold: 1 };
      open = await browser.open({
        page: 'graph',
        theme: 'dark',
        snapshot: snapshotOf(graph, { investigation: investigationOf(graph, { pinned, settings }) }),
      });
      ({ page } = open);
      await page.locator('[data-test=counts]').waitFor({ timeout: 120_000 });
    },
    { timeout: 180_000 },
  );
  after(() => browser.stop());

  /** How long the page answers nothing after something was done to it. */
  async function busyAfter(work: () => Promise<unknown>): Promise<number> {
    const start = Date.now();
    await work();
    await page.evaluate('new Promise(resolve => requestAnimationFrame(() => requestAnimationFrame(resolve)))');
    return Date.now() - start;
  }

  test('all pinned: the graph draws the strongest, and says so', async () => {
    await page.getByText(/^Only the strongest 2000 of 5\d+ nodes are drawn/).waitFor();
    assert.match(await page.locator('[data-test=counts]').innerText(), /^2000 of 5\d+ nodes/);
  });

  test('the subgraph draws the boxes of most influence, and says what to do', async () => {
    const busy = await busyAfter(() => page.getByRole('button', { name: /^Subgraph/ }).click());
    assert.ok(busy < MOST_BUSY, `${busy} ms`);
    const notice = page.locator('[data-test=crowd]');
    await notice.waitFor();
    assert.match(await notice.innerText(), /^Only the 240 boxes of most influence are drawn, of 5\d,\d+\. Group nodes/);
    await page.screenshot({ path: '.work/pictures/subgraph-50000.png' });
    assert.ok((await busyAfter(() => page.getByRole('button', { name: 'Arrange' }).click())) < MOST_BUSY);
  });

  test('searching, one group of them all, opening it: the page stays usable', async () => {
    const supernodes = [{ id: 'g', name: 'all features', members }];
    const grouped = investigationOf(graph, { pinned, supernodes, settings: { nodeThreshold: 1, edgeThreshold: 1 } });
    assert.ok((await busyAfter(() => open.send({ type: 'investigation', investigation: grouped }))) < MOST_BUSY);
    await page.locator('[data-test=counts]').getByText('1 group').waitFor();
    const search = page.getByRole('textbox', { name: 'Search labels' });
    assert.ok((await busyAfter(() => search.fill('#1'))) < MOST_BUSY);
    await eventually('much is found', async () =>
      /\d+ found/.test(await page.locator('[data-test=found]').innerText()),
    );
    await search.press('Escape');
    assert.ok((await busyAfter(() => page.getByRole('button', { name: 'Open groups' }).click())) < MOST_BUSY);
    await page.locator('[data-test=crowd]').waitFor();
    assert.ok((await busyAfter(() => page.getByRole('button', { name: 'Close groups' }).click())) < MOST_BUSY);
    assert.deepEqual(open.troubles, []);
  });
});
