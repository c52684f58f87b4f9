import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { smallGraph } from '../unit/webview/graphs.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { snapshotOf } from './support/snapshots.ts';

describe('files dropped on the graph page', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  before(() => browser.start());
  after(() => browser.stop());

  async function withPanel(use: (open: OpenPage) => Promise<void>): Promise<void> {
    const open = await browser.open({ page: 'graph', theme: 'dark', snapshot: snapshotOf(smallGraph()) });
    await open.page.locator('[data-test=counts]').waitFor();
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  /** `fill` fills `data`, a DataTransfer, in the page. */
  async function drag({ page }: OpenPage, fill: string, events: readonly string[]): Promise<void> {
    await page.evaluate(`(() => {
      const data = new DataTransfer();
      ${fill};
      for (const type of ${JSON.stringify(events)})
        document.querySelector('.stage').dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
    })()`);
  }

  test('addresses from the editor are handed to the host, and the page says that it takes them', async () => {
    await withPanel(async open => {
      const fill = `data.setData('application/vnd.code.uri-list', 'file:///a/one.json\\r\\nfile:///a/two.graph.json')`;
      await drag(open, fill, ['dragover']);
      const target = open.page.getByText('Drop graph files to open them');
      await target.waitFor();
      await drag(open, fill, ['drop']);
      await target.waitFor({ state: 'detached' });
      await eventually('they are asked for', async () => (await open.posted('request')).length === 1);
      const [request] = await open.posted('request');
      assert.ok(request.method === 'open-files');
      assert.deepEqual(request.uris, ['file:///a/one.json', 'file:///a/two.graph.json']);
    });
  });

  test('a file from outside the editor is read and handed over with its name', async () => {
    await withPanel(async open => {
      await drag(open, `data.items.add(new File(['{"a":1}'], 'gemma fact.json'))`, ['dragover', 'drop']);
      await eventually('it is handed over', async () => (await open.posted('request')).length === 1);
      const [name, text] = await open.page.evaluate<[string, string]>(
        `(() => { const { name, content } = testHost.posted.find(m => m.method === 'open-content'); return [name, new TextDecoder().decode(content)]; })()`,
      );
      assert.deepEqual([name, text], ['gemma fact.json', '{"a":1}']);
    });
  });

  test('text that is dragged is nothing to open', async () => {
    await withPanel(async open => {
      await drag(open, `data.setData('text/plain', 'words')`, ['dragover', 'drop']);
      assert.equal(await open.page.locator('.drop-target').count(), 0);
      assert.deepEqual(await open.posted('request'), []);
    });
  });
});
