import assert from 'node:assert/strict';
import type { Frame, Locator, Page } from 'playwright-core';
import { until } from './until.ts';

/** The graph's page in the workbench, by what a person sees and does. */
export class GraphPage {
  readonly frame: Frame;
  readonly #page: Page;

  constructor(frame: Frame, page: Page) {
    this.frame = frame;
    this.#page = page;
  }

  counts(): Promise<string> {
    return this.frame.locator('[data-test=counts]').innerText();
  }

  /** What a screen reader is told of the focused node. */
  async live(): Promise<string> {
    return (await this.frame.locator('[data-test=live]').textContent()) ?? '';
  }

  async hears(pattern: RegExp): Promise<string> {
    return until(async () => {
      const text = await this.live();
      return pattern.test(text) ? text : undefined;
    });
  }

  async showsCounts(pattern: RegExp): Promise<void> {
    await until(async () => (pattern.test(await this.counts()) ? true : undefined));
  }

  button(name: string | RegExp): Locator {
    return this.frame.getByRole('button', { name }).first();
  }

  /** A node's line in the lists. */
  row(name: string): Locator {
    return this.frame.locator('.lists .row', { hasText: name }).first();
  }

  /** The middle of a listed node's box in the window: its line in the list is pointed at, and the tooltip knows where it is. */
  async placeOf(name: string): Promise<{ readonly x: number; readonly y: number }> {
    const tip = this.frame.locator('[data-test=tooltip]');
    await this.row(name).hover();
    await tip.filter({ hasText: name }).waitFor();
    const [x, y] = (await this.#restingPlace(tip)).split(',').map(Number);
    const stage = await this.frame.locator('.stage').boundingBox();
    assert.ok(stage !== null && Number.isFinite(x + y));
    return { x: stage.x + x, y: stage.y + y };
  }

  /** A drawing is laid out anew when its room has rested for a moment: a place counts when it is the same twice. */
  async #restingPlace(tip: Locator): Promise<string> {
    let last: string | null = null;
    return until(async () => {
      const before = last;
      last = await tip.getAttribute('data-at');
      await this.#page.waitForTimeout(200);
      return last !== null && last === before ? last : undefined;
    });
  }

  async click(name: string, modifier?: 'Shift' | 'Control', button: 'left' | 'right' = 'left'): Promise<void> {
    const { x, y } = await this.placeOf(name);
    if (modifier !== undefined) await this.#page.keyboard.down(modifier);
    await this.#page.mouse.click(x, y, { button });
    if (modifier !== undefined) await this.#page.keyboard.up(modifier);
  }

  /** Nothing is selected, so that the list shows all nodes, and keys go to the drawing. */
  async clear(): Promise<void> {
    await this.frame.locator('.stage').press('Escape');
    await this.frame.getByText('Strongest nodes').waitFor();
  }
}
