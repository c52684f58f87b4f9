/** Labels from the editor's language model, in the real workbench: without one, declined, accepted, failing. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

const MODEL = 'Peak Namer';

describe('a label from a language model', () => {
  let session: Session;
  let workbench: Workbench;
  let card: Frame;
  let file: string;

  /** The texts that were sent to the model. */
  const sent = (): string[] =>
    existsSync(file)
      ? readFileSync(file, 'utf8')
          .trim()
          .split('\n')
          .map(line => JSON.parse(line) as string)
      : [];
  const row = (text: string | RegExp): Locator =>
    workbench.page
      .locator('.pane', { hasText: 'Features' })
      .first()
      .locator('.monaco-list-row', { hasText: text })
      .first();
  const feature = (): Locator => row(/· act/);
  const input = (): Locator => workbench.page.locator('.quick-input-widget input[type=text]').first();
  const dialog = (): Locator => workbench.page.locator('.monaco-dialog-box');
  const suggest = (): Locator => card.locator('vscode-button', { hasText: 'Suggest a label' });
  const label = (): Promise<string> => card.locator('.annotation vscode-text-field input').first().inputValue();
  const chooseModel = async (): Promise<void> => {
    const line = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: MODEL }).first();
    await line.click({ timeout: 60_000 });
    await dialog().waitFor({ timeout: 60_000 });
  };
  const press = async (name: string): Promise<void> => {
    await dialog().locator('.monaco-button', { hasText: name }).click();
    await dialog().waitFor({ state: 'hidden' });
  };

  before(
    async () => {
      session = await Session.start(await packedExtension(), {
        link: [join(import.meta.dirname, 'language-model'), 'circuit-tests.language-model-0.0.1'],
      });
      file = join(session.folder, 'requests.jsonl');
      workbench = await session.open();
      await workbench.openFile('prompts.txt');
      await workbench.page.locator('.view-line', { hasText: 'containing Dallas is' }).first().click();
      await workbench.command('Circuit Explorer: Trace Attribution');
      await workbench.panelFrame(COUNTS);
      await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
      await row(/^Layer 1/).waitFor();
      await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
      await input().fill('1/137');
      await workbench.page.keyboard.press('Enter');
      await feature().click();
      card = await workbench.panelFrame('main.card form.annotation');
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  test('without a model that is said, the card offers none, and labels are written by hand', async () => {
    assert.equal(await suggest().count(), 0);
    await workbench.contextMenu(feature(), 'Improve Label');
    await workbench.notification('The editor has no language model. Labels can be written by hand').waitFor();
    await picture(workbench.page, 'improve-label-no-model');
    assert.equal(await dialog().count(), 0);
    await workbench.command('Notifications: Clear All Notifications');
    await workbench.contextMenu(feature(), 'Rename Feature');
    await input().fill('by hand');
    await workbench.page.keyboard.press('Enter');
    await until(async () => ((await label()) === 'by hand' ? true : undefined));
  });

  test('with one the card offers it; the text is shown, and declining sends nothing', async () => {
    await workbench.command('Tests: Add Language Model');
    await suggest().waitFor({ timeout: 60_000 });
    await suggest().click();
    await chooseModel();
    await picture(workbench.page, 'improve-label-text');
    assert.match(await dialog().innerText(), /Send this text to Peak Namer\?/);
    await press('Cancel');
    assert.deepEqual(sent(), []);
    assert.equal(await label(), 'by hand');
  });

  test('what is sent is the text that was shown; the answer may be changed, and becomes the label', async () => {
    await workbench.contextMenu(feature(), 'Improve Label');
    await chooseModel();
    const shown = await dialog().innerText();
    await press('Send');
    await workbench.page.locator('.quick-input-widget', { hasText: `${MODEL} suggests this label` }).waitFor();
    await picture(workbench.page, 'improve-label-answer');
    const [text, ...more] = sent();
    assert.deepEqual(more, []);
    const words = (value: string): string => value.replaceAll(/\s+/g, ' ');
    assert.ok(words(shown).includes(words(text).trim()), `shown:\n${shown}\nsent:\n${text}`);
    const examples = text.split('\n').filter(line => line.startsWith('- '));
    assert.ok(examples.length > 2 && examples.every(line => /«.+»/.test(line)), text);
    assert.ok(!text.includes(session.folder), text);
    const peak = /«\s*(.+?)\s*»/.exec(examples[0])?.[1] ?? '';
    assert.equal(await input().inputValue(), `texts about ${peak}`);
    assert.equal(await label(), 'by hand');
    await input().fill(`texts about ${peak} and more`);
    await workbench.page.keyboard.press('Enter');
    await row(`texts about ${peak} and more`).waitFor();
    await until(async () => ((await label()) === `texts about ${peak} and more` ? true : undefined));
    await workbench.command('Undo');
    await until(async () => ((await label()) === 'by hand' ? true : undefined));
  });

  test('a model that fails is quoted, with what to do, and the label stays', async () => {
    await workbench.command('Tests: Language Model Fails');
    await workbench.contextMenu(feature(), 'Improve Label');
    await chooseModel();
    await press('Send');
    const message = workbench.notification('gave no label');
    await message.waitFor({ timeout: 60_000 });
    const said = await message.innerText();
    assert.match(said, /the quota is used up\. Try again, choose another model, or write the label by hand\./);
    await picture(workbench.page, 'improve-label-failure');
    assert.equal(await label(), 'by hand');
  });
});
