/** What a person may ask of a trace, in the real workbench: options, special tokens, models, errors, the link with the text. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Frame } from 'playwright-core';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { writeChatModel } from '../support/chat-model.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { Picker } from './picker.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { marksAt } from './text-marks.ts';

const DALLAS = 'Fact: the capital of the state containing Dallas is';
const TURNS = '<start_of_turn>user the opposite of hot is<|im_start|>';
const TRACE = 'Circuit Explorer: Trace Attribution';
const OPTIONS = 'Circuit Explorer: Trace Attribution with Options…';

describe('what a trace can be asked', () => {
  let session: Session;
  let workbench: Workbench;
  let picker: Picker;
  let models: string;

  before(
    async () => {
      models = await mkdtemp(join(tmpdir(), 'circuit-models-'));
      await writeChatModel(join(models, 'talker'));
      await writeChatModel(join(models, 'slow'), { hidden_size: 256, intermediate_size: 1024, num_hidden_layers: 8 });
      session = await Session.start(await packedExtension());
      await writeFile(join(session.folder, 'turns.txt'), `${TURNS}\n\n${'hot and cold '.repeat(50)}\n`);
      workbench = await session.open();
      picker = new Picker(workbench.page);
    },
    { timeout: 600_000 },
  );
  after(async () => {
    await session.stop();
    await rm(models, { recursive: true, force: true });
  });

  /** Puts the cursor in a line, counted from 0, of a file. */
  async function inLine(file: string, line: number): Promise<void> {
    const { page } = workbench;
    const input = page.locator('.quick-input-widget input[type=text]').first();
    // A key is lost while the page of a graph is going away.
    await until(async () => {
      await page.keyboard.press('Control+P');
      const shown = input.waitFor({ state: 'visible', timeout: 2000 });
      return shown.then(
        () => true,
        () => undefined,
      );
    });
    await input.fill(`${file}:${line + 1}`);
    await page.waitForTimeout(300);
    await page.locator('.quick-input-list .monaco-list-row.focused', { hasText: file }).first().waitFor();
    await page.keyboard.press('Enter');
    await workbench.statusBarItem(`Ln ${line + 1}, Col 1`).waitFor();
  }

  /** Also after a test that failed, whatever it left open. */
  async function closeEditors(): Promise<void> {
    const { page } = workbench;
    for (let i = 0; i < 2; i++) await page.keyboard.press('Escape');
    await workbench.command('View: Close All Editors');
    await page.locator('.tabs-container .tab').first().waitFor({ state: 'detached' });
    // Keys go to the page of a graph that is gone otherwise.
    await page.locator('.part.editor').first().click();
  }

  /** Unsaved investigations, the newest first; one that is being written just now is left out. */
  async function investigations(): Promise<Investigation[]> {
    const names = await readdir(session.server.folder, { recursive: true });
    const files = names.filter(name => name.endsWith('.circuit.json')).map(name => join(session.server.folder, name));
    const dated = await Promise.all(files.map(async file => ({ file, time: (await stat(file)).mtimeMs })));
    dated.sort((a, b) => b.time - a.time);
    const texts = await Promise.all(dated.map(({ file }) => readFile(file, 'utf8')));
    return texts
      .filter(text => text.trim() !== '')
      .map(text => parseInvestigation(text, 'investigation').investigation);
  }

  /** The workspace's model, as a person may write it into the settings. */
  async function useModel(folder: string | undefined): Promise<void> {
    await mkdir(join(session.folder, '.vscode'), { recursive: true });
    const settings = folder === undefined ? {} : { 'circuit.model': folder };
    await writeFile(join(session.folder, '.vscode', 'settings.json'), JSON.stringify(settings));
  }

  const chip = (panel: Frame, text: string) => panel.locator('.tokens .chip', { hasText: text }).first();

  test('empty views say what fills them', async () => {
    const { page } = workbench;
    const bar = page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]');
    await bar.click();
    const welcome = (text: string) => page.locator('.welcome-view-content', { hasText: text }).first();
    await welcome('The features of the graph that is open are listed here').waitFor();
    await welcome('No investigation is saved in this workspace yet').waitFor();
    await picture(page, 'welcome');
    await bar.click();
  });

  describe('options', () => {
    let panel: Frame;
    after(closeEditors);

    test('the tokens as the model sees them, and its likeliest answers with their probabilities', async () => {
      await inLine('prompts.txt', 0);
      await workbench.command(OPTIONS, { opensPicker: true });
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Trace'), /The model says: “·Austin” 99\.\d %, “/);
      assert.match(await picker.line('Target'), /salient logits “·Austin”/);
      assert.match(await picker.line('Tokens'), /11 ⟨<bos>⟩\|·Fact\|:\|·the\|·capital\|.*\|·Dallas\|·is/);
      assert.match(await picker.line('Budget'), /7500 features/);
      assert.match(await picker.line('Model'), /Model ?embedded model · cpu/);
      assert.equal(await picker.has('Special tokens'), false, 'the text spells none');
      assert.equal(await picker.has('Chat template'), false, 'the model has none');
      await picture(workbench.page, 'options');
      await picker.choose('Tokens');
      await picker.titled('The prompt as the model reads it');
      assert.match(await picker.line('·Dallas'), /·Dallas ?9 · id \d+/);
      assert.match(await picker.line('“·Austin”'), /“·Austin” ?99\.\d % · id \d+/);
      await picture(workbench.page, 'options-tokens');
      await workbench.page.keyboard.press('Escape');
    });

    test('a target is one of the likeliest, or typed; what is no token is said in the box', async () => {
      await picker.titled('Trace Attribution');
      await picker.choose('Target');
      await picker.titled('What the graph explains');
      assert.match(await picker.line('“·Austin”'), /99\.\d %/);
      await picture(workbench.page, 'options-target');
      await picker.choose('Another token');
      await picker.box();
      await picker.enter('Nowhereville');
      await picker.message(/"Nowhereville" is not one token/).waitFor();
      assert.equal(await picker.message(/--/).count(), 0, 'nothing of the command line');
      await picture(workbench.page, 'options-target-wrong');
      await picker.enter('Sacramento');
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Target'), /chosen “·Sacramento” (<|0|\d)/);
    });

    test('a difference of two tokens', async () => {
      await picker.choose('Target');
      await picker.titled('What the graph explains');
      await picker.choose('Difference');
      await picker.titled('Why this token');
      await picker.choose('Austin');
      await picker.titled('and not that one');
      await picture(workbench.page, 'options-difference');
      await picker.choose('Another token');
      await picker.box();
      await picker.enter('Austin - Sacramento');
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Target'), /chosen “·Austin” 99\.\d % − “·Sacramento” /);
    });

    test('a budget; then the graph of what was chosen', async () => {
      await picker.choose('Budget');
      await picker.box();
      await picker.enter('300');
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Budget'), /300 features/);
      await picker.choose('Trace');
      panel = await workbench.panelFrame(COUNTS);
      const [{ settings, prompt }] = await investigations();
      assert.equal(prompt, DALLAS);
      assert.equal(settings.target, '" Austin" - " Sacramento"');
      assert.equal(settings.maxFeatureNodes, 300);
      await workbench.statusBarItem('embedded model · cpu').waitFor();
      await picture(workbench.page, 'options-traced');
    });

    test('the header shows tokens and next tokens, and explains another with one click', async () => {
      const next = panel.locator('[aria-label="Likeliest next tokens"] .chip');
      assert.match(await next.first().innerText(), /Austin\s+(99|100)/);
      assert.match(await chip(panel, 'Dallas').innerText(), /Dallas/);
      await panel.getByRole('button', { name: 'All salient outputs' }).click();
      await until(async () => ((await investigations())[0].settings.target === undefined ? true : undefined));
      const second = await next.nth(1).innerText();
      await next.nth(1).click();
      const target = await until(async () => (await investigations())[0].settings.target);
      assert.equal(JSON.parse(target), ` ${second.split(/\s/)[0]}`);
      await panel
        .locator('[aria-label="Likeliest next tokens"] .chip.traced', { hasText: second.split(/\s/)[0] })
        .waitFor();
    });
  });

  describe('prompts', () => {
    afterEach(closeEditors);

    test('with the key, several cursors are several prompts, in tabs beside the text', async () => {
      await inLine('prompts.txt', 2);
      await workbench.command('Add Cursor Below');
      await workbench.page.keyboard.press('Control+Alt+T');
      await workbench.tab('the-opposite-of-hot-is').waitFor();
      await workbench.tab('i-saw-the-cat').waitFor();
      await workbench.panelFrame(COUNTS);
      assert.equal(await workbench.page.locator('.editor-group-container').count(), 2, 'one group beside the text');
      await picture(workbench.page, 'options-cursors');
    });

    test('from the context menu, a selection of several lines is one prompt', async () => {
      await inLine('prompts.txt', 1);
      await workbench.page.keyboard.press('Shift+ArrowDown');
      await workbench.page.keyboard.press('Shift+End');
      const line = workbench.page.locator('.view-line', { hasText: 'Oakland is' }).first();
      await workbench.contextMenu(line, 'Trace Attribution', () => picture(workbench.page, 'options-menu'));
      await workbench.tab('fact-the-capital').waitFor();
      const [{ prompt }] = await investigations();
      assert.equal(prompt, 'Fact: the capital of the state containing Oakland is\nthe opposite of hot is');
    });
  });

  describe('a model of its own, without a dictionary', () => {
    after(closeEditors);

    test('is chosen by its folder and said to be traced in its neurons', async () => {
      await workbench.command('Circuit Explorer: Choose Model…', { opensPicker: true });
      await picker.titled('Choose Model');
      await picture(workbench.page, 'model-choose');
      await picker.choose('Folder of a model');
      await picker.titled('Folder of the model');
      await picker.enter(`${join(models, 'talker')}/`);
      await picker.titled('What Graphs Consist Of');
      await picture(workbench.page, 'model-basis');
      await picker.choose('Without a dictionary');
      await workbench.statusBarItem('talker · neurons · cpu').waitFor();
    });

    test('special tokens that the text spells are shown, and taken as tokens or as text', async () => {
      await inLine('turns.txt', 0);
      await workbench.command(OPTIONS, { opensPicker: true });
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Tokens'), /\|?⟨<start_of_turn>⟩\|.*\|⟨<\|im_start\|>⟩/);
      assert.match(await picker.line('Special tokens'), /taken as tokens: <start_of_turn> <\|im_start\|>/);
      assert.match(await picker.line('Budget'), /2000 neurons/);
      await picture(workbench.page, 'options-special');
      await picker.choose('Special tokens');
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Special tokens'), /taken as text/);
      assert.doesNotMatch(await picker.line('Tokens'), /⟨<start_of_turn>⟩/);
      await picker.choose('Special tokens');
    });

    test("the chat template's tokens are added around the prompt", async () => {
      await picker.titled('Trace Attribution');
      await picker.choose('Chat template');
      await picker.titled('Trace Attribution');
      assert.match(await picker.line('Chat template'), /the prompt is a message to the model/);
      assert.match(await picker.line('Tokens'), /⟨<bos>⟩\|⟨<start_of_turn>⟩/);
      await picture(workbench.page, 'options-chat');
      await picker.choose('Trace');
      const panel = await workbench.panelFrame(COUNTS);
      const [{ settings, dictionary, model }] = await investigations();
      assert.equal(settings.chat, true);
      assert.equal(dictionary, undefined);
      assert.equal(model?.name, 'talker');
      assert.ok((await panel.locator('.tokens .chip.special', { hasText: 'start_of_turn' }).count()) >= 2);
      await panel.getByText('MLP neurons').first().waitFor();
      await picture(workbench.page, 'neurons');
    });
  });

  describe('what goes wrong is said with a way on', () => {
    const error = (text: string | RegExp) => workbench.notification(text);
    afterEach(closeEditors);

    test('a prompt longer than the model reads', async () => {
      await inLine('turns.txt', 2);
      await workbench.command(TRACE);
      const notification = error(/tokens but the model reads 128/);
      await notification.waitFor();
      await picture(workbench.page, 'error-long');
      await notification.getByRole('button', { name: 'Choose Model…' }).waitFor();
    });

    test('a folder that is gone: another model is chosen from the message, and the prompt is traced', async () => {
      await useModel('/nowhere/gone-model');
      await workbench.statusBarItem('gone-model').waitFor();
      await inLine('prompts.txt', 2);
      await workbench.command(TRACE);
      const notification = error('/nowhere/gone-model is not a folder that can be read.');
      await notification.waitFor();
      await picture(workbench.page, 'error-folder');
      await notification.getByRole('button', { name: 'Choose Model…' }).click();
      await picker.titled('Choose Model');
      await picker.choose('Embedded model');
      await workbench.tab('the-opposite-of-hot-is').waitFor();
      await workbench.statusBarItem('embedded model · cpu').waitFor();
    });

    test('a trace says how far it is and is cancelled without a word', async () => {
      await useModel(join(models, 'slow'));
      await workbench.statusBarItem('slow · neurons').waitFor();
      await inLine('turns.txt', 2);
      await workbench.page.keyboard.press('End');
      for (let i = 0; i < 40; i++) await workbench.page.keyboard.press('Control+Shift+ArrowLeft');
      const before = (await investigations()).length;
      await workbench.command(TRACE);
      const progress = workbench.notification(/Tracing “.*(running the model|finding active features|tracing effects)/);
      await progress.waitFor();
      await picture(workbench.page, 'progress');
      await progress.hover();
      await progress.getByRole('button', { name: 'Cancel' }).click();
      await workbench.page.locator('.notification-list-item').first().waitFor({ state: 'detached' });
      await workbench.page.locator('.statusbar-item .codicon-type-hierarchy').waitFor();
      assert.equal(await workbench.page.locator('.notification-list-item').count(), 0);
      assert.equal((await investigations()).length, before);
      await useModel(undefined);
      await workbench.statusBarItem('embedded model').waitFor();
    });

    test('an empty line: the prompt can be typed', async () => {
      await inLine('turns.txt', 1);
      await workbench.command(TRACE);
      const notification = error('There is no prompt');
      await notification.waitFor();
      await picture(workbench.page, 'error-empty');
      await notification.getByRole('button', { name: 'Type a Prompt…' }).click();
      await picker.box();
      await picker.enter('the opposite of small is');
      await workbench.tab('the-opposite-of-small-is').waitFor();
      const [{ prompt, source }] = await investigations();
      assert.equal(prompt, 'the opposite of small is');
      assert.equal(source, undefined);
    });
  });

  describe('the graph and the text', () => {
    let panel: Frame;
    after(closeEditors);

    test('a token that is pointed at in the graph is marked in the text', async () => {
      await inLine('prompts.txt', 0);
      await workbench.command(TRACE);
      panel = await workbench.panelFrame(COUNTS);
      await chip(panel, 'Dallas').hover();
      const { text, marks } = await until(async () => {
        const found = await marksAt(workbench.page, ' Dallas');
        return found.marks.length > 0 ? found : undefined;
      });
      assert.deepEqual(marks, [text]);
      await picture(workbench.page, 'link-pointed');
      await panel.locator(COUNTS).hover();
      await until(async () => ((await marksAt(workbench.page, ' Dallas')).marks.length === 0 ? true : undefined));
    });

    test("the cursor's token is marked in the graph, also after the text above was edited", async () => {
      await workbench.page.keyboard.press('Control+1');
      await workbench.page.keyboard.press('Control+Home');
      await workbench.page.keyboard.type('A line above.\nAnd another.\n');
      await workbench.page.locator('.view-line', { hasText: 'Dallas is' }).first().click();
      await workbench.page.keyboard.press('End');
      await panel.locator('.tokens .chip.marked', { hasText: 'is' }).waitFor();
      for (let i = 0; i < 5; i++) await workbench.page.keyboard.press('ArrowLeft');
      await panel.locator('.tokens .chip.marked', { hasText: 'Dallas' }).waitFor();
      await picture(workbench.page, 'link-cursor');
    });

    test('hovering over the text says what is active there', async () => {
      const { x, y } = (await marksAt(workbench.page, 'Dallas')).middle;
      await workbench.page.mouse.move(x, y);
      await workbench.page.mouse.move(x + 2, y);
      const hover = workbench.page.locator('.monaco-hover', { hasText: 'Circuit Explorer' }).first();
      await hover.waitFor();
      const said = (await hover.innerText()).replaceAll(/\s+/g, ' ');
      assert.match(said, /token 9, " ?Dallas".*\(\d\/\d+\), activation \d/);
      await picture(workbench.page, 'link-hover');
    });
  });

  describe('interventions', () => {
    after(closeEditors);

    test('a feature of the graph is ablated: what the model says then, beside random features, becomes evidence', async () => {
      await inLine('prompts.txt', 2);
      await workbench.command(TRACE);
      const panel = await workbench.panelFrame(COUNTS);
      const row = panel.locator('.lists .row', { hasText: /L\d/, hasNotText: 'error' }).first();
      await row.click();
      await workbench.command('Circuit Explorer: Intervene on Feature…', { opensPicker: true });
      await picker.titled('Intervene on One Feature');
      await picture(workbench.page, 'intervene');
      await picker.choose('Ablate');
      const page = await workbench.panelFrame('meter');
      const rows = (await page.locator('tbody tr').allInnerTexts()).map(text =>
        text.split('\t').map(cell => cell.trim()),
      );
      const [[token, before, after, random]] = rows;
      assert.match(token, /^“.+”$/);
      for (const cell of [before, after]) assert.match(cell, /^[\d.]+ %$/);
      assert.match(random, /^[\d.]+ % \([\d.]+ % – [\d.]+ %\)$/);
      assert.match(await page.locator('ul').innerText(), /at token \d, ".*": activation [\d.]+ → 0/);
      await picture(workbench.page, 'intervention');
      const note = workbench.notification(`${token} ${before} → ${after} (random features: `);
      await note.getByRole('button', { name: 'Add as Evidence' }).click();
      const evidence = await until(async () => (await investigations())[0].annotations.at(0)?.evidence);
      assert.equal(evidence.length, 1);
      assert.ok(evidence[0].includes(`${token} ${before} → ${after}`), evidence[0]);
    });
  });

  test('the packaged walkthrough and the sample prompts open', async () => {
    await workbench.command('Circuit Explorer: Open Walkthrough');
    const steps = workbench.page.locator('.getting-started-step .step-title');
    await steps.first().waitFor();
    const titles = await steps.allInnerTexts();
    assert.equal(titles.length, 4);
    for (const [i, title] of titles.entries()) {
      await steps.nth(i).click();
      await workbench.page.waitForTimeout(700);
      await picture(workbench.page, `walkthrough-${i}-${basename(title).toLowerCase().replaceAll(' ', '-')}`);
    }
    await steps.first().click();
    await workbench.page.getByRole('button', { name: 'Open Sample Prompts' }).first().click();
    await workbench.page.locator('.view-line', { hasText: 'containing Dallas is' }).first().waitFor();
  });

  test('without a folder, the list of circuits offers to open one', async () => {
    const page = await workbench.page.context().newPage();
    await page.goto(`${session.server.url}?ew=true`);
    const bar = page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]');
    await bar.waitFor({ timeout: 90_000 });
    await bar.click();
    await page.locator('.welcome-view-content', { hasText: 'Investigations of the folder that is open' }).waitFor();
    await picture(page, 'welcome-no-folder');
    await page.close();
  });
});

async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited 20 s in vain');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
