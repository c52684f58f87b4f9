import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Snapshot } from '../../webview/protocol.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { investigationOf, tracedSnapshot } from './support/snapshots.ts';

describe('subgraph in a browser', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let snapshot: Snapshot;
  let pins: string[];
  before(async () => {
    await browser.start();
    if (skipReason !== false) return;
    const traced = await tracedSnapshot();
    const { nodes } = traced.graph;
    const strongest = nodes
      .filter(({ kind }) => kind === 'feature')
      .sort((a, b) => (a.influence ?? 1) - (b.influence ?? 1))
      .slice(0, 5)
      .map(({ id }) => id);
    const output = nodes.find(({ kind }) => kind === 'logit')?.id ?? '';
    pins = [...strongest, output].sort();
    const supernodes = [{ id: 'g1', name: '<img src=x onerror=alert(1)>', members: strongest.slice(0, 2).sort() }];
    const investigation = investigationOf(traced.graph, { pinned: pins, supernodes });
    snapshot = { ...traced, investigation };
  });
  after(() => browser.stop());

  async function withSubgraph(use: (open: OpenPage) => Promise<void>, kept: object = {}): Promise<void> {
    const open = await browser.open({
      page: 'graph',
      theme: 'dark',
      snapshot,
      kept: { version: 2, view: 'subgraph', ...kept },
    });
    await open.page.locator('[data-test=counts]').getByText('6 pinned · 1 group').waitFor();
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  interface Kept {
    readonly positions: Record<string, [number, number]>;
    readonly open: string[];
  }
  const kept = ({ page }: OpenPage): Promise<Kept> => page.evaluate<Kept>('testHost.state');

  /** Focuses the group's first member, whose tooltip then says where the group's box is. */
  async function focusGroup({ page, send }: OpenPage): Promise<{ x: number; y: number }> {
    await page.locator('.stage').focus();
    await page.keyboard.press('Home');
    await send({ type: 'select', nodes: [snapshot.investigation?.supernodes[0].members[0]] });
    const at = page.locator('[data-test=tooltip]');
    await at.waitFor();
    await eventually('the group is focused', async () => (await at.innerText()).includes('Group of 2 nodes'));
    const [x, y] = ((await at.getAttribute('data-at')) ?? '').split(',').map(Number);
    const stage = await page.locator('.stage').boundingBox();
    assert.ok(stage !== null);
    return { x: stage.x + x, y: stage.y + y };
  }

  test('scores of the pinned part stand beside those of the graph', async () => {
    await withSubgraph(async ({ page }) => {
      assert.match(await page.locator('.scores').innerText(), /Replacement\s+0\.\d\d\s+0\.\d\d/);
    });
  });

  test('boxes can be dragged, and stay where they are in the panel’s own state', async () => {
    await withSubgraph(async open => {
      const { page } = open;
      const { x, y } = await focusGroup(open);
      assert.deepEqual((await kept(open)).positions, {});
      await page.mouse.move(x, y);
      await page.mouse.down();
      await page.mouse.move(x + 20, y + 40, { steps: 3 });
      await page.mouse.move(x + 30, y + 60, { steps: 3 });
      await page.mouse.up();
      await eventually('the place is kept', async () => Object.keys((await kept(open)).positions).length > 0);
      const { positions } = await kept(open);
      assert.ok('gg1' in positions && pins.filter(id => id in positions).length === 4, JSON.stringify(positions));
      const again = await browser.open({ page: 'graph', theme: 'dark', snapshot, kept: await kept(open) });
      await again.page.locator('[data-test=counts]').waitFor();
      assert.deepEqual((await kept(again)).positions, positions);
      await again.page.getByRole('button', { name: 'Arrange' }).click();
      await eventually('the places are forgotten', async () => Object.keys((await kept(again)).positions).length === 0);
      await again.page.close();
    });
  });

  test('a double click opens a group; F2 renames it in its place', async () => {
    await withSubgraph(async open => {
      const { page, posted } = open;
      const { x, y } = await focusGroup(open);
      await page.keyboard.press('F2');
      const field = page.getByLabel('Name of the group');
      await field.waitFor();
      assert.equal(await field.inputValue(), '<img src=x onerror=alert(1)>');
      await field.fill('Capitals');
      await field.press('Enter');
      await eventually('it is renamed', async () => (await posted('edit')).length === 1);
      assert.deepEqual((await posted('edit'))[0].edit, { kind: 'rename-group', id: 'g1', name: 'Capitals' });
      await page.mouse.dblclick(x, y);
      await eventually('it is open', async () => (await kept(open)).open.includes('g1'));
      await page.getByRole('button', { name: 'Close groups' }).click();
      await eventually('it is closed', async () => (await kept(open)).open.length === 0);
    });
  });

  test('Escape leaves a name as it is', async () => {
    await withSubgraph(async open => {
      await focusGroup(open);
      await open.page.keyboard.press('F2');
      const field = open.page.getByLabel('Name of the group');
      await field.fill('other');
      await field.press('Escape');
      await field.waitFor({ state: 'detached' });
      assert.deepEqual(await open.posted('edit'), []);
    });
  });

  test('groups are suggested and made in a click', async () => {
    await withSubgraph(async ({ page, send, posted }) => {
      const labels = Object.fromEntries(
        snapshot.graph.nodes.flatMap(({ id, layer, feature, kind }) =>
          pins.includes(id) && kind === 'feature' ? [[`${layer}/${feature}`, 'France']] : [],
        ),
      );
      await send({ type: 'command', command: 'suggest-groups' });
      await page.evaluate(
        `testHost.send({ type: 'snapshot', snapshot: { ...testHost.snapshot, labelsElsewhere: ${JSON.stringify(labels)} } })`,
      );
      await page.getByText('3 nodes with the same label').waitFor();
      await page.getByRole('button', { name: 'Group', exact: true }).first().click();
      await eventually('they are grouped', async () => (await posted('edit')).length === 1);
      const [{ edit }] = await posted('edit');
      assert.ok(edit.kind === 'group' && edit.name === 'France' && edit.nodes.length === 3);
    });
  });

  test('pictures: SVG as text, PNG as bytes, hostile names escaped', async () => {
    await withSubgraph(async open => {
      const { page, send, posted } = open;
      for (const command of ['export-svg', 'export-png']) await send({ type: 'command', command });
      await eventually('both are saved', async () => (await posted('request')).length === 2);
      const svg = await page.evaluate<string>('testHost.posted.find(m => m.kind === "svg").content');
      assert.match(svg, /^<svg [\s\S]*&lt;img src=x onerror[\s\S]*<\/svg>\n$/);
      assert.ok(!svg.includes('<img'));
      const png = await page.evaluate<number[]>('[...testHost.posted.find(m => m.kind === "png").content.slice(0, 8)]');
      assert.deepEqual(png, [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
    });
  });

  /** Of the drawing, as the exported picture has it. */
  async function picture({ page, send }: OpenPage): Promise<string> {
    const images = `testHost.posted.filter(message => message.kind === 'svg')`;
    const before = await page.evaluate<number>(`${images}.length`);
    await send({ type: 'command', command: 'export-svg' });
    await eventually('a picture is sent', async () => (await page.evaluate<number>(`${images}.length`)) > before);
    return page.evaluate<string>(`${images}.at(-1).content`);
  }

  test('I, O and the arrows walk along its own lines, a closed group is one stop', async () => {
    await withSubgraph(async open => {
      const { page, posted } = open;
      await page.locator('.stage').focus();
      await page.keyboard.press('Home');
      const seen = new Set<string>();
      for (const key of ['i', 'i', 'Shift+I', 'o', 'ArrowDown', 'ArrowDown', 'ArrowLeft', 'ArrowUp', 'i', 'i']) {
        await page.keyboard.press(key);
        for (const id of (await posted('selected')).at(-1)?.nodes ?? []) seen.add(id);
      }
      const outside = [...seen].filter(
        id => !pins.includes(id) && snapshot.graph.nodes.find(one => one.id === id)?.kind !== 'logit',
      );
      assert.deepEqual(outside, [], 'only what the subgraph shows');
      assert.ok(seen.size >= 3, [...seen].join(' '));
      const members = snapshot.investigation?.supernodes[0].members ?? [];
      for (const { nodes } of await posted('selected'))
        if (nodes.includes(members[0]) || nodes.includes(members[1]))
          assert.ok(members.every(id => nodes.includes(id)));
    });
  });

  test('a selected group shows what it gives and takes; its members lead to their own links', async () => {
    await withSubgraph(async open => {
      const { page } = open;
      const { x, y } = await focusGroup(open);
      await page.mouse.click(x, y);
      await page.getByRole('heading', { name: '<img src=x onerror=alert(1)>' }).waitFor();
      assert.match(
        await page.locator('section[data-test=outputs]').innerText(),
        /share of the other’s inputs[\s\S]*[+−]\d/,
      );
      await page.locator('.details .row').first().click();
      await page.getByLabel('Group by token').waitFor();
    });
  });

  test('the filter applies to the subgraph', async () => {
    await withSubgraph(async open => {
      const { page } = open;
      const boxes = (svg: string): number => (svg.match(/<rect [^>]*rx=/g) ?? []).length;
      assert.ok(boxes(await picture(open)) >= 5);
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.locator('vscode-checkbox').filter({ hasText: 'Features' }).click();
      await eventually('the outputs stay', async () => boxes(await picture(open)) < 5);
      assert.ok(!(await picture(open)).includes('&lt;img'), 'nor a group of what was left away');
    });
  });

  test('without pins it says how to pin', async () => {
    const bare = { ...snapshot, investigation: investigationOf(snapshot.graph) };
    const { page, troubles } = await browser.open({ page: 'graph', theme: 'dark', snapshot: bare });
    await page.keyboard.press('Tab');
    await page.getByRole('button', { name: 'Subgraph' }).click();
    await page.getByText('Nothing is pinned yet').waitFor();
    assert.deepEqual(troubles, []);
    await page.close();
  });
});
