/** What a person says of features and circuits, in the real workbench: the sidebar, the card, undo and redo, comparing. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

const THEMES = ['Light Modern', 'Default High Contrast', 'Default High Contrast Light', 'Dark Modern'];

/** What the card's form shows. */
interface Shown {
  readonly label: string;
  readonly note: string;
  readonly tags: string;
  readonly evidence: string;
  readonly verdict: string;
  readonly colour: string;
}

describe('what a person says of features', () => {
  let session: Session;
  let workbench: Workbench;
  let card: Frame;

  const trace = async (line: string): Promise<void> => {
    await workbench.openFile('prompts.txt');
    await workbench.page.locator('.view-line', { hasText: line }).first().click();
    await workbench.command('Circuit Explorer: Trace Attribution');
  };
  const pane = (title: string): Locator => workbench.page.locator('.pane', { hasText: title }).first();
  const row = (text: string | RegExp): Locator =>
    pane('Features').locator('.monaco-list-row', { hasText: text }).first();
  const input = (): Locator => workbench.page.locator('.quick-input-widget input[type=text]').first();
  const answer = async (text: string): Promise<void> => {
    await input().waitFor();
    await input().fill(text);
    await workbench.page.keyboard.press('Enter');
    await workbench.page.locator('.quick-input-widget').waitFor({ state: 'hidden' });
  };
  const choose = async (label: string): Promise<void> => {
    await workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click();
  };
  /** The form's fields: label and tags are lines, note and evidence areas. */
  const field = (name: 'label' | 'tags' | 'note' | 'evidence'): Locator => {
    const isLine = name === 'label' || name === 'tags';
    const fields = card.locator(
      isLine ? '.annotation vscode-text-field input' : '.annotation vscode-text-area textarea',
    );
    return fields.nth(name === 'label' || name === 'note' ? 0 : 1);
  };
  const pressed = (name: string): Locator => card.locator(`[aria-label="${name}"] [aria-pressed="true"]`);
  const shown = async (): Promise<Shown> => ({
    label: await field('label').inputValue(),
    note: await field('note').inputValue(),
    tags: await field('tags').inputValue(),
    evidence: await field('evidence').inputValue(),
    verdict: (await pressed('Verdict').allInnerTexts()).join(),
    colour: (await pressed('Colour').count()) === 0 ? '' : ((await pressed('Colour').getAttribute('aria-label')) ?? ''),
  });
  const untilShown = async (name: keyof Shown, value: string): Promise<void> => {
    const last = await until(async () => {
      const now = await shown();
      return now[name] === value ? now : undefined;
    });
    assert.equal(last[name], value);
  };
  /** One undo takes back what was done, and one redo brings it again. */
  const undoAndRedo = async (name: keyof Shown, before: string, done: string): Promise<void> => {
    await untilShown(name, done);
    await workbench.command('Undo');
    await untilShown(name, before);
    await workbench.command('Redo');
    await untilShown(name, done);
  };
  /** The one feature whose row the filter leaves first. */
  const feature = (): Locator => row(/· act/);

  before(
    async () => {
      session = await Session.start(await packedExtension());
      workbench = await session.open();
      await trace('containing Dallas is');
      await workbench.panelFrame(COUNTS);
      await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
      await row(/^Layer 1/).waitFor();
      await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
      await answer('1/137');
      await feature().click();
      card = await workbench.panelFrame('main.card form.annotation');
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  const sidebar: readonly (readonly [keyof Shown, string, () => Promise<void>, string])[] = [
    ['label', 'Rename Feature', () => answer('cities of Texas'), 'cities of Texas'],
    ['note', 'Note on Feature', () => answer('fires on Dallas <b>alone</b>'), 'fires on Dallas <b>alone</b>'],
    ['tags', 'Tag Feature', () => answer('state, city'), 'city, state'],
    ['verdict', 'Judge Feature', () => choose('relevant'), 'relevant'],
    ['colour', 'Colour Feature', () => choose('green'), 'green'],
    ['evidence', 'Add Evidence', () => answer('ablated: Austin falls to .02'), 'ablated: Austin falls to .02'],
  ];
  for (const [name, title, give, value] of sidebar) {
    test(`${name} from the sidebar, undone and redone`, async () => {
      const before = (await shown())[name];
      await workbench.contextMenu(feature(), title);
      await give();
      await undoAndRedo(name, before, value);
    });
  }

  test('the tree shows the new name, and the verdict beside it', async () => {
    await row(/cities of Texas.*relevant/s).waitFor();
  });

  test('verdict and colour from the card, undone and redone', async () => {
    await card.locator('[aria-label="Verdict"] button', { hasText: 'spurious' }).click();
    await undoAndRedo('verdict', 'relevant', 'spurious');
    await card.locator('[aria-label="Colour"] button[aria-label="purple"]').click();
    await undoAndRedo('colour', 'green', 'purple');
  });

  for (const [name, value] of [
    ['label', 'Texan cities'],
    ['tags', 'places'],
    ['note', 'see the paper'],
    ['evidence', 'doubled: no change'],
  ] as const) {
    test(`${name} from the card, undone and redone`, async () => {
      const before = (await shown())[name];
      await field(name).fill(value);
      await field(name).press('Tab');
      await workbench.page.locator('.tabs-container .tab', { hasText: 'fact-the-capital' }).first().click();
      await undoAndRedo(name, before, value);
    });
  }

  test('a feature that is dragged onto another makes a supernode with it, onto a supernode it goes into that', async () => {
    await workbench.command('Circuit Explorer: Clear Feature Filter');
    await workbench.command('Circuit Explorer: Group Features By…', { opensPicker: true });
    await choose('Supernode');
    const loose = row(/^In no supernode/);
    await loose.waitFor();
    await loose.click();
    await workbench.page.keyboard.press('ArrowRight');
    const features = pane('Features').locator('.monaco-list-row', { hasText: /· act/ });
    const names = await until(async () => {
      const texts = (await features.allInnerTexts()).map(text => text.split(/L\d · /)[0].trim());
      return new Set(texts).size > 3 ? [...new Set(texts)] : undefined;
    });
    await row(names[1]).dragTo(row(names[0]));
    const group = pane('Features')
      .locator('.monaco-list-row[aria-level="1"]', { hasNotText: 'In no supernode' })
      .first();
    await group.waitFor();
    assert.match(await group.innerText(), /2$/);
    await loose.click();
    await workbench.page.keyboard.press('ArrowRight');
    await row(names[2]).dragTo(group);
    await until(async () => (/3$/.test((await group.innerText()).trim()) ? true : undefined));
    await picture(workbench.page, 'sidebar-supernode');
    await workbench.command('Undo');
    await until(async () => (/2$/.test((await group.innerText()).trim()) ? true : undefined));
  });

  test('what was said is offered where the feature shows up in another investigation', async () => {
    await trace('containing Dallas is');
    await workbench.tab('dallas-is-2').waitFor();
    await workbench.command('Circuit Explorer: Group Features By…', { opensPicker: true });
    await choose('Layer');
    await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
    await answer('1/137');
    // The name that it was given there.
    await row(/Texan cities.*· act/s).click();
    await untilShown('label', '');
    const offer = card.locator('.elsewhere', { hasText: 'Texan cities' });
    await offer.waitFor();
    await picture(workbench.page, 'card-elsewhere');
    await offer.locator('vscode-button').click();
    await untilShown('label', 'Texan cities');
    await untilShown('verdict', 'spurious');
    await offer.waitFor({ state: 'hidden' });
  });

  test('two circuits are compared, in all themes', async () => {
    await trace('containing Oakland is');
    await workbench.tab('oakland').waitFor();
    const circuits = workbench.page.locator('.pane', { hasText: 'Circuits' }).last();
    const items = circuits.locator('.monaco-list-row', { hasText: 'of the state containing' });
    await until(async () => ((await items.count()) >= 2 ? true : undefined));
    await workbench.command('Circuit Explorer: Compare Investigations', { opensPicker: true });
    for (const name of ['Dallas', 'Oakland']) {
      const line = workbench.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
      await line.click();
    }
    await picture(workbench.page, 'compare-picker');
    await workbench.page.locator('.quick-input-widget .monaco-button', { hasText: 'OK' }).first().click();
    const page = await workbench.panelFrame('th[scope="rowgroup"]');
    const sections = await page.locator('th[scope="rowgroup"]').allInnerTexts();
    assert.match(sections[0], /^Shared \(\d+\)$/);
    assert.equal(sections.length, 3);
    const counts = sections.map(text => Number(/\((\d+)\)$/.exec(text)?.[1]));
    assert.ok(
      counts.every(count => count > 0),
      sections.join(),
    );
    assert.equal(await page.locator('tbody th[scope="row"]').count(), counts[0] + counts[1] + counts[2]);
    assert.equal(await page.locator('td.absent').count(), counts[1] + counts[2]);
    for (const theme of THEMES) {
      await workbench.useTheme(theme);
      await workbench.page.waitForTimeout(500);
      await picture(workbench.page, `compare-${theme.replaceAll(' ', '-').toLowerCase()}`);
    }
  });
});
