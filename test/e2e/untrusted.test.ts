/** A workspace that is not trusted: everything can be read, and no model is loaded, least of all the workspace's own. */
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Workbench } from '../workbench/workbench.ts';
import { engines } from './engines.ts';
import { writePair } from './make-files.ts';
import { COUNTS, picture, Session } from './session.ts';

describe('a workspace that is not trusted', () => {
  let session: Session;
  let workbench: Workbench;

  before(
    async () => {
      session = await Session.startLinked({
        trust: true,
        settings: { 'security.workspace.trust.enabled': true, 'security.workspace.trust.startupPrompt': 'never' },
      });
      await writePair(session.folder, 'dallas');
      await mkdir(join(session.folder, '.vscode'));
      const settings = { 'circuit.model': './model-of-strangers', 'circuit.provider': 'cuda' };
      await writeFile(join(session.folder, '.vscode', 'settings.json'), JSON.stringify(settings));
      workbench = await session.open();
      workbench.page.setDefaultTimeout(120_000);
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  test('an investigation can be read, and says that no model is loaded', async () => {
    await workbench.openFile('dallas.circuit.json');
    const panel = await workbench.panelFrame(COUNTS);
    await panel.locator(COUNTS).getByText('7 of 7 nodes').waitFor();
    await panel.getByText('This workspace is not trusted, so no model is loaded').waitFor();
    const next = panel.locator('[aria-label="Likeliest next tokens"] .chip').first();
    assert.match((await next.getAttribute('title')) ?? '', /Nothing is traced in a workspace that is not trusted/);
    await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
    await panel.locator('.lists .row', { hasText: 'city names' }).click();
    const card = await workbench.panelFrame('main.card h1');
    await card.getByText('This workspace is not trusted').first().waitFor();
    await picture(workbench.page, 'untrusted');
  });

  test('the model and the provider of the workspace’s settings do not count', async () => {
    await workbench.statusBarItem('embedded model').waitFor();
    assert.equal(await workbench.statusBarItem('model-of-strangers').count(), 0);
  });

  test('what needs a model says why not, and nothing is started', async () => {
    await workbench.openFile('prompts.txt');
    for (const command of ['Trace Attribution', 'Trace Attribution with Options…', 'Choose Model…', 'Import Model…']) {
      await workbench.command(`Circuit Explorer: ${command}`);
      const said = workbench.notification('No model is loaded in a workspace that is not trusted');
      await said.waitFor();
      await said.getByRole('button', { name: 'Manage Workspace Trust' }).waitFor();
      if (command === 'Trace Attribution') await picture(workbench.page, 'untrusted-trace');
      await workbench.command('Notifications: Clear All Notifications');
      await said.waitFor({ state: 'detached' });
    }
    assert.deepEqual(engines(session), []);
  });

  test('once it is trusted, its settings count, and what is open finds its model', async () => {
    await workbench.openFile('dallas.circuit.json');
    let panel = await workbench.panelFrame(COUNTS);
    await panel.getByText('Manage Workspace Trust').click();
    await workbench.page.locator('.workspace-trust-editor').getByRole('button', { name: 'Trust', exact: true }).click();
    await workbench.statusBarItem('model-of-strangers').waitFor();
    await workbench.openFile('dallas.circuit.json');
    panel = await workbench.panelFrame(COUNTS);
    await panel.getByText('This workspace is not trusted').waitFor({ state: 'detached' });
    await panel.getByText('The model is not known').waitFor();
    await picture(workbench.page, 'untrusted-trusted');
  });
});
