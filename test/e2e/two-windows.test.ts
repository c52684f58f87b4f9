/** Two windows on one investigation: what one saves shows in the other, and edits that conflict are not lost. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { writePair } from './make-files.ts';
import { COUNTS, picture, Session } from './session.ts';

describe('two windows on one investigation', () => {
  let session: Session;
  let one: Workbench;
  let other: Workbench;
  /** What the other window saved. */
  let theirs: readonly string[];

  before(
    async () => {
      session = await Session.startLinked({
        settings: { 'files.autoSave': 'off' },
      });
      await writePair(session.folder, 'dallas');
      [one, other] = [await session.open(), await session.open()];
      for (const workbench of [one, other]) {
        workbench.page.setDefaultTimeout(120_000);
        await workbench.openFile('dallas.circuit.json');
        await workbench.panelFrame(COUNTS);
      }
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  const dirtyTab = ({ page }: Workbench) => page.locator('.tabs-container .tab.dirty').first();

  async function pin(workbench: Workbench, name: string): Promise<void> {
    const panel = await workbench.panelFrame(COUNTS);
    await panel.locator('.lists .row', { hasText: name }).click({ modifiers: ['Control'] });
    await dirtyTab(workbench).waitFor();
  }

  async function untilPinned(workbench: Workbench, count: number): Promise<void> {
    const panel = await workbench.panelFrame(COUNTS);
    await panel.getByText(`Subgraph (${count})`, { exact: true }).first().waitFor();
  }

  async function pinsOnDisk(): Promise<readonly string[]> {
    const text = await readFile(join(session.folder, 'dallas.circuit.json'), 'utf8');
    return parseInvestigation(text, 'it').investigation.pinned;
  }

  test('what one saves shows in the other, which stays unchanged of itself', async () => {
    await pin(one, 'city names');
    await one.command('File: Save');
    await dirtyTab(one).waitFor({ state: 'detached' });
    await untilPinned(other, 1);
    assert.equal(await dirtyTab(other).count(), 0);
  });

  test('unsaved edits of both: the first is saved, the second is told and keeps its own', async () => {
    await pin(one, 'say a capital');
    await pin(other, 'Texas, Dallas');
    await other.command('File: Save');
    await dirtyTab(other).waitFor({ state: 'detached' });
    theirs = await pinsOnDisk();
    assert.equal(theirs.length, 2);
    await one.command('File: Save');
    const conflict = one.notification('The content of the file is newer');
    await conflict.waitFor();
    await picture(one.page, 'two-windows-conflict');
    await dirtyTab(one).waitFor();
    await untilPinned(one, 2);
    assert.deepEqual(await pinsOnDisk(), theirs, 'nothing is overwritten unasked');
    await conflict.getByRole('button', { name: 'Compare' }).click();
    await one.page.locator('.monaco-diff-editor').first().waitFor();
    await picture(one.page, 'two-windows-compare');
  });

  test('overwriting takes the edits of this window into the file, and the other window shows them', async () => {
    await one.page
      .locator('.editor-actions')
      .getByRole('button', { name: /Use your changes/ })
      .click();
    await dirtyTab(one).waitFor({ state: 'detached' });
    const mine = await pinsOnDisk();
    assert.equal(mine.length, 2);
    assert.notDeepEqual(mine, theirs);
    const panel = await other.panelFrame(COUNTS);
    await panel.locator('.lists .row', { hasText: 'say a capital' }).locator('.pin').waitFor();
    await picture(other.page, 'two-windows-other');
  });
});
