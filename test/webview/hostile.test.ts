import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readFixture } from '../unit/graph/fixtures.ts';
import { layeredGraph } from '../unit/webview/graphs.ts';
import { featureNode } from '../../src/graph/nodes.ts';
import type { AttributionGraph } from '../../src/graph/types.ts';
import { skipReason, TestBrowser } from './support/browser.ts';
import { snapshotOf } from './support/snapshots.ts';

const HOSTILE = '<img src=x onerror="globalThis.broken = true"><script>globalThis.broken = true</script>';

describe('what no graph should do to the panel', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  before(() => browser.start());
  after(() => browser.stop());

  test('markup in labels, tokens, notices and titles stays text', async () => {
    const plain = layeredGraph(4, 3, 3, 4);
    const graph: AttributionGraph = {
      ...plain,
      metadata: { ...plain.metadata, promptTokens: plain.metadata.promptTokens.map(() => HOSTILE) },
      nodes: plain.nodes.map(node => ({
        ...node,
        label: HOSTILE,
        ...(node.kind === 'logit' ? { text: HOSTILE } : {}),
      })),
    };
    const snapshot = snapshotOf(graph, { title: HOSTILE, notices: [HOSTILE] });
    const { page, troubles, send } = await browser.open({ page: 'graph', theme: 'dark', snapshot });
    await page.locator('[data-test=counts]').waitFor();
    await page.locator('.lists .row').first().click();
    await page.locator('.lists .row').first().hover();
    await send({ type: 'busy', text: HOSTILE });
    await send({ type: 'failed', message: HOSTILE, remedy: HOSTILE, canRetry: false });
    await page.getByRole('alert').waitFor();
    assert.ok((await page.locator('body').innerText()).includes('<img src=x'));
    assert.equal(await page.locator('img').count(), 0);
    assert.equal(await page.evaluate('globalThis.broken === undefined'), true);
    assert.deepEqual(troubles, []);
    await page.close();
  });

  test('every fixture of other tools’ graphs opens', async () => {
    for (const name of [
      'all-kinds.json',
      'hostile.json',
      'grouped-labels.json',
      'schema-0.json',
      'saved-subgraph.json',
    ]) {
      const { graph } = await readFixture(name);
      const snapshot = snapshotOf(graph, { investigation: null, readOnly: true });
      const { page, troubles } = await browser.open({ page: 'graph', theme: 'light', snapshot });
      await page.locator('[data-test=counts]').getByText(`of ${graph.nodes.length} nodes`).waitFor();
      assert.deepEqual(troubles, [], name);
      await page.close();
    }
  });

  test('a cycle is said, and a graph without nodes', async () => {
    const { metadata } = layeredGraph(2, 2, 1, 1);
    const links = { sources: Uint32Array.of(0, 1), targets: Uint32Array.of(1, 0), weights: Float64Array.of(1, 1) };
    const cycle = { metadata, nodes: [featureNode(0, 0, 1), featureNode(1, 0, 2)], links, pinned: [], supernodes: [] };
    const first = await browser.open({ page: 'graph', theme: 'dark', snapshot: snapshotOf(cycle) });
    await first.page.getByText('This graph has a cycle').waitFor();
    const none = { sources: new Uint32Array(), targets: new Uint32Array(), weights: new Float64Array() };
    const second = await browser.open({
      page: 'graph',
      theme: 'dark',
      snapshot: snapshotOf({ ...cycle, nodes: [], links: none }),
    });
    await second.page.getByText('The graph has no nodes.').waitFor();
    assert.deepEqual([...first.troubles, ...second.troubles], []);
    await first.page.close();
    await second.page.close();
  });

  test('50,000 nodes open with a notice', async () => {
    const graph = layeredGraph(20, 24, 103, 3);
    assert.ok(graph.nodes.length > 49_000);
    const snapshot = snapshotOf(graph, { investigation: null, readOnly: true });
    const { page, troubles } = await browser.open({ page: 'graph', theme: 'dark', snapshot });
    await page.locator('[data-test=hidden]').first().waitFor({ timeout: 120_000 });
    const hidden = (await page.locator('[data-test=hidden]').allInnerTexts()).join(' ');
    assert.match(hidden, /Only the strongest 2000 of \d+ nodes are drawn/);
    assert.match(hidden, /\d+ weaker edges are drawn when one of their nodes is selected/);
    await page.locator('.lists .row').nth(3).click();
    await page.getByText('edges that do not touch the selection are not drawn').waitFor({ timeout: 60_000 });
    assert.deepEqual(troubles, []);
    await page.close();
  });
});
