/** The Circuits view in the real workbench: what it says of an investigation, opening and renaming it. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import { hashFile } from '../../extension/investigation/graph-library.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { readGraphMetadata } from '../../src/graph/read-graph-metadata.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { Picker } from './picker.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

const PROMPT = 'Fact: the capital of the state containing Dallas is';

describe('the circuits view', () => {
  let session: Session;
  let workbench: Workbench;

  const circuits = (): Locator => workbench.page.locator('.pane', { hasText: 'Circuits' }).last();
  const row = (text: string | RegExp): Locator => circuits().locator('.monaco-list-row', { hasText: text }).first();
  const read = async (name: string): Promise<Investigation> =>
    parseInvestigation(await readFile(join(session.folder, name), 'utf8'), name).investigation;
  const trace = async (line: string): Promise<void> => {
    await workbench.openFile('prompts.txt');
    await workbench.page.locator('.view-line', { hasText: line }).first().click();
    await workbench.command('Circuit Explorer: Trace Attribution');
  };
  const rename = async (from: Locator, name: string): Promise<void> => {
    await workbench.contextMenu(from, 'Rename Investigation');
    const input = workbench.page.locator('.quick-input-widget input[type=text]').first();
    await input.waitFor();
    await input.fill(name);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  };

  before(
    async () => {
      session = await Session.start(await packedExtension());
      workbench = await session.open();
      await trace('containing Dallas is');
      await workbench.panelFrame(COUNTS);
      await workbench.command('File: Save As...', { opensPicker: true });
      const picker = new Picker(workbench.page);
      await picker.titled('Save As');
      await picker.enter(join(session.folder, 'dallas.circuit.json'));
      await workbench.tab('dallas.circuit.json').waitFor();
      await until(() => read('dallas.circuit.json').catch(() => undefined));
      await workbench.command('View: Close All Editors');
      await workbench.tab('dallas.circuit.json').waitFor({ state: 'hidden' });
      await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
      await row('containing Dallas is').waitFor();
      // What it was saved from is not listed beside it.
      await row('Not saved yet').waitFor({ state: 'hidden' });
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  /** `.88`, as the view writes a score of the graph. */
  const scores = async (): Promise<readonly string[]> => {
    const { graph } = await read('dallas.circuit.json');
    const record = (await readGraphMetadata(join(session.folder, graph.file)))?.trace;
    return [record?.replacementScore, record?.completenessScore].map(score => {
      assert.ok(score !== undefined);
      return score.toFixed(2).replace(/^0/, '');
    });
  };

  test('an investigation stands there with its prompt, target and scores, those of its graph', async () => {
    const text = (await row('containing Dallas is').innerText()).replaceAll(/\s+/g, ' ');
    const [replacement, completeness] = await scores();
    assert.ok(text.includes(`→ Austin · replacement ${replacement} · completeness ${completeness}`), text);
    await picture(workbench.page, 'circuits');
  });

  test('the tooltip has the file, the whole prompt, and the scores where a narrow list cuts them', async () => {
    await workbench.page.mouse.move(900, 500);
    await row('containing Dallas is').hover();
    const hover = workbench.page.locator('.workbench-hover, .monaco-hover', { hasText: 'dallas.circuit.json' }).first();
    await hover.waitFor();
    // Spaces of a file's text are kept as they are, and cannot be broken.
    const text = (await hover.innerText()).replaceAll(/\s+/g, ' ');
    const [replacement, completeness] = await scores();
    for (const part of [
      PROMPT,
      '→ Austin',
      `replacement ${replacement}`,
      `completeness ${completeness}`,
      '0 pinned, 0 groups, 0 features annotated',
    ])
      assert.ok(text.includes(part), `${part} in ${text}`);
    await picture(workbench.page, 'circuits-tooltip');
    await workbench.page.mouse.move(900, 500);
  });

  test('a click opens it as a graph', async () => {
    await row('containing Dallas is').click();
    await workbench.tab('dallas.circuit.json').waitFor();
    const page = await workbench.panelFrame(COUNTS);
    assert.match(await page.locator(COUNTS).innerText(), /\d+ of \d+ nodes/);
  });

  test('a name that cannot be one is refused, and nothing is renamed', async () => {
    await workbench.contextMenu(row('containing Dallas is'), 'Rename Investigation');
    const input = workbench.page.locator('.quick-input-widget input[type=text]').first();
    // The box is shown a moment before it has its text.
    await until(async () => ((await input.inputValue()) === 'dallas' ? true : undefined));
    await input.fill('a/b');
    await workbench.page
      .locator('.quick-input-widget', { hasText: 'A file name has none of' })
      .waitFor({ timeout: 60_000 });
    await workbench.page.keyboard.press('Escape');
    await until(() => Promise.resolve(existsSync(join(session.folder, 'dallas.circuit.json')) ? true : undefined));
  });

  test('renamed from the view, the open editor and the view follow, and its graph is the same', async () => {
    const before = await read('dallas.circuit.json');
    await rename(row('containing Dallas is'), 'texas');
    await workbench.tab('texas.circuit.json').waitFor();
    const after = await until(() => read('texas.circuit.json').catch(() => undefined));
    assert.ok(!existsSync(join(session.folder, 'dallas.circuit.json')));
    assert.equal(after.graph.sha256, before.graph.sha256);
    assert.equal(await hashFile(join(session.folder, after.graph.file)), before.graph.sha256);
    const page = await workbench.panelFrame(COUNTS);
    assert.match(await page.locator(COUNTS).innerText(), /\d+ of \d+ nodes/);
    await until(async () => ((await circuits().locator('.monaco-list-row').count()) === 1 ? true : undefined));
    await workbench.page.mouse.move(900, 500);
    await row('containing Dallas is').hover();
    await workbench.page
      .locator('.workbench-hover, .monaco-hover', { hasText: 'texas.circuit.json' })
      .first()
      .waitFor();
    await picture(workbench.page, 'circuits-renamed');
    await workbench.page.mouse.move(900, 500);
    // It opens again under its new name, too.
    await workbench.command('View: Close All Editors');
    await row('containing Dallas is').click();
    await workbench.tab('texas.circuit.json').waitFor();
    await workbench.panelFrame(COUNTS);
  });

  test('one that was never saved is renamed, too', async () => {
    await trace('containing Oakland is');
    const unsaved = row('containing Oakland is');
    await unsaved.waitFor();
    await rename(unsaved, 'california');
    await workbench.tab('california').waitFor();
    await workbench.panelFrame(COUNTS);
    const names = await readdir(session.server.folder, { recursive: true });
    assert.equal(names.filter(name => name.endsWith('california.circuit.json')).length, 1);
    await until(async () =>
      (await circuits().locator('.monaco-list-row', { hasText: 'Oakland' }).count()) === 1 ? true : undefined,
    );
    await workbench.page.mouse.move(900, 500);
    await unsaved.hover();
    await workbench.page
      .locator('.workbench-hover, .monaco-hover', { hasText: 'california.circuit.json' })
      .first()
      .waitFor();
    await picture(workbench.page, 'circuits-unsaved-renamed');
  });
});
