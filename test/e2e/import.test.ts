/** Circuit Explorer: Import Model in the real workbench, from a hub on the loopback interface and from folders. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test, type TestContext } from 'node:test';
import type { Locator } from 'playwright-core';
import { filesBelow } from '../support/cli.ts';
import { HubServer } from '../support/hub-server.ts';
import { Picker } from './picker.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

const PACK = join(import.meta.dirname, '../../models/pack');
const IMPORT = 'Circuit Explorer: Import Model…';
/** A set of the list of published ones; here it holds the embedded pair. */
const SET = { title: 'Qwen 3 0.6B', model: 'Qwen/Qwen3-0.6B', dictionary: 'mwhanna/qwen3-0.6b-transcoders-lowl0' };

test('a model is imported', { timeout: 600_000 }, async t => {
  const server = await hub(t);
  const home = await mkdtemp(join(tmpdir(), 'circuit-hub-'));
  t.after(() => rm(home, { recursive: true, force: true }));
  const session = await Session.start(await packedExtension(), {
    environment: {
      HF_ENDPOINT: server.endpoint,
      HF_HOME: home,
      XDG_CONFIG_HOME: home,
      ...Object.fromEntries(
        ['HF_TOKEN', 'HF_HUB_CACHE', 'HF_HUB_OFFLINE', 'HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map(
          name => [name, ''],
        ),
      ),
    },
  });
  t.after(() => session.stop());
  const workbench = await session.open();
  const { page } = workbench;
  const picker = new Picker(page);
  const dialog = page.locator('.monaco-dialog-box');
  const open = async (): Promise<void> => {
    // A page that takes the focus as it is shown closes the palette before it runs the command.
    for (let attempt = 0; attempt < 4; attempt++) {
      await workbench.command(IMPORT, { opensPicker: true });
      try {
        await picker.titled('Import Model', { timeout: 8000 });
        return;
      } catch (error) {
        if (attempt === 3) throw error;
      }
    }
  };
  const importId = async (model: string, dictionary: string): Promise<void> => {
    await open();
    await picker.choose('Another model');
    await picker.titled(/^Model$/);
    await picker.enter(model);
    await picker.titled('Its dictionary');
    await picker.enter(dictionary);
  };
  const refused = async (words: RegExp): Promise<string> => {
    const said = workbench.notification(/could not be imported/);
    await said.waitFor();
    const text = await said.innerText();
    assert.match(text, words);
    await clear(said);
    return text;
  };

  await t.test('the published sets are listed with the sizes that the hub tells', async () => {
    await open();
    const bytes = await until(async () => {
      const line = await picker.line(SET.model);
      return /dictionary ([\d.]+ MB)/.exec(line)?.[1];
    });
    assert.match(bytes, /^\d+(\.\d)? MB$/);
    assert.match(await picker.line('Gemma 2 2B, 2.5M features'), /dictionary 172 GB · asks for an account/);
    await picture(page, 'import-list');
    await page.keyboard.press('Escape');
  });

  await t.test('a dictionary of another model is told before anything large is fetched', async () => {
    await importId('circuit/facts', 'circuit/five-layers');
    const text = await refused(/has 5 layers, but circuit\/facts has 6/);
    assert.match(text, /made for another model/);
    assert.deepEqual(server.contentRequests, []);
  });

  await t.test('disk and memory are estimated first, and nothing is fetched without a yes', async () => {
    await open();
    await picker.choose(SET.title);
    await dialog.waitFor();
    const text = await dialog.innerText();
    for (const part of [
      SET.model,
      SET.dictionary,
      /To download: [\d.]+ MB/,
      /Free on the disk: /,
      /Memory of a trace: about/,
    ])
      assert.match(text, part instanceof RegExp ? part : new RegExp(part));
    await picture(page, 'import-estimate');
    await dialog.getByText('Cancel', { exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    assert.ok(
      server.contentRequests.every(({ range }) => range?.startsWith('bytes=0-') === true),
      'weights were fetched',
    );
  });

  await t.test('a download that is stopped goes on where it was, and the pair is used', async () => {
    server.fail(/\/cdn\/.*model\.safetensors/, { kind: 'silence', after: 2_000_000 });
    await open();
    await picker.choose(SET.title);
    await dialog.getByText('Download', { exact: true }).click();
    const progress = workbench.notification(/Importing/);
    await progress.getByText(/MB \/ [\d.]+ MB/).waitFor();
    await picture(page, 'import-progress');
    await progress.getByText('Cancel', { exact: true }).click();
    const stopped = workbench.notification(/was stopped/);
    await stopped.waitFor();
    await picture(page, 'import-stopped');
    await stopped.getByText('Go On', { exact: true }).click();
    await dialog.getByText('Download', { exact: true }).click();
    const done = workbench.notification(/prompts are traced in it/);
    await done.waitFor({ timeout: 60_000 });
    await clear(done);
    const ranges = server.contentRequests.flatMap(({ path, range }) =>
      path.endsWith('/model.safetensors') ? [range] : [],
    );
    assert.match(ranges.at(-1) ?? 'all of it again', /^bytes=[1-9]\d*-$/);
  });

  await t.test('a prompt is traced in the imported pair', async () => {
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    const panel = await workbench.panelFrame(COUNTS);
    await panel.getByText('Austin').first().waitFor();
    await workbench.statusBarItem(/Qwen3-0\.6B/).waitFor();
    await picture(page, 'import-traced');
  });

  await t.test('what is here is not fetched again', async () => {
    const before = server.contentRequests.length;
    await open();
    assert.match(await picker.line(SET.model), /on this machine/);
    await picker.choose(SET.title);
    assert.match(await dialog.innerText(), /All of it is on this machine already/);
    await dialog.getByText('Use It', { exact: true }).click();
    await dialog.waitFor({ state: 'hidden' });
    // Time in which something could be asked for: what is said at the end is hidden where other messages are shown.
    await page.waitForTimeout(3000);
    const fetched = server.contentRequests.slice(before).filter(({ range }) => !/^bytes=0-\d+$/.test(range ?? ''));
    assert.deepEqual(fetched, []);
  });

  await t.test('the title of a view offers it, too', async () => {
    await page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
    const pane = page.locator('.pane').filter({ has: page.locator('.pane-header[aria-label^="Circuits"]') });
    await pane.locator('.pane-header').hover();
    const action = pane.locator('.pane-header .actions a[aria-label^="Import Model"]');
    await action.waitFor();
    await picture(page, 'import-view-title');
    await action.click();
    await picker.titled('Import Model');
    await page.keyboard.press('Escape');
  });

  await t.test('folders of a model and its dictionary', async () => {
    await open();
    await picker.choose('A folder of this machine');
    for (const name of ['model', 'dictionary']) {
      await picker.titled(new RegExp(`Folder of (the|its) ${name}`));
      await picker.enter(`${join(PACK, name)}/`);
      if (name === 'model') {
        await picker.titled('What Graphs Consist Of');
        await picker.choose('Folder of its dictionary');
      }
    }
    await workbench.statusBarItem('pack').waitFor();
  });
});

async function clear(notification: Locator): Promise<void> {
  await notification.hover();
  await notification.locator('.codicon-notifications-clear').first().click();
  await notification.waitFor({ state: 'detached' });
}

/** The embedded pair under several names, one of them of another shape, one gated. */
async function hub(t: TestContext): Promise<HubServer> {
  const server = await new HubServer().start(t);
  const [model, dictionary] = [await filesOf('model'), await filesOf('dictionary')];
  server.add('circuit/facts', model);
  server.add(SET.model, model);
  server.add(SET.dictionary, dictionary);
  const five = Object.entries(dictionary).filter(([name]) => !name.includes('_5.'));
  server.add('circuit/five-layers', Object.fromEntries(five));
  server.add('circuit/gated', model);
  Object.assign(server.repositories.get('circuit/gated')!, { gated: true, token: 'hf_good' });
  return server;
}

async function filesOf(folder: string): Promise<Record<string, Buffer>> {
  const names = await filesBelow(join(PACK, folder));
  const files = names.map(
    async name => [name.replaceAll('\\', '/'), await readFile(join(PACK, folder, name))] as const,
  );
  return Object.fromEntries(await Promise.all(files));
}
