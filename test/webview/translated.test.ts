import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../../webview/protocol.ts';
import { GRAPH_TEXTS } from '../../webview/graph/texts.ts';
import { skipReason, TestBrowser } from './support/browser.ts';
import { investigationOf, tracedSnapshot } from './support/snapshots.ts';

/** Everything that is not from a file: words of the page, on the screen and for screen readers. */
const WORDS = `(() => {
  const own = '.toolbar, .scores, .status, .canvas-tools, .popover, .notice, .empty, .facts, .actions, h2, h3, .caption, .header';
  const fromFiles = '.token, .name, .place, kbd, .popover .chip, .next .chip, .details h2, .number, option, style';
  const texts = [];
  for (const part of document.querySelectorAll(own)) {
    const walker = document.createTreeWalker(part, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const { data, parentElement } = walker.currentNode;
      if (parentElement.closest(fromFiles) === null) texts.push(data);
    }
  }
  for (const one of document.querySelectorAll('[aria-label], [title], [placeholder]')) {
    for (const name of ['aria-label', 'title', 'placeholder']) {
      const value = one.getAttribute(name);
      if (value !== null && one.closest('vscode-text-field') !== one.getRootNode().host) texts.push(value);
    }
  }
  return texts.filter(text => /\\p{L}{2}/u.test(text) && !text.includes('⟦'));
})()`;

describe('the page in another language', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let snapshot: Snapshot;
  before(async () => {
    await browser.start();
    if (skipReason !== false) return;
    const traced = await tracedSnapshot();
    const pinned = traced.graph.nodes
      .filter(({ kind }) => kind === 'feature')
      .slice(0, 3)
      .map(({ id }) => id)
      .sort();
    const supernodes = [{ id: 'g1', name: 'group', members: pinned.slice(0, 2) }];
    snapshot = { ...traced, investigation: investigationOf(traced.graph, { pinned, supernodes }) };
  });
  after(() => browser.stop());

  test('nothing that the page says itself stays English', async () => {
    const texts = Object.fromEntries(GRAPH_TEXTS.map(text => [text, `⟦${text}⟧`]));
    const { page, troubles } = await browser.open({ page: 'graph', theme: 'dark', snapshot, texts });
    await page.locator('[data-test=counts]').waitFor();
    const english = (): Promise<string[]> => page.evaluate<string[]>(WORDS);
    assert.deepEqual(await english(), [], 'at first');
    await page.locator('.lists .row').nth(5).click();
    assert.deepEqual(await english(), [], 'with a selection');
    for (const name of ['Filter', 'Legend and keys']) {
      await page.getByRole('button', { name }).click();
      assert.deepEqual(await english(), [], name);
      await page.keyboard.press('Escape');
    }
    await page.getByRole('button', { name: 'Subgraph' }).click();
    assert.deepEqual(await english(), [], 'in the subgraph');
    await page.getByRole('button', { name: 'Suggest groups' }).click();
    assert.deepEqual(await english(), [], 'with suggestions');
    assert.deepEqual(troubles, []);
    await page.close();
  });
});
