/** A saved investigation on another machine, where its model is not: it looks the same, and says what waits for the model. */
import assert from 'node:assert/strict';
import { cp, mkdir, mkdtemp, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { writeChatModel } from '../support/chat-model.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { engines } from './engines.ts';
import { writePair } from './make-files.ts';
import { Picker } from './picker.ts';
import { COUNTS, picture, Session } from './session.ts';
import { until } from './until.ts';

const NEXT = '[aria-label="Likeliest next tokens"] .chip';

/** Pictures in a row that are equal when nothing more is drawn. */
const SETTLED = 4;

/** All that the panel says, and its drawing. */
interface Look {
  readonly tokens: readonly string[];
  readonly next: readonly string[];
  readonly scores: string;
  readonly counts: string;
  readonly lists: string;
  readonly drawing: Buffer;
}

describe('an investigation on another machine', () => {
  let folder: string;
  let model: string;
  let here: Session;
  let there: Session;
  let seen: Look;
  let workbench: Workbench;
  let panel: Frame;

  before(
    async () => {
      folder = await mkdtemp(join(tmpdir(), 'circuit-models-'));
      model = join(folder, 'talker');
      await writeChatModel(model);
      here = await Session.startLinked();
      await mkdir(join(here.folder, '.vscode'));
      await writeFile(join(here.folder, '.vscode', 'settings.json'), JSON.stringify({ 'circuit.model': model }));
    },
    { timeout: 600_000 },
  );
  after(async () => {
    for (const session of [here, there]) await session?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  async function openWorkbench(session: Session): Promise<Workbench> {
    const opened = await session.open();
    opened.page.setDefaultTimeout(120_000);
    return opened;
  }

  /** What the investigation looks like when nothing else is open. */
  async function look(): Promise<Look> {
    await workbench.command('View: Close All Editors');
    await workbench.openFile('work.circuit.json');
    panel = await workbench.panelFrame(COUNTS);
    await panel.getByText('Subgraph (1)').first().waitFor();
    await workbench.page.mouse.move(5, 5);
    const texts = (selector: string) => panel.locator(selector).allInnerTexts();
    return {
      tokens: await texts('.tokens .chip'),
      next: await texts(NEXT),
      scores: (await texts('.scores')).join(),
      counts: await panel.locator(COUNTS).innerText(),
      lists: (await texts('.lists')).join(),
      drawing: await settledDrawing(),
    };
  }

  /** The drawing, once it stays the same: what is told later (names, the model's presence) has it drawn again. */
  async function settledDrawing(): Promise<Buffer> {
    let [last, same]: [Buffer, number] = [Buffer.alloc(0), 0];
    return until(async () => {
      const before = last;
      last = await panel.locator('.stage').screenshot({ animations: 'disabled' });
      await workbench.page.waitForTimeout(300);
      same = last.equals(before) ? same + 1 : 0;
      return same === SETTLED ? last : undefined;
    });
  }

  test('is traced, annotated and saved where the model is', async () => {
    workbench = await openWorkbench(here);
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    panel = await workbench.panelFrame(COUNTS);
    await workbench.statusBarItem('talker').waitFor();
    await panel
      .locator('.lists .row', { hasText: /L\d/ })
      .first()
      .click({ modifiers: ['Control'] });
    await panel.getByText('Subgraph (1)').first().waitFor();
    await workbench.command('File: Save', { opensPicker: true });
    const picker = new Picker(workbench.page);
    await picker.titled('Save Investigation');
    await picker.enter(join(here.folder, 'work.circuit.json'));
    await workbench.tab('work.circuit.json').waitFor();
    assert.ok((await readdir(here.folder)).includes('work.graph.json'));
    seen = await look();
    assert.equal(await panel.locator('.chip.missing').count(), 0);
    await picture(workbench.page, 'elsewhere-here');
  });

  test('looks the same there, without the model', async () => {
    await rename(model, join(folder, 'moved'));
    there = await Session.startLinked();
    for (const name of ['work.circuit.json', 'work.graph.json'])
      await cp(join(here.folder, name), join(there.folder, name));
    workbench = await openWorkbench(there);
    const { drawing, ...words } = await look();
    await picture(workbench.page, 'elsewhere-there');
    const { drawing: wanted, ...wantedWords } = seen;
    assert.deepEqual(words, wantedWords);
    assert.ok(drawing.equals(wanted), 'the drawings are equal, pixel by pixel');
  });

  test('names the model that is missing, and says that other targets wait for it', async () => {
    await panel.getByRole('button', { name: 'Model talker is not here' }).waitFor();
    for (const token of await panel.locator(NEXT).all()) {
      assert.equal(await token.getAttribute('aria-disabled'), 'true');
      assert.match((await token.getAttribute('title')) ?? '', /cannot be traced: the model is not here/);
    }
    await picture(workbench.page, 'elsewhere-there-waits');
    assert.deepEqual(engines(there), [], 'nothing was tried with another model');
  });

  test('of a graph whose model nobody names, the card and interventions say so', async () => {
    await writePair(there.folder, 'dallas');
    await workbench.command('View: Close All Editors');
    await workbench.openFile('dallas.circuit.json');
    panel = await workbench.panelFrame(COUNTS);
    await panel.getByText('The model is not known').waitFor();
    await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
    await panel.locator('.lists .row', { hasText: 'city names' }).click();
    const card = await workbench.panelFrame('main.card h1');
    await card.getByText('The model’s files are not here').first().waitFor();
    await workbench.command('Circuit Explorer: Intervene on Feature…');
    await workbench.notification('The model of this graph is not known').waitFor();
    await picture(workbench.page, 'elsewhere-unknown');
    await workbench.command('Notifications: Clear All Notifications');
    assert.deepEqual(engines(there), [], 'nothing was tried with another model');
  });

  test('uses the model once it is chosen, wherever it lies', async () => {
    await workbench.command('View: Close All Editors');
    await workbench.openFile('work.circuit.json');
    panel = await workbench.panelFrame(COUNTS);
    await panel.getByRole('button', { name: 'Model talker is not here' }).click();
    const picker = new Picker(workbench.page);
    await picker.titled('Choose Model');
    await picker.choose('Folder of a model');
    await picker.titled('Folder of the model');
    await picker.enter(`${join(folder, 'moved')}/`);
    await picker.titled('What Graphs Consist Of');
    await picker.choose('Without a dictionary');
    await panel.locator('.chip.missing').waitFor({ state: 'detached' });
    const target = panel.locator(NEXT).nth(1);
    const text = await target.innerText();
    await target.click();
    const traced = await until(async () => {
      const texts = await panel.locator(`${NEXT}.traced`).allInnerTexts();
      return texts.length === 1 ? texts : undefined;
    });
    assert.deepEqual(traced, [text]);
    await picture(workbench.page, 'elsewhere-retargeted');
  });
});
