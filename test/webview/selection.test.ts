import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../../webview/protocol.ts';
import { smallGraph } from '../unit/webview/graphs.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { placesOf, type Place } from './support/places.ts';
import { investigationOf, snapshotOf } from './support/snapshots.ts';

const [CITY, DALLAS, SAY] = ['0_10_1', '0_11_2', '1_12_2'];
const PARTS = { pinned: [CITY, DALLAS, SAY].sort(), settings: { nodeThreshold: 1, edgeThreshold: 1 } };

describe('selecting by pointer in a browser', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  before(() => browser.start());
  after(() => browser.stop());

  async function withPanel(use: (open: OpenPage) => Promise<void>, view: 'graph' | 'subgraph' = 'graph') {
    const graph = smallGraph();
    const snapshot: Snapshot = snapshotOf(graph, { investigation: investigationOf(graph, PARTS) });
    const open = await browser.open({ page: 'graph', theme: 'dark', snapshot, kept: { version: 2, view } });
    await open.page.locator('[data-test=counts]').waitFor();
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  const selected = async ({ posted }: OpenPage): Promise<readonly string[]> =>
    (await posted('selected')).at(-1)?.nodes ?? [];

  async function select(open: OpenPage, { x, y }: Place, expected: readonly string[], shift = false): Promise<void> {
    if (shift) await open.page.keyboard.down('Shift');
    await open.page.mouse.click(x, y);
    if (shift) await open.page.keyboard.up('Shift');
    await eventually(`${expected.join()} is selected`, async () => (await selected(open)).join() === expected.join());
  }

  async function drag({ page }: OpenPage, from: Place, to: Place): Promise<void> {
    await page.mouse.move(from.x, from.y);
    await page.mouse.down();
    await page.mouse.move((from.x + to.x) / 2, (from.y + to.y) / 2, { steps: 4 });
    await page.mouse.move(to.x, to.y, { steps: 4 });
    await page.mouse.up();
  }

  test('a rectangle drawn with Shift adds what is in it, and nothing that was clicked before', async () => {
    await withPanel(async open => {
      const [city, dallas, say] = await placesOf(open, [CITY, DALLAS, SAY]);
      await select(open, say, [SAY]);
      await select(open, dallas, [DALLAS]);
      await open.page.keyboard.down('Shift');
      await drag(open, { x: city.x - 100, y: city.y - 26 }, { x: city.x + 100, y: city.y + 26 });
      await open.page.keyboard.up('Shift');
      await eventually('the box is in the selection', async () => (await selected(open)).includes(CITY));
      assert.deepEqual(await selected(open), [DALLAS, CITY]);
    });
  });

  test('after several were selected and a change was undone a click selects one', async () => {
    await withPanel(async open => {
      const [city, dallas, say] = await placesOf(open, [CITY, DALLAS, SAY]);
      await select(open, city, [CITY]);
      await select(open, dallas, [CITY, DALLAS], true);
      const graph = smallGraph();
      const grouped = investigationOf(graph, {
        ...PARTS,
        supernodes: [{ id: 'g', name: 'G', members: [CITY, DALLAS] }],
      });
      await open.send({ type: 'investigation', investigation: grouped });
      await open.send({ type: 'investigation', investigation: investigationOf(graph, PARTS) });
      await select(open, say, [SAY]);
      await select(open, city, [CITY]);
    });
  });

  test('in the subgraph what is selected is dragged together, and nothing that was clicked before', async () => {
    await withPanel(async open => {
      const { page } = open;
      const places = (): Promise<Record<string, Place>> => page.evaluate('testHost.state.positions');
      const [city, dallas, say] = await placesOf(open, [CITY, DALLAS, SAY]);
      await select(open, city, [CITY]);
      await select(open, dallas, [DALLAS]);
      await drag(open, say, { x: say.x + 40, y: say.y });
      await eventually('the places are kept', async () => Object.keys(await places()).length > 0);
      const first = await places();
      await select(open, city, [CITY]);
      await select(open, dallas, [CITY, DALLAS], true);
      await drag(open, city, { x: city.x, y: city.y + 30 });
      await eventually('places change', async () => JSON.stringify(await places()) !== JSON.stringify(first));
      const second = await places();
      const moved = Object.keys(first).filter(id => JSON.stringify(first[id]) !== JSON.stringify(second[id]));
      assert.deepEqual(moved.sort(), [CITY, DALLAS].sort());
    }, 'subgraph');
  });
});
