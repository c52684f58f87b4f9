/** What goes wrong, in the real workbench: each message and screen, and that nothing is lost. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import type { Frame, Page } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { engines } from './engines.ts';
import { writePair } from './make-files.ts';
import { COUNTS, picture, Session } from './session.ts';
import { until } from './until.ts';

describe('faults in the workbench', () => {
  let session: Session;
  let workbench: Workbench;
  let page: Page;
  const path = (name: string): string => join(session.folder, name);
  const write = (name: string, text: string): Promise<void> => writeFile(path(name), text);

  before(
    async () => {
      session = await Session.startLinked();
      await writePair(session.folder, 'dallas');
      workbench = await session.open();
      ({ page } = workbench);
      page.setDefaultTimeout(60_000);
      // Before the extensions are known, files open as text.
      await page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').waitFor();
    },
    { timeout: 300_000 },
  );
  after(async () => session.stop());

  /** Opens a file of the folder and gives its panel, once it shows something that only it has. */
  async function open(name: string, has = COUNTS): Promise<Frame> {
    await workbench.command('View: Close All Editors');
    await workbench.openFile(name);
    return workbench.panelFrame(has);
  }

  /** Goes along the lists until a feature is selected whose card is another one than `before`. */
  async function selectFeature(panel: Frame, before = ''): Promise<Frame> {
    for (let step = 0; step < 8; step++) {
      await panel
        .locator('.lists .row')
        .nth(step % 3)
        .click();
      for (let wait = 0; wait < 10; wait++) {
        await page.waitForTimeout(200);
        for (const frame of page.frames()) {
          const heading = await frame
            .locator('main.card h1')
            .textContent({ timeout: 50 })
            .catch(() => null);
          if (heading !== null && heading !== before) return frame;
        }
      }
    }
    throw new Error('no feature was selected');
  }

  /** Stops the engine before `work`, so that it cannot finish, and kills it when that waits for it. */
  async function killedDuring(work: () => Promise<unknown>, waiting: () => Promise<unknown>): Promise<void> {
    const [pid] = await until(() => Promise.resolve(engines(session).length > 0 ? engines(session) : undefined));
    process.kill(pid, 'SIGSTOP');
    await work();
    await waiting();
    process.kill(pid, 'SIGKILL');
  }

  test('the engine is killed during a trace: an error with Retry, which traces', async () => {
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    await workbench.panelFrame(COUNTS);
    await workbench.command('View: Close All Editors');
    await workbench.openFile('prompts.txt');
    await killedDuring(
      () => workbench.command('Circuit Explorer: Trace Attribution'),
      () => workbench.notification('Tracing').waitFor(),
    );
    const error = workbench.notification('could not be traced');
    await error.waitFor();
    await picture(page, 'fault-trace-killed');
    assert.match(await error.innerText(), /ended by SIGKILL while it was working/);
    await error.getByRole('button', { name: 'Retry' }).click();
    await workbench.panelFrame(COUNTS);
  });

  test('the engine is killed while a card is read: the card says so, Retry reads it', async () => {
    await page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
    const panel = await workbench.panelFrame(COUNTS);
    const card = await selectFeature(panel);
    await card.locator('h2', { hasText: 'Examples' }).waitFor();
    const first = await card.locator('h1').innerText();
    await killedDuring(
      () => selectFeature(panel, first),
      () => card.getByText('Reading the feature index').waitFor(),
    );
    await card.getByRole('alert').waitFor();
    await picture(page, 'fault-card-killed');
    assert.match(await card.getByRole('alert').innerText(), /ended by SIGKILL/);
    await card.getByText('Retry').click();
    await card.locator('h2', { hasText: 'Examples' }).waitFor();
    await card.getByRole('alert').waitFor({ state: 'detached' });
  });

  test('the engine is killed while another target is traced: the panel says so, Retry traces it', async () => {
    const panel = await workbench.panelFrame(COUNTS);
    const target = panel.locator('[aria-label^="Likeliest next tokens"] button').nth(1);
    await killedDuring(
      () => target.click(),
      () => panel.getByRole('status').filter({ hasText: 'Tracing' }).waitFor(),
    );
    await panel.locator('.notice.failed').waitFor();
    await picture(page, 'fault-retarget-killed');
    await panel.locator('.notice.failed').getByText('Retry').click();
    await panel.locator('.notice.failed').waitFor({ state: 'detached' });
    const next = '[aria-label^="Likeliest next tokens"] button';
    await until(async () => {
      const traced = await panel.locator(`${next}.traced`).allInnerTexts();
      return traced.join() === (await target.innerText()) ? true : undefined;
    });
    // Closing an edited one asks whether to save it: the editor does so by itself a moment later.
    await page.locator('.tabs-container .tab.dirty').first().waitFor({ state: 'detached' });
    await workbench.command('View: Close All Editors');
  });

  test('the graph file is replaced by garbage under an open editor, removed, and comes back', async () => {
    const panel = await open('dallas.circuit.json');
    await copyFile(path('dallas.graph.json'), path('kept'));
    await write('dallas.graph.json', 'garbage');
    await panel.getByText('The graph cannot be shown').waitFor();
    await picture(page, 'fault-garbage');
    await promisify(execFile)('rm', [path('dallas.graph.json')]);
    await panel.getByText('The graph dallas.graph.json is not here').waitFor();
    await copyFile(path('kept'), path('dallas.graph.json'));
    await panel.getByText('The graph dallas.graph.json is not here').waitFor({ state: 'detached' });
    await panel.locator(COUNTS).getByText('7 of 7 nodes').waitFor();
  });

  test('a damaged investigation shows what can be read, and opens as text', async () => {
    const text = await readFile(path('dallas.circuit.json'), 'utf8');
    await write('cut.circuit.json', text.slice(0, text.indexOf('"supernodes"')));
    const panel = await open('cut.circuit.json');
    await panel.locator('.notice.failed').waitFor();
    await panel.locator(COUNTS).getByText('7 of 7 nodes').waitFor();
    await panel.getByText('Shown is what can be read').waitFor();
    await picture(page, 'fault-damaged');
    await panel.locator('.notice.failed').getByText('Open as Text').click();
    await page.locator('.monaco-editor .view-line').first().waitFor();
    await write('newer.circuit.json', text.replace('"version": 1', '"version": 9'));
    const newer = await open('newer.circuit.json', '.notice.failed');
    await newer.getByText('has version 9').waitFor();
    await picture(page, 'fault-newer');
    assert.equal(await readFile(path('newer.circuit.json'), 'utf8'), text.replace('"version": 1', '"version": 9'));
  });
});
