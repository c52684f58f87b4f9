/**
 * Makes the README's pictures in media/pictures/: the extension in the workbench that npm brings, on the sample
 * workspace. After a build: `npm run pictures`.
 */
import { cp, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { name, publisher, version } from '../package.json';
import { launchBrowser } from '../test/workbench/browser.ts';
import { startServer } from '../test/workbench/server.ts';
import { Workbench } from '../test/workbench/workbench.ts';

const root = join(import.meta.dirname, '..');
const pictures = join(root, 'media', 'pictures');
const THEMES = { dark: 'Dark Modern', light: 'Light Modern' };

await mkdir(pictures, { recursive: true });
const folder = join(await mkdtemp(join(tmpdir(), 'circuit-')), 'case-studies');
await cp(join(root, 'media', 'sample-workspace'), folder, { recursive: true });
const browser = await launchBrowser();
for (const [kind, theme] of Object.entries(THEMES)) {
  const server = await startServer({
    link: [root, `${publisher}.${name}-${version}`],
    settings: { 'workbench.colorTheme': theme, 'editor.wordWrap': 'on', 'breadcrumbs.enabled': false },
  });
  const context = await browser.newContext({ viewport: { width: 1600, height: 960 }, reducedMotion: 'reduce' });
  const workbench = await Workbench.open(await context.newPage(), server, folder);
  const { page } = workbench;
  await workbench.openFile('prompts.md');
  await page.locator('.view-line', { hasText: 'containing Dallas is' }).click();
  await workbench.command('Circuit Explorer: Trace Attribution');
  const panel = await workbench.panelFrame('[data-test="counts"]');
  await page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
  await panel.locator('.search vscode-text-field').click();
  await page.keyboard.type('#325');
  await page.keyboard.press('Enter');
  // The card's own page is loaded when it is first shown.
  await (await workbench.panelFrame('main.card ol.plain')).locator('body').waitFor();
  await page.waitForTimeout(1000);
  await page.screenshot({ path: join(pictures, `${kind}.png`), animations: 'disabled' });
  await context.close();
  await server.stop();
}
await browser.close();
await rm(folder, { recursive: true, force: true });
