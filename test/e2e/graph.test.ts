/** The graph's page in the real workbench, with the packaged extension: what a person does in it. One window, in order. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import axe, { type AxeResults } from 'axe-core';
import type { Page } from 'playwright-core';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { GraphPage } from './graph-page.ts';
import { writePair } from './make-files.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

describe('the graph page in the workbench', () => {
  let session: Session;
  let workbench: Workbench;
  let page: Page;
  let graph: GraphPage;

  before(
    async () => {
      session = await Session.start(await packedExtension());
      await writePair(session.folder, 'dallas');
      workbench = await session.open();
      ({ page } = workbench);
      page.setDefaultTimeout(60_000);
      const bar = page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]');
      // Before the extensions are known, files open as text.
      await bar.waitFor();
      await bar.click();
      await workbench.openFile('dallas.circuit.json');
      graph = new GraphPage(await workbench.panelFrame(COUNTS), page);
      await graph.showsCounts(/^7 of 7 nodes · 7 of 7 edges/);
    },
    { timeout: 600_000 },
  );
  after(async () => session.stop());

  /** What is in the investigation's file, once it is saved and as wanted. */
  async function saved(isWanted: (investigation: Investigation) => boolean): Promise<Investigation> {
    await page.keyboard.press('Control+S');
    return until(async () => {
      const text = await readFile(join(session.folder, 'dallas.circuit.json'), 'utf8');
      // The editor empties the file before it writes it.
      if (text === '') return undefined;
      const investigation = JSON.parse(text) as Investigation;
      return isWanted(investigation) ? investigation : undefined;
    });
  }

  test('hovering shows label, place, activation and influence; a click selects; a click beside selects nothing', async () => {
    const { x, y } = await graph.placeOf('say a capital');
    await page.mouse.move(x, y - 40);
    await page.mouse.move(x, y);
    const tip = graph.frame.locator('[data-test=tooltip]');
    await tip.filter({ hasText: 'say a capital' }).waitFor();
    assert.match(await tip.innerText(), /feature #12 · L1 · token 2[\s\S]*Activation 4[\s\S]*Influence: rank \d of 6/);
    await picture(page, 'graph-hover');
    await page.mouse.click(x, y);
    await graph.hears(/^say a capital\. .*Activation 4.*selected/);
    await page.mouse.click(x + 120, y - 45);
    await graph.hears(/^$/);
  });

  test('inputs and outputs are ranked, split by sign, and grouped by token', async () => {
    await graph.click('Austin');
    const inputs = graph.frame.locator('section[data-test=inputs]');
    await inputs.waitFor();
    assert.match(
      await inputs.innerText(),
      /Raise 80 %\s+say a capital[\s\S]*60 %[\s\S]*error[\s\S]*20 %[\s\S]*Lower 20 %\s+Texas/,
    );
    await graph.frame.getByLabel('Group by token').check();
    assert.equal(await inputs.locator('details').count(), 2);
    await inputs.locator('summary').first().click();
    await inputs.locator('details .row').first().click();
    await graph.hears(/^say a capital/);
    await graph.frame.getByLabel('Group by token').uncheck();
    await graph.frame.locator('section[data-test=outputs]').getByText('Austin').waitFor();
  });

  test('the keyboard follows edges, goes back, moves, selects; a screen reader hears each node', async () => {
    await graph.clear();
    const stage = graph.frame.locator('.stage');
    await stage.press('Home');
    await graph.hears(/^Austin\. output · logits/);
    await stage.press('i');
    await graph.hears(/^say a capital/);
    await stage.press('i');
    await graph.hears(/^city names/);
    await stage.press('Shift+I');
    await graph.hears(/^Texas, Dallas/);
    await stage.press('Backspace');
    await graph.hears(/^say a capital/);
    await stage.press('o');
    await graph.hears(/^Austin/);
    await stage.press('ArrowDown');
    await graph.hears(/token 2/);
    await stage.press('Escape');
    await graph.hears(/^$/);
  });

  test('search by label, token, number and id; Enter goes from one to the next', async () => {
    const search = graph.frame.getByRole('textbox', { name: 'Search labels' });
    for (const [query, found] of [
      ['capital', '1 found'],
      ['The', '2 found'],
      ['#11', '1 found'],
      ['E_101_1', '1 found'],
      ['zebra', 'nothing'],
    ] as const) {
      await search.fill(query);
      await graph.frame.locator('[data-test=found]').getByText(found).waitFor();
    }
    await search.fill('The');
    await search.press('Enter');
    const first = await graph.hears(/./);
    await search.press('Enter');
    await until(async () => ((await graph.live()) === first ? undefined : true));
    await search.press('Escape');
    await graph.clear();
  });

  test('filters by kind, layer and token, and are cleared', async () => {
    await graph.button('Filter').click();
    const checkbox = graph.frame.locator('vscode-checkbox').filter({ hasText: 'Errors' });
    await checkbox.click();
    await graph.showsCounts(/^6 of 7 nodes/);
    await checkbox.click();
    await graph.button('L0').click();
    await graph.showsCounts(/^5 of 7 nodes/);
    await picture(page, 'graph-filter');
    await graph.button('Clear filters').click();
    await graph.showsCounts(/^7 of 7 nodes/);
    await graph.frame.locator('.stage').press('Escape');
    const chip = graph.frame.locator('.tokens .chip', { hasText: 'The' });
    await chip.click();
    await graph.showsCounts(/^3 of 7 nodes/);
    await chip.click();
    await graph.showsCounts(/^7 of 7 nodes/);
  });

  test('zoom, fit and full screen', async () => {
    const stage = graph.frame.locator('.stage');
    const zoom = async (): Promise<number> => Number(await stage.getAttribute('data-zoom'));
    const before = await zoom();
    await graph.button('Zoom in').click();
    await until(async () => ((await zoom()) > before ? true : undefined));
    await graph.button('Show all').click();
    await until(async () => (Math.abs((await zoom()) - before) < 1e-3 ? true : undefined));
    await stage.press('-');
    await until(async () => ((await zoom()) < before ? true : undefined));
    await stage.press('f');
    await graph.button('Full screen').click();
    await page.locator('.part.statusbar').waitFor({ state: 'hidden' });
    await graph.button('Full screen').click();
    await page.locator('.part.statusbar').waitFor({ state: 'visible' });
  });

  test('several are selected with Shift, grouped with G, that is undone, and one click selects one', async () => {
    await graph.clear();
    await graph.click('city names');
    const other = graph.frame.locator('section[data-test=outputs] .row', { hasText: 'say a capital' });
    await other.click({ modifiers: ['Shift'] });
    await graph.frame.getByText('2 nodes are selected.').waitFor();
    await page.waitForTimeout(1500);
    assert.ok(
      await graph.frame.getByText('2 nodes are selected.').isVisible(),
      'the features view leaves them selected',
    );
    await graph.frame.locator('.stage').press('g');
    await saved(({ supernodes }) => supernodes.length === 1);
    await workbench.command('Undo');
    await saved(({ supernodes }) => supernodes.length === 0);
    await graph.clear();
    await graph.click('Texas, Dallas');
    await graph.hears(/^Texas, Dallas/);
    await page.waitForTimeout(1500);
    assert.equal(await graph.frame.getByText('nodes are selected.').count(), 0);
  });

  test('Ctrl-click pins, the subgraph holds what is pinned, a group’s edges follow the formula of the field', async () => {
    await graph.clear();
    for (const name of ['city names', 'Texas, Dallas', 'say a capital']) await graph.click(name, 'Control');
    await graph.button('Subgraph (3)').click();
    await graph.showsCounts(/^3 pinned · 0 groups/);
    await saved(({ pinned }) => pinned.length === 3);
    const [city, texas] = [await graph.placeOf('city names'), await graph.placeOf('Texas, Dallas')];
    await page.mouse.click(city.x, city.y);
    await page.keyboard.down('Shift');
    await page.mouse.click(texas.x, texas.y);
    await page.keyboard.up('Shift');
    await graph.frame.locator('.stage').press('g');
    await graph.showsCounts(/^3 pinned · 1 group/);
    const outputs = graph.frame.locator('section[data-test=outputs]');
    await outputs.waitFor();
    // All inputs of "say a capital" come from the two; of those of "Austin" a fifth, against it.
    const said = await until(async () => {
      const text = (await outputs.innerText()).replaceAll(/\s+/g, ' ');
      return text.includes('−20 %') ? text : undefined;
    });
    assert.match(said, /say a capital.*\+100 %.*Austin.*−20 %/);
    await graph.frame.locator('.stage').press('F2');
    const field = graph.frame.getByLabel('Name of the group');
    await field.fill('Dallas');
    await field.press('Enter');
    await saved(({ supernodes }) => supernodes[0]?.name === 'Dallas');
    await graph.frame.locator('[data-test=tooltip]').getByText('Dallas', { exact: true }).waitFor();
    await picture(page, 'graph-subgraph');
    await graph.button('Open groups').click();
    await graph.button('Close groups').click();
    await graph.frame.locator('.stage').press('u');
    await saved(({ supernodes }) => supernodes.length === 0);
    await graph.button('Suggest groups').click();
    await graph.frame.getByText('No two ungrouped nodes have the same label or the same words.').waitFor();
    await graph.frame.locator('.stage').press('Escape');
    await graph.button('Graph').click();
  });

  test('the editor’s menu on a right click knows the node, and does what it says', async () => {
    await graph.clear();
    await graph.click('say a capital', undefined, 'right');
    const menu = (text: string) => page.locator('.monaco-menu .action-item', { hasText: text }).first();
    await menu('Unpin').waitFor();
    await picture(page, 'graph-menu');
    // A menu listens a moment after it is shown.
    await until(async () => {
      await menu('Unpin')
        .click({ timeout: 3000 })
        .catch(() => undefined);
      return (await menu('Unpin').isVisible()) ? undefined : true;
    });
    await saved(({ pinned }) => pinned.length === 2 && !pinned.includes('1_12_2'));
  });

  test('pictures and Neuronpedia’s JSON are written', async () => {
    for (const [command, ending] of [
      ['Circuit Explorer: Export as SVG…', '.svg'],
      ['Circuit Explorer: Export as PNG…', '.png'],
      ['Circuit Explorer: Export for Neuronpedia…', '.neuronpedia.json'],
    ] as const) {
      await workbench.command(command, { opensPicker: true });
      await page.locator('.quick-input-titlebar').first().waitFor();
      await page.waitForTimeout(500);
      await page.keyboard.press('Enter');
      await until(async () => ((await readdir(session.folder)).some(name => name.endsWith(ending)) ? true : undefined));
    }
    const read = (name: string): Promise<Buffer> => readFile(join(session.folder, name));
    const svg = await until(async () => ((await read('dallas.svg')).length > 0 ? read('dallas.svg') : undefined));
    assert.match(svg.toString(), /^<svg [\s\S]*say a capital[\s\S]*<\/svg>/);
    assert.deepEqual([...(await read('dallas.png')).subarray(0, 4)], [0x89, 0x50, 0x4e, 0x47]);
    const exported = JSON.parse((await read('dallas.neuronpedia.json')).toString()) as {
      qParams: { pinnedIds: string[] };
    };
    assert.equal(exported.qParams.pinnedIds.length, 2);
  });

  for (const [kind, theme] of [
    ['vscode-light', 'Light Modern'],
    ['vscode-high-contrast', 'Default High Contrast'],
    ['vscode-high-contrast-light', 'Default High Contrast Light'],
    ['vscode-dark', 'Dark Modern'],
  ] as const) {
    test(`${theme}: the subgraph and the card have no serious violation of axe`, async () => {
      await workbench.useTheme(theme);
      await graph.frame.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await graph.button(/^Subgraph/).click();
      const card = await workbench.panelFrame('main.card h1');
      await card.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await picture(page, `graph-${kind}`);
      for (const frame of [graph.frame, card]) {
        await frame.evaluate(axe.source);
        const { violations } = await frame.evaluate<AxeResults>('axe.run()');
        assert.deepEqual(
          violations
            .filter(({ impact }) => impact === 'serious' || impact === 'critical')
            .map(({ id, help }) => [id, help]),
          [],
        );
      }
    });
  }
});
