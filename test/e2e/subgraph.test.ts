/** The subgraph and the density filter in the real workbench: groups that are suggested, opened and dragged. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import type { Workbench } from '../workbench/workbench.ts';
import { GraphPage } from './graph-page.ts';
import { writePair } from './make-files.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

describe('the subgraph in the workbench', () => {
  let session: Session;
  let workbench: Workbench;
  let page: Page;
  let graph: GraphPage;

  before(
    async () => {
      session = await Session.start(await packedExtension());
      await writePair(session.folder, 'dallas', {
        pinned: ['0_10_1', '0_11_2', '1_12_2'],
        // The words of the other feature at the first layer, in another order.
        annotations: [{ layer: 0, feature: 10, label: 'Dallas, Texas' }],
      });
      workbench = await session.open();
      ({ page } = workbench);
      await workbench.openFile('dallas.circuit.json');
      graph = new GraphPage(await workbench.panelFrame(COUNTS), page);
      await graph.button('Subgraph (3)').click();
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  async function groups(): Promise<readonly (readonly string[])[] | undefined> {
    const text = await readFile(join(session.folder, 'dallas.circuit.json'), 'utf8');
    // The editor empties the file before it writes it.
    if (text === '') return undefined;
    return parseInvestigation(text, 'dallas').investigation.supernodes.map(({ members }) => members);
  }

  test('features whose labels have the same words are suggested as a group, which a click makes', async () => {
    await graph.button('Suggest groups').click();
    await graph.frame.getByText('2 nodes with the same words').waitFor();
    await picture(page, 'subgraph-suggestion');
    await graph.frame.getByRole('button', { name: 'Group', exact: true }).first().click();
    await graph.showsCounts(/^3 pinned · 1 group/);
    await page.keyboard.press('Control+S');
    const members = await until(async () => {
      const found = await groups();
      return found?.length === 1 ? found[0] : undefined;
    });
    assert.deepEqual(members, ['0_10_1', '0_11_2']);
  });

  test('a box is dragged, stays there, and is placed by rank again when all is arranged anew', async () => {
    const start = await graph.placeOf('say a capital');
    await page.mouse.move(start.x, start.y);
    await page.mouse.down();
    await page.mouse.move(start.x + 60, start.y + 10, { steps: 4 });
    await page.mouse.move(start.x + 120, start.y + 20, { steps: 4 });
    await page.mouse.up();
    await page.mouse.move(start.x, start.y + 150);
    const there = await graph.placeOf('say a capital');
    assert.ok(Math.hypot(there.x - start.x - 120, there.y - start.y - 20) < 6, JSON.stringify([start, there]));
    await picture(page, 'subgraph-dragged');
    await graph.button('Arrange').click();
    await until(async () => {
      const { x, y } = await graph.placeOf('say a capital');
      return Math.hypot(x - there.x, y - there.y) > 30 ? true : undefined;
    });
  });

  test('a double click opens a group, so that its members are drawn, and a button closes it', async () => {
    const { x, y } = await graph.placeOf('Texas, Dallas');
    await page.mouse.dblclick(x, y);
    await graph.button('Close groups').waitFor();
    await graph.frame.locator('.stage').press('Escape');
    const [one, other] = [await graph.placeOf('Dallas, Texas'), await graph.placeOf('Texas, Dallas')];
    assert.ok(Math.hypot(one.x - other.x, one.y - other.y) > 20, 'two boxes');
    await graph.button('Close groups').click();
    await graph.button('Open groups').waitFor();
  });

  test('features that fire often are left away by the density filter', async () => {
    await workbench.command('View: Close All Editors');
    await workbench.openFile('prompts.txt');
    await page.locator('.view-line', { hasText: 'containing Dallas is' }).first().click();
    await workbench.command('Circuit Explorer: Trace Attribution');
    graph = new GraphPage(await workbench.panelFrame('.next .chip'), page);
    await graph.button('Filter').click();
    const slider = graph.frame.getByLabel('Largest share of tokens on which a feature fires');
    await slider.waitFor({ timeout: 60_000 });
    const all = Number(/^\d+/.exec(await graph.counts())?.[0]);
    await slider.fill('-2.5');
    const rare = await until(async () => {
      const shown = Number(/^\d+/.exec(await graph.counts())?.[0]);
      return shown < all ? shown : undefined;
    });
    assert.ok(rare > 10, `${rare} of ${all}`);
    await picture(page, 'graph-density');
    await slider.fill('0');
    await graph.showsCounts(new RegExp(`^${all} `));
  });
});
