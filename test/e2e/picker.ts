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
  async titled(title: string | RegExp): Promise<void> {
    await this.#widget.locator('.quick-input-title', { hasText: title }).waitFor();
    await this.#widget.locator('input[type=text]').first().waitFor({ state: 'visible' });
  }

  /** Waits until a box without a list is shown. */
  async box(): Promise<void> {
    await this.#widget.locator('.quick-input-list').waitFor({ state: 'hidden' });
    await this.#widget.locator('input[type=text]').first().waitFor({ state: 'visible' });
  }

  /** The line with this text, in one piece. */
  async line(text: string | RegExp): Promise<string> {
    const row = this.#rows(text).first();
    await row.waitFor();
    return (await row.innerText()).replaceAll(/\s+/g, ' ');
  }

  has(text: string | RegExp): Promise<boolean> {
    return this.#rows(text).first().isVisible();
  }

  /** Types until the wanted line is the focused one, and takes it. */
  async choose(text: string): Promise<void> {
    await this.#page.keyboard.type(text);
    await this.#widget.locator('.monaco-list-row.focused', { hasText: text }).first().waitFor();
    await this.#page.keyboard.press('Enter');
  }

  /** Replaces what stands in the box. */
  async enter(text: string): Promise<void> {
    await this.#page.keyboard.press('Control+A');
    await this.#page.keyboard.type(text);
    assert.equal(await this.#widget.locator('input[type=text]').first().inputValue(), text);
    await this.#page.keyboard.press('Enter');
  }

  message(text: string | RegExp): Locator {
    return this.#widget.locator('.quick-input-message', { hasText: text });
  }

  #rows(text: string | RegExp): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row', { hasText: text });
  }
}
