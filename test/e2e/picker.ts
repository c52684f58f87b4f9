import assert from 'node:assert/strict';
import type { Locator, Page } from 'playwright-core';

/** The workbench's quick picks and input boxes, driven by the keyboard. */
export class Picker {
  readonly #page: Page;
  readonly #widget: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator('.quick-input-widget');
  }

  /** Waits until the picker or box of this title is shown. */
  async titled(title: string | RegExp, { timeout = 30_000 } = {}): Promise<void> {
    await this.#widget.locator('.quick-input-title', { hasText: title }).waitFor({ timeout });
    await this.#widget.locator('input[type=text]').first().waitFor({ state: 'visible' });
  }

  /** Waits until a box without a list is shown. */
  async box(): Promise<void> {
    await this.#widget.locator('.quick-input-list').waitFor({ state: 'hidden' });
    await this.#widget.locator('input[type=text]').first().waitFor({ state: 'visible' });
  }

  /** The line whose label begins so, in one piece. */
  async line(label: string): Promise<string> {
    const row = this.#labelled(label);
    await row.waitFor();
    return (await row.innerText()).replaceAll(/\s+/g, ' ');
  }

  has(label: string): Promise<boolean> {
    return this.#labelled(label).isVisible();
  }

  /** Types until the wanted line is the focused one, and takes it. */
  async choose(text: string): Promise<void> {
    // Typed keys go elsewhere while another part of the window still has the focus.
    await this.#widget.locator('input[type=text]').first().fill(text);
    const wanted = this.#widget.locator('.monaco-list-row.focused', { hasText: text }).first();
    await wanted.waitFor();
    await this.#page.keyboard.press('Enter');
    // A list whose lines are replaced at that moment takes no key.
    try {
      await wanted.waitFor({ state: 'hidden', timeout: 3000 });
    } catch {
      if (await wanted.isVisible()) await this.#page.keyboard.press('Enter');
    }
  }

  /** Replaces what stands in the box. */
  async enter(text: string): Promise<void> {
    const input = this.#widget.locator('input[type=text]').first();
    // A dialog of files writes its folder there a moment after it is shown.
    for (let attempt = 0; attempt < 10; attempt++) {
      await input.fill(text);
      await this.#page.waitForTimeout(200);
      if ((await input.inputValue()) === text) break;
    }
    assert.equal(await input.inputValue(), text);
    await this.#page.keyboard.press('Enter');
  }

  message(text: string | RegExp): Locator {
    return this.#widget.locator('.quick-input-message', { hasText: text });
  }

  #labelled(label: string): Locator {
    const beginning = new RegExp(`^\\s*${label.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)}`);
    return this.#widget
      .locator('.quick-input-list .monaco-list-row')
      .filter({ has: this.#page.locator('.label-name', { hasText: beginning }) })
      .first();
  }
}
