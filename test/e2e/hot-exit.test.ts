/** Unsaved edits of investigations survive windows that are closed or reloaded, by the editor's own backups. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { Workbench } from '../workbench/workbench.ts';
import { writePair } from './make-files.ts';
import { Picker } from './picker.ts';
import { COUNTS, picture, Session } from './session.ts';
import { until } from './until.ts';
import { closeWindow } from './windows.ts';

describe('unsaved edits', () => {
  let session: Session;
  let workbench: Workbench;

  before(
    async () => {
      // Edits that are written by themselves a second later would not be unsaved.
      session = await Session.startLinked({
        settings: { 'files.autoSave': 'off' },
      });
      await writePair(session.folder, 'dallas');
      workbench = await session.open();
      workbench.page.setDefaultTimeout(120_000);
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  /** Closes the window and opens the folder in another one of the same browser. */
  async function anotherWindow(): Promise<void> {
    const context = workbench.page.context();
    await closeWindow(workbench.page);
    const page = await context.newPage();
    page.setDefaultTimeout(120_000);
    workbench = await Workbench.open(page, session.server, session.folder);
  }

  /** Each is one edit: the tab is marked when it is in the text. */
  async function pinFirst(file: string): Promise<void> {
    const panel = await workbench.panelFrame(COUNTS);
    await panel
      .locator('.lists .row')
      .first()
      .click({ modifiers: ['Control'] });
    await dirtyTab(file).waitFor();
  }

  async function writeNotes(file: string, text: string): Promise<void> {
    const picker = new Picker(workbench.page);
    await workbench.command('Circuit Explorer: Edit Notes of Investigation…', { opensPicker: true });
    await picker.box();
    await picker.enter(text);
    await dirtyTab(file).waitFor();
  }

  const dirtyTab = (name = '') => workbench.page.locator('.tabs-container .tab.dirty', { hasText: name }).first();

  async function untilPinned(count: number): Promise<void> {
    const panel = await workbench.panelFrame(COUNTS);
    const name = count === 0 ? 'Subgraph' : `Subgraph (${count})`;
    await panel.getByText(name, { exact: true }).first().waitFor();
  }

  const onDisk = async (name: string): Promise<Investigation> =>
    parseInvestigation(await readFile(join(session.folder, name), 'utf8'), name).investigation;

  test('of a saved investigation: the next window has them, the file has not, until they are saved', async () => {
    const before = await readFile(join(session.folder, 'dallas.circuit.json'), 'utf8');
    await workbench.openFile('dallas.circuit.json');
    await pinFirst('dallas');
    await anotherWindow();
    await dirtyTab('dallas').waitFor();
    await untilPinned(1);
    await picture(workbench.page, 'hot-exit');
    assert.equal(await readFile(join(session.folder, 'dallas.circuit.json'), 'utf8'), before);
    await workbench.command('File: Save');
    await dirtyTab().waitFor({ state: 'detached' });
    assert.equal((await onDisk('dallas.circuit.json')).pinned.length, 1);
  });

  test('of one that was never saved: also in a tab that is not shown; then it is saved, whole', async () => {
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    await workbench.tab('fact-the-capital').waitFor();
    await workbench.panelFrame(COUNTS);
    await writeNotes('fact-the-capital', 'of Dallas');
    await workbench.openFile('dallas.circuit.json');
    await anotherWindow();
    await dirtyTab('fact-the-capital').click();
    // A page that is shown takes the focus, from the palette too.
    await (await workbench.panelFrame(COUNTS)).getByText('Dallas').first().waitFor();
    await picture(workbench.page, 'hot-exit-unsaved');
    await workbench.command('File: Save', { opensPicker: true });
    const picker = new Picker(workbench.page);
    await picker.titled('Save Investigation');
    await picker.enter(join(session.folder, 'kept.circuit.json'));
    const saved = await until(() => onDisk('kept.circuit.json').catch(() => undefined));
    assert.equal(saved.notes, 'of Dallas');
    assert.equal(saved.graph.file, 'kept.graph.json');
    assert.ok((await readdir(session.folder)).includes('kept.graph.json'));
    await workbench.tab('kept.circuit.json').waitFor();
    await dirtyTab().waitFor({ state: 'detached' });
    await workbench.panelFrame(COUNTS);
  });

  test('a reloaded window has them, and reverting gives up nothing but them', async () => {
    await workbench.command('View: Close All Editors');
    await workbench.openFile('kept.circuit.json');
    await pinFirst('kept');
    // The window goes when the backup is written, which the editor asks its person to wait for.
    workbench.page.on('dialog', dialog => void dialog.dismiss());
    await until(async () => {
      await workbench.page.evaluate('window.isOld = true');
      await workbench.page.reload({ timeout: 10_000 }).catch(() => undefined);
      return (await workbench.page.evaluate('window.isOld !== true')) === true ? true : undefined;
    });
    await dirtyTab('kept').waitFor();
    await untilPinned(1);
    await workbench.command('File: Revert File');
    await dirtyTab().waitFor({ state: 'detached' });
    await untilPinned(0);
    assert.equal((await onDisk('kept.circuit.json')).notes, 'of Dallas');
  });
});
