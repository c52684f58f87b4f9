/** The main path in the real workbench, with the packaged extension: from a selection to a saved file. */
import assert from 'node:assert/strict';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import axe, { type AxeResults } from 'axe-core';
import type { Frame } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';

const LARGEST_PACKAGE = 40e6;

describe('in the workbench', () => {
  let session: Session;
  let workbench: Workbench;
  let panel: Frame;
  let vsix: string;

  before(
    async () => {
      vsix = await packedExtension();
      session = await Session.start(vsix);
      workbench = await session.open();
    },
    { timeout: 300_000 },
  );
  after(async () => session.stop());

  test('the package is at most 40 MB', async () => {
    const { size } = await stat(vsix);
    assert.ok(size <= LARGEST_PACKAGE, `${size} bytes`);
  });

  test('Trace Attribution on the line with the cursor shows its graph beside the text', async () => {
    await workbench.openFile('prompts.txt');
    await workbench.command('Circuit Explorer: Trace Attribution');
    panel = await workbench.panelFrame(COUNTS);
    await workbench.tab('fact-the-capital').waitFor();
    await workbench.statusBarItem('embedded model').waitFor();
    const tokens = await panel.locator('[aria-label^="Tokens of the prompt"] button').allInnerTexts();
    assert.deepEqual(tokens.slice(-2), ['Dallas', 'is']);
    const counts = await panel.locator(COUNTS).innerText();
    assert.match(counts, /^\d+ of \d+ nodes/);
    await picture(workbench.page, 'e2e-traced');
  });

  test('the thresholds prune without the engine, and the change can be undone', async () => {
    const nodes = async (): Promise<number> => Number.parseInt(await panel.locator(COUNTS).innerText(), 10);
    const before = await nodes();
    const slider = panel.getByLabel('Nodes threshold');
    await slider.fill('0.5');
    await until(async () => ((await nodes()) < before ? true : undefined));
    // The edit is written a moment after the slider has come to rest.
    await workbench.page.waitForTimeout(1500);
    await workbench.command('Undo');
    await until(async () => ((await nodes()) === before ? true : undefined));
  });

  test('Ctrl+S writes the investigation and its graph, which agree', async () => {
    await panel.locator(COUNTS).click();
    await workbench.page.keyboard.press('Control+S');
    await workbench.page.locator('.quick-input-titlebar', { hasText: 'Save Investigation' }).waitFor();
    await workbench.page.keyboard.press('Enter');
    const files = await until(async () => {
      const names = await readdir(session.folder);
      return names.some(name => name.endsWith('.circuit.json')) ? names : undefined;
    });
    const name = files.find(file => file.endsWith('.circuit.json'))!;
    const investigation = JSON.parse(await readFile(join(session.folder, name), 'utf8')) as {
      prompt: string;
      graph: { file: string };
    };
    assert.equal(investigation.prompt, 'Fact: the capital of the state containing Dallas is');
    assert.ok(files.includes(investigation.graph.file), files.join(', '));
    assert.deepEqual(
      files.filter(file => file.endsWith('.tmp')),
      [],
    );
  });

  test('a reloaded window shows the investigation again', async () => {
    // The workbench stores which editors are open some seconds after a change.
    await workbench.page.waitForTimeout(8000);
    await workbench.page.reload();
    await workbench.tab('fact-the-capital').waitFor({ timeout: 60_000 });
    panel = await workbench.panelFrame(COUNTS);
    assert.match(await panel.locator(COUNTS).innerText(), /^\d+ of \d+ nodes/);
  });

  test('the sidebar lists the features and the saved circuit', async () => {
    await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
    await workbench.treeRow(/Layer 0/).waitFor();
    await workbench.treeRow(/Dallas is/).waitFor();
    await picture(workbench.page, 'e2e-sidebar');
  });

  for (const [kind, theme] of [
    ['vscode-light', 'Light Modern'],
    ['vscode-high-contrast', 'Default High Contrast'],
    ['vscode-high-contrast-light', 'Default High Contrast Light'],
    ['vscode-dark', 'Dark Modern'],
  ] as const) {
    test(`${theme}: no serious violation of axe`, async () => {
      await workbench.useTheme(theme);
      await panel.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await workbench.page.waitForTimeout(500);
      await picture(workbench.page, `e2e-${kind}`);
      await panel.evaluate(axe.source);
      const { violations } = await panel.evaluate<AxeResults>('axe.run()');
      assert.deepEqual(
        violations.filter(({ impact }) => impact === 'serious' || impact === 'critical'),
        [],
      );
    });
  }
});

async function until<Found>(look: () => Promise<Found | undefined>): Promise<Found> {
  for (const end = Date.now() + 20_000; ;) {
    const found = await look();
    if (found !== undefined) return found;
    if (Date.now() > end) throw new Error('waited 20 s in vain');
    await new Promise(resolve => setTimeout(resolve, 100));
  }
}
