import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../../webview/protocol.ts';
import { skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { exampleCard } from './support/cards.ts';
import { tracedSnapshot } from './support/snapshots.ts';
import { THEME_NAMES } from './support/themes.ts';

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly help: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

describe('accessibility of the pages', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let axe: string;
  let snapshot: Snapshot;
  before(async () => {
    await browser.start();
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    if (skipReason === false) snapshot = await tracedSnapshot();
  });
  after(() => browser.stop());

  async function assertAccessible({ page }: OpenPage, what: string): Promise<void> {
    // Through the debugger, which the page's policy does not bind.
    await page.evaluate(axe);
    const { violations, passes } = await page.evaluate<{ violations: Violation[]; passes: number }>(
      'axe.run().then(({ violations, passes }) => ({ violations, passes: passes.length }))',
    );
    assert.ok(passes > 10, 'rules were applied');
    const serious = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
    const told = serious.map(
      ({ id, help, nodes }) =>
        `${id}: ${help}\n${nodes
          .slice(0, 3)
          .map(({ html, failureSummary }) => `  ${html}\n  ${failureSummary}`)
          .join('\n')}`,
    );
    assert.deepEqual(told, [], what);
  }

  for (const theme of THEME_NAMES) {
    test(`graph panel, ${theme}`, async () => {
      const open = await browser.open({ page: 'graph', theme, snapshot });
      const { page } = open;
      await page.locator('[data-test=counts]').waitFor();
      await assertAccessible(open, 'at first');
      await page.locator('.lists .row').nth(3).click();
      await page.getByRole('button', { name: 'Filter' }).click();
      await assertAccessible(open, 'with a selection and filters');
      await page.keyboard.press('Escape');
      await page.getByRole('button', { name: 'Legend and keys' }).click();
      await assertAccessible(open, 'with legend and keys');
      await page.close();
    });

    test(`feature card, ${theme}`, async () => {
      const open = await browser.open({ page: 'card', theme, card: exampleCard() }, { width: 360, height: 900 });
      await open.page.locator('h1').waitFor();
      await assertAccessible(open, 'the card');
      await open.page.close();
    });
  }
});
