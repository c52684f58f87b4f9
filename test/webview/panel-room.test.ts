/** The graph panel at the widths that it has beside an editor: what can be read, and how the room is shared out. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../../webview/protocol.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { tracedSnapshot } from './support/snapshots.ts';

/** Of half a window of 1500 pixels, without and with the sidebar; of half a window of 1920. */
const WIDTHS = [724, 570, 930];

describe('room in the graph panel', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let snapshot: Snapshot;
  before(async () => {
    await browser.start();
    if (skipReason === false) snapshot = await tracedSnapshot();
  });
  after(() => browser.stop());

  async function withPanel(width: number, use: (open: OpenPage) => Promise<void>): Promise<void> {
    const open = await browser.open({ page: 'graph', theme: 'dark', snapshot }, { width, height: 860 });
    await open.page.locator('[data-test=counts]').waitFor();
    // Laid out for its own room, not for the first guess.
    await open.page.waitForTimeout(400);
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  for (const width of WIDTHS) {
    test(`${width} pixels: names are drawn at full size and nothing runs over`, async () => {
      await withPanel(width, async ({ page, send }) => {
        const zoom = Number(await page.locator('.stage').getAttribute('data-zoom'));
        assert.ok(zoom >= 0.95, `zoom ${zoom}`);
        await send({ type: 'command', command: 'export-svg' });
        const content = 'testHost.posted.find(message => message.kind === "svg")?.content';
        await eventually('there is a picture', async () => (await page.evaluate(content)) !== undefined);
        const svg = await page.evaluate<string>(content);
        // Names in boxes are centred; so are the tokens under the grid.
        const centred = (svg.match(/text-anchor="middle"/g) ?? []).length - snapshot.tokens.length;
        assert.ok(centred >= 15, `${centred} names`);
        const over = await page.evaluate<string[]>(`
          [...document.querySelectorAll('.header *, .toolbar *, .lists *, .status *')]
            .filter(one => one.getBoundingClientRect().right > innerWidth + 1 && getComputedStyle(one).clipPath === 'none')
            .map(one => one.className)`);
        assert.deepEqual(over, []);
        const bars = await page.evaluate<number>(
          `document.querySelector('.header').offsetHeight + document.querySelector('.toolbar').offsetHeight`,
        );
        assert.ok(bars <= 150, `${bars} pixels before the drawing begins`);
      });
    });
  }

  test('the lists are given room by keyboard and pointer, and it is kept', async () => {
    await withPanel(724, async ({ page }) => {
      const height = (): Promise<number> => page.evaluate<number>(`document.querySelector('.lists').offsetHeight`);
      const before = await height();
      const splitter = page.getByRole('separator');
      await splitter.focus();
      await page.keyboard.press('ArrowUp');
      await eventually('they are higher', async () => (await height()) > before + 5);
      const { x = 0, y = 0, width = 0 } = (await splitter.boundingBox()) ?? {};
      await page.mouse.move(x + width / 2, y);
      await page.mouse.down();
      await page.mouse.move(x + width / 2, y - 100, { steps: 4 });
      await page.mouse.up();
      await eventually('they follow the pointer', async () => (await height()) > before + 90);
      const kept = await page.evaluate<{ listsShare: number }>('testHost.state');
      assert.ok(kept.listsShare > 0.35);
      await splitter.dblclick();
      await eventually('the usual size', async () => (await height()) === before);
    });
  });

  test('zoom and full screen have their buttons in the drawing', async () => {
    await withPanel(724, async ({ page, posted }) => {
      const zoom = async (): Promise<number> => Number(await page.locator('.stage').getAttribute('data-zoom'));
      const fitted = await zoom();
      await page.getByRole('button', { name: 'Zoom in' }).click();
      await eventually('it is larger', async () => (await zoom()) > fitted * 1.2);
      await page.getByRole('button', { name: 'Show all' }).click();
      await eventually('all is shown', async () => (await zoom()) === fitted);
      await page.getByRole('button', { name: 'Full screen' }).click();
      await eventually('it is asked for', async () =>
        (await posted('run')).some(({ command }) => command === 'circuit.graph.fullScreen'),
      );
    });
  });
});
