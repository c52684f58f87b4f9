/** The Features view in the real workbench. One window for all of it, in order. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Locator } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

const THEMES = ['Light Modern', 'Default High Contrast', 'Default High Contrast Light', 'Dark Modern'];

describe('the features view', () => {
  let session: Session;
  let workbench: Workbench;

  before(
    async () => {
      session = await Session.start(await packedExtension());
      workbench = await session.open();
      await workbench.openFile('prompts.txt');
      await workbench.command('Circuit Explorer: Trace Attribution');
      await workbench.panelFrame(COUNTS);
      await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
      await workbench.treeRow(/^Layer 0/).waitFor();
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  const tree = (): Locator => workbench.page.locator('.pane', { hasText: 'Features' }).first();
  const row = (text: string | RegExp): Locator => tree().locator('.monaco-list-row', { hasText: text }).first();
  const input = (): Locator => workbench.page.locator('.quick-input-widget input[type=text]').first();
  const answer = async (text: string): Promise<void> => {
    await input().fill(text);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  };
  const choose = async (label: string): Promise<void> => {
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  };
  const groupBy = async (label: string): Promise<void> => {
    await workbench.command('Circuit Explorer: Group Features By…', { opensPicker: true });
    await choose(label);
  };
  const filter = async (text: string): Promise<void> => {
    await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
    await answer(text);
  };
  const rows = (): Promise<string[]> => tree().locator('.monaco-list-row').allInnerTexts();

  test('features stand by layer with label, its score, activation and influence, strongest first', async () => {
    await filter('texas');
    const texts = await until(async () => {
      const all = (await rows()).filter(text => text.includes('act'));
      return all.length > 1 && all.some(text => text.includes('score')) ? all : undefined;
    });
    for (const text of texts) assert.match(text, /L\d · .+ · act [\d.]+ · infl \.\d\d/);
    assert.ok(
      texts.some(text => /score (\.\d\d|1\.00)/.test(text)),
      texts.join('\n'),
    );
    await picture(workbench.page, 'sidebar-filtered');
  });

  test('children are examples with the peak token highlighted, and what is promoted and suppressed', async () => {
    await row(/act/).click();
    await workbench.page.keyboard.press('ArrowRight');
    const promoted = row(/promoted/);
    await promoted.waitFor();
    await row(/suppressed/).waitFor();
    const peaks = await tree().locator('.monaco-list-row .highlight').allInnerTexts();
    assert.ok(peaks.length >= 3 && peaks.every(text => text.trim() !== ''), peaks.join());
    await picture(workbench.page, 'sidebar-children');
  });

  test('a tooltip has examples', async () => {
    await workbench.page.mouse.move(900, 500);
    await row(/act/).hover();
    const hover = workbench.page.locator('.workbench-hover, .monaco-hover', { hasText: 'Automatic label' }).first();
    await hover.waitFor();
    const bold = await hover.locator('strong').allInnerTexts();
    assert.ok(bold.length >= 3, `${bold.length} bold words: ${await hover.innerText()}`);
    await picture(workbench.page, 'sidebar-tooltip');
    await workbench.page.mouse.move(900, 500);
    await row(/act/).click();
    await workbench.page.keyboard.press('ArrowLeft');
  });

  test('the filter works while it is typed, and Escape takes it back', async () => {
    const before = await rows();
    await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
    await input().fill('nothing is called so');
    await until(async () => ((await rows()).length === 0 ? true : undefined));
    await workbench.page.keyboard.press('Escape');
    await until(async () => ((await rows()).length >= before.length ? true : undefined));
    await workbench.command('Circuit Explorer: Clear Feature Filter');
    await row(/^Layer 1/).waitFor();
  });

  test('grouped by position, by supernode, by label, by layer', async () => {
    for (const [grouping, title] of [
      ['Position', /Dallas/],
      ['Supernode', /In no supernode/],
      ['Label', /Texas|Dallas/],
      ['Layer', /^Layer 0/],
    ] as const) {
      await groupBy(grouping);
      await row(title).waitFor();
    }
  });

  test('a command is about all selected features, and is undone at once', async () => {
    await filter('texas');
    // By their names: rows of a list that is drawn anew stand in another order in the page.
    const names = await until(async () => {
      const found = await tree().locator('.monaco-list-row', { hasText: /· act/ }).allInnerTexts();
      const groups = await tree()
        .locator('.monaco-list-row', { hasText: /^Layer/ })
        .count();
      return found.length > 1 && found.length >= groups ? found.map(text => text.split(/L\d · /)[0].trim()) : undefined;
    });
    const [first, second] = [row(names[0]), row(names[1])];
    const others = names.slice(2);
    await first.click();
    await second.click({ modifiers: ['ControlOrMeta'] });
    const selected = tree().locator('.monaco-list-row[aria-selected=true]');
    await until(async () => ((await selected.count()) === 2 ? true : undefined));
    await workbench.contextMenu(second, 'Judge Feature');
    await choose('spurious');
    for (const judged of [first, second]) await judged.filter({ hasText: 'spurious' }).waitFor();
    for (const other of others) assert.doesNotMatch(await row(other).innerText(), /spurious/);
    await workbench.command('Undo');
    await until(async () => ((await rows()).every(text => !text.includes('spurious')) ? true : undefined));
    assert.equal(await tree().locator('.monaco-list-row', { hasText: /· act/ }).count(), names.length);
  });

  for (const theme of THEMES) {
    test(`looks in ${theme}`, async () => {
      await workbench.useTheme(theme);
      await workbench.page.waitForTimeout(700);
      await picture(workbench.page, `sidebar-${theme.replaceAll(' ', '-').toLowerCase()}`);
    });
  }
});
