/** The editor's own Save As: the graph goes beside the new investigation, which points to it and to the traced text. */
import assert from 'node:assert/strict';
import { mkdir, readdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { hashFile } from '../../extension/investigation/graph-library.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { Picker } from './picker.ts';
import { COUNTS, picture, Session } from './session.ts';
import { until } from './until.ts';

describe('Save As', () => {
  let session: Session;
  let workbench: Workbench;

  before(
    async () => {
      session = await Session.startLinked({
        settings: { 'files.autoSave': 'off' },
      });
      await mkdir(join(session.folder, 'sub'));
      workbench = await session.open();
      workbench.page.setDefaultTimeout(120_000);
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  /** Saves the active investigation as another file of the folder, and gives what is in it then. */
  async function saveAs(name: string): Promise<Investigation> {
    await workbench.panelFrame(COUNTS);
    await workbench.command('File: Save As...', { opensPicker: true });
    const picker = new Picker(workbench.page);
    await picker.titled('Save As');
    await picture(workbench.page, 'save-as');
    await picker.enter(join(session.folder, name));
    await workbench.tab(name.slice(name.lastIndexOf('/') + 1)).waitFor();
    // The text is written when its graph is there.
    return until(() => read(name).catch(() => undefined));
  }

  const read = async (name: string): Promise<Investigation> =>
    parseInvestigation(await readFile(join(session.folder, name), 'utf8'), name).investigation;

  async function isWhole(name: string, graph: string): Promise<void> {
    const { graph: reference } = await read(name);
    assert.equal(reference.file, graph);
    assert.equal(reference.sha256, await hashFile(join(session.folder, dirname(name), graph)));
  }

  test('of an investigation that was never saved, with an unsaved edit', async () => {
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    const panel = await workbench.panelFrame(COUNTS);
    await panel
      .locator('.lists .row')
      .nth(1)
      .click({ modifiers: ['Control'] });
    await workbench.page.locator('.tabs-container .tab.dirty').first().waitFor();
    const { pinned, source } = await saveAs('copy.circuit.json');
    assert.equal(pinned.length, 1);
    assert.deepEqual(source, { file: 'prompts.txt', start: 0 });
    await isWhole('copy.circuit.json', 'copy.graph.json');
    await (await workbench.panelFrame(COUNTS)).getByText('Subgraph (1)').first().waitFor();
    await picture(workbench.page, 'save-as-saved');
    // What it was saved from is not kept twice.
    await until(async () => {
      const names = await readdir(session.server.folder, { recursive: true });
      return names.some(file => file.endsWith('.circuit.json')) ? undefined : true;
    });
  });

  test('of a saved one, into another folder: both are whole', async () => {
    const before = await readFile(join(session.folder, 'copy.circuit.json'), 'utf8');
    const { source } = await saveAs('sub/again.circuit.json');
    assert.deepEqual(source, { file: '../prompts.txt', start: 0 });
    await isWhole('sub/again.circuit.json', 'again.graph.json');
    assert.equal(await readFile(join(session.folder, 'copy.circuit.json'), 'utf8'), before);
    await isWhole('copy.circuit.json', 'copy.graph.json');
    assert.deepEqual((await readdir(join(session.folder, 'sub'))).sort(), ['again.circuit.json', 'again.graph.json']);
  });
});
