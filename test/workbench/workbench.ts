import type { Frame, FrameLocator, Locator, Page } from 'playwright-core';
import type { CodeServer } from './server.ts';

/** A path of this machine as the workbench names it. */
export function remoteUri(port: number, path: string): string {
  return `vscode-remote://127.0.0.1:${port}${path}`;
}

/** The address of a folder's workbench; `payload` as VS Code's web workbench takes it. */
export function workbenchUrl(server: CodeServer, folder: string, payload?: readonly (readonly string[])[]): string {
  const query = new URLSearchParams({ folder });
  if (payload !== undefined) query.set('payload', JSON.stringify(payload));
  return `${server.url}?${query.toString()}`;
}

/** The workbench in a page, by what a person sees. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Opens a folder, which must hold a file at least, and waits until it is shown. */
  static async open(page: Page, server: CodeServer, folder: string): Promise<Workbench> {
    await page.goto(workbenchUrl(server, folder), { timeout: 90_000 });
    await page.waitForSelector('.monaco-workbench .part.statusbar', { timeout: 90_000 });
    await page.waitForSelector('.explorer-folders-view .monaco-list-row', { timeout: 90_000 });
    return new Workbench(page);
  }

  /** Runs a command of the palette by its full title. */
  async command(title: string, options: { readonly opensPicker?: boolean } = {}): Promise<void> {
    const widget = this.page.locator('.quick-input-widget');
    const pattern = new RegExp(`^${title.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}$`);
    const row = this.page
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.page.locator('.label-name', { hasText: pattern }) })
      .first();
    // The palette does not learn of extensions that register after it was opened: open it again until the row is there.
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press('F1');
      const input = widget.locator('input[type=text]').first();
      const opened = await isShown(input, 3000);
      if (!opened && attempt < 15) {
        await this.#takeFocus();
        continue;
      }
      // A page that comes, or a tree that is drawn anew, at that moment takes the focus, and closes the palette.
      const isTaken = await succeeds(
        input
          .fill(`>${title}`, { timeout: 3000 })
          .then(() => row.waitFor({ timeout: 3000 }))
          .then(() => row.click({ timeout: 5000 })),
      );
      if (isTaken) break;
      if (attempt === 15) throw new Error(`The palette has no command "${title}".`);
      await this.page.keyboard.press('Escape');
      await widget.waitFor({ state: 'hidden' });
    }
    if (options.opensPicker !== true) await widget.waitFor({ state: 'hidden' });
  }

  /** Opens the context menu of something and takes an item of it, by its words; `look` sees the open menu. */
  async contextMenu(target: Locator, item: string, look?: () => Promise<void>): Promise<void> {
    await target.click({ button: 'right' });
    const line = this.page.locator('.monaco-menu .action-item', { hasText: item }).first();
    await line.waitFor();
    await look?.();
    // A menu listens to clicks a tenth of a second after it is shown, when the machine has time: until then none is taken.
    for (let attempt = 0; ; attempt++) {
      await line.click({ timeout: 3000 }).catch(() => undefined);
      const isTaken = await line.waitFor({ state: 'hidden', timeout: 1000 }).then(
        () => true,
        () => false,
      );
      if (isTaken) return;
      if (attempt === 15) throw new Error(`The menu does not take "${item}".`);
    }
  }

  /** Changes to a colour theme by its name. */
  async useTheme(name: string): Promise<void> {
    await this.command('Preferences: Color Theme', { opensPicker: true });
    await this.page.locator('.quick-input-widget input[type=text]').first().fill(name);
    await this.page
      .locator('.quick-input-list .monaco-list-row', { has: this.page.getByText(name, { exact: true }) })
      .first()
      .click();
  }

  /** Opens a file of the folder shown in the explorer. */
  async openFile(name: string): Promise<void> {
    const row = this.page.locator('.quick-input-list .monaco-list-row', { hasText: name }).first();
    const input = this.page.locator('.quick-input-widget input[type=text]').first();
    // Asked for before files can be searched, the list stays empty: it is opened again until the file is there.
    for (let attempt = 0; ; attempt++) {
      await this.page.keyboard.press('Control+P');
      const opened = await isShown(input, 3000);
      if (!opened && attempt < 10) {
        await this.#takeFocus();
        continue;
      }
      // A focus that moves late closes the box before anything is typed.
      const typed = await succeeds(input.fill(name, { timeout: 3000 }));
      if (typed && (await isShown(row, 5000))) break;
      if (attempt === 10) throw new Error(`The workbench finds no file "${name}".`);
      await this.page.keyboard.press('Escape');
      await input.waitFor({ state: 'hidden' });
    }
    await row.click();
    await this.page.locator('.tabs-container .tab', { hasText: name }).first().waitFor();
  }

  /** Keys are lost while the page of a webview, which had the focus, is going away. */
  async #takeFocus(): Promise<void> {
    await this.page.locator('.part.titlebar').click();
  }

  /** The extension's page in the visible editor panel. */
  panel(): FrameLocator {
    return this.page
      .locator('.editor-container, .webview')
      .page()
      .frameLocator('iframe.webview.ready >> visible=true')
      .frameLocator('iframe#active-frame');
  }

  /** The same page as a frame, for evaluating in it. `has` is a selector that only this page has. */
  async panelFrame(has: string): Promise<Frame> {
    for (let attempt = 0; attempt < 300; attempt++) {
      for (const frame of this.page.frames()) {
        const found = await frame.$(has).catch(() => null);
        if (found !== null) return frame;
      }
      await this.page.waitForTimeout(100);
    }
    throw new Error(`No panel shows ${has}.`);
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator('.notification-list-item', { hasText: text }).first();
  }

  statusBarItem(text: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: text }).first();
  }

  treeRow(text: string | RegExp): Locator {
    return this.page.locator('.split-view-view .monaco-list-row', { hasText: text }).first();
  }

  tab(text: string | RegExp): Locator {
    return this.page.locator('.tabs-container .tab', { hasText: text }).first();
  }
}

function isShown(what: Locator, timeout: number): Promise<boolean> {
  return succeeds(what.waitFor({ state: 'visible', timeout }));
}

function succeeds(work: Promise<unknown>): Promise<boolean> {
  return work.then(
    () => true,
    () => false,
  );
}
