/** Graph files of any name in the real workbench: dropped on the editor and on the page; and what several targets give. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { writeGraph } from '../../src/graph/write-graph.ts';
import { smallGraph } from '../unit/webview/graphs.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { GraphPage } from './graph-page.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

describe('graph files in the workbench', () => {
  let session: Session;
  let workbench: Workbench;
  let page: Page;

  before(
    async () => {
      session = await Session.start(await packedExtension());
      for (const name of ['gemma-fact.json', 'qwen-fact.json', 'own.graph.json'])
        await writeGraph(join(session.folder, name), smallGraph());
      workbench = await session.open();
      ({ page } = workbench);
      page.setDefaultTimeout(60_000);
      await page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').waitFor();
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  /** Drags a file of the explorer onto the middle of the editors. */
  async function dragOntoEditor(name: string, shift = false): Promise<void> {
    const row = page.locator('.explorer-folders-view .monaco-list-row', { hasText: name });
    const [from, to] = [await row.boundingBox(), await page.locator('.part.editor').boundingBox()];
    assert.ok(from !== null && to !== null);
    await page.mouse.move(from.x + 60, from.y + from.height / 2);
    await page.mouse.down();
    if (shift) await page.keyboard.down('Shift');
    await page.mouse.move(from.x + 90, from.y + from.height / 2 + 5, { steps: 5 });
    await page.mouse.move(to.x + to.width / 2, to.y + to.height / 2, { steps: 20 });
    await page.waitForTimeout(700);
    await page.mouse.move(to.x + to.width / 2 + 4, to.y + to.height / 2 + 4, { steps: 4 });
    await picture(page, `graph-drag-${name}`);
    await page.mouse.up();
    if (shift) await page.keyboard.up('Shift');
  }

  test('a graph file dropped on the editor opens as a graph', async () => {
    await dragOntoEditor('own.graph.json');
    await workbench.tab('own.graph.json').waitFor();
    const graph = new GraphPage(await workbench.panelFrame(COUNTS), page);
    await graph.showsCounts(/^7 of 7 nodes/);
    await graph.frame.getByText('This graph file is open read-only.').waitFor();
  });

  test('one of another tool, dropped on an open graph, opens as text, and its graph is offered', async () => {
    await dragOntoEditor('gemma-fact.json');
    await workbench.tab('gemma-fact.json').waitFor();
    const offer = workbench.notification('gemma-fact.json is an attribution graph');
    await offer.waitFor();
    await picture(page, 'graph-offered');
    await offer.getByRole('button', { name: 'Open Graph' }).click();
    await page.locator('.tab.active', { hasText: 'gemma-fact.json' }).waitFor();
    await page.locator('.monaco-editor .view-line').first().waitFor({ state: 'hidden' });
    const start = page.locator('.editor-actions a[aria-label*="Start Investigation"]').first();
    await start.waitFor();
    await start.click();
    await workbench.tab('gemma-fact.circuit.json').waitFor();
    await workbench.command('File: Save', { opensPicker: true });
    await page.locator('.quick-input-titlebar', { hasText: 'Save Investigation' }).waitFor();
    await page.keyboard.press('Enter');
    await until(async () => ((await readdir(session.folder)).includes('gemma-fact.circuit.json') ? true : undefined));
  });

  test('one that is dropped with Shift goes to the page, which opens its graph', async () => {
    // The page of the saved investigation takes the place of the unsaved one.
    await workbench.panel().getByText('Strongest nodes').waitFor();
    await dragOntoEditor('qwen-fact.json', true);
    await page.locator('.tab.active', { hasText: 'qwen-fact.json' }).waitFor();
    await page.locator('.editor-actions a[aria-label*="Start Investigation"]').first().waitFor();
  });

  test('a file from outside the editor, dropped on the page, opens', async () => {
    const graph = new GraphPage(await workbench.panelFrame(COUNTS), page);
    const { slug, scan } = smallGraph().metadata;
    const nodes = [
      {
        node_id: 'E_5_0',
        feature: 5,
        layer: 'E',
        ctx_idx: 0,
        feature_type: 'embedding',
        jsNodeId: 'E_5-0',
        clerp: 'x',
      },
    ];
    const file = { metadata: { slug, scan, prompt: 'x', prompt_tokens: ['x'] }, qParams: {}, nodes, links: [] };
    await graph.frame.evaluate(`(() => {
      const data = new DataTransfer();
      data.items.add(new File([${JSON.stringify(JSON.stringify(file))}], 'from outside.json'));
      for (const type of ['dragover', 'drop'])
        document.querySelector('.stage').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    })()`);
    await page.locator('.tab.active', { hasText: 'from outside.json' }).waitFor();
    await until(async () => {
      const found = await Promise.all(
        page.frames().map(frame =>
          frame
            .locator(COUNTS)
            .innerText({ timeout: 500 })
            .catch(() => ''),
        ),
      );
      return found.some(text => text.startsWith('1 of 1 nodes')) ? true : undefined;
    });
  });

  test('a difference of two next tokens is a node of the graph', async () => {
    await workbench.command('View: Close All Editors');
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    const graph = new GraphPage(await workbench.panelFrame('.next .chip'), page);
    const next = graph.frame.locator('.next button');
    const [first, second] = await next.allInnerTexts();
    await next.nth(0).click({ modifiers: ['Control'] });
    await next.nth(1).click({ modifiers: ['Control'] });
    const [one, other] = [first, second].map(text => text.split(/\s/)[0]);
    await graph.frame
      .locator('.lists .row', { hasText: new RegExp(`${one}.*${other}.*logits`, 's') })
      .first()
      .waitFor();
    await graph.frame.locator('.stage').press('Home');
    await graph.hears(new RegExp(`^.*${one}.*${other}.*output`));
    assert.match(await graph.frame.locator('.lists').innerText(), /Weight 1/);
    await picture(page, 'graph-difference');
  });

  test('several targets are nodes of one graph, each with its probability', async () => {
    // The editor asks about what is not stored yet, which happens by itself after the trace.
    await until(async () => ((await page.locator('.tabs-container .tab.dirty').count()) === 0 ? true : undefined));
    await workbench.command('View: Close All Editors');
    await workbench.openFile('prompts.txt');
    await page.keyboard.press('Control+Home');
    for (let i = 0; i < 'Fact: the capital of'.length; i++) await page.keyboard.press('Shift+ArrowRight');
    await workbench.command('Circuit Explorer: Trace Attribution');
    const graph = new GraphPage(await workbench.panelFrame('.next .chip'), page);
    const outputs = graph.frame.locator('.lists .row', { hasText: /logits/ });
    await outputs.nth(1).waitFor();
    for (const output of [outputs.nth(0), outputs.nth(1)]) {
      await output.click();
      await graph.frame.locator('.lists', { hasText: /Probability [\d.]+ %/ }).waitFor();
      await graph.frame.locator('.stage').press('Escape');
      await outputs.nth(1).waitFor();
    }
    await picture(page, 'graph-several-targets');
  });
});
