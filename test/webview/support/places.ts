import assert from 'node:assert/strict';
import { eventually, type OpenPage } from './browser.ts';

export interface Place {
  readonly x: number;
  readonly y: number;
}

/** A drawing is laid out anew when its room has rested for a moment: a place that was read before is no place any more. */
const REST_MS = 300;

/** The middle of the focused node's box on the page, which its tooltip knows while the keyboard is used. */
export async function placeOfFocused({ page }: Pick<OpenPage, 'page'>): Promise<Place> {
  const read = (): Promise<string | null> => page.locator('[data-test=tooltip]').getAttribute('data-at');
  let at = await read();
  await eventually('the node rests', async () => {
    const before = at;
    await page.waitForTimeout(REST_MS);
    at = await read();
    return at === before;
  });
  const [x, y] = (at ?? '').split(',').map(Number);
  const stage = await page.locator('.stage').boundingBox();
  assert.ok(stage !== null && Number.isFinite(x + y));
  return { x: stage.x + x, y: stage.y + y };
}

/** The middles of the boxes of some nodes; afterwards nothing is selected. */
export async function placesOf(open: OpenPage, ids: readonly string[]): Promise<Place[]> {
  const { page, send } = open;
  const places: Place[] = [];
  await page.locator('.stage').focus();
  await page.keyboard.press('Home');
  for (const id of ids) {
    await send({ type: 'select', nodes: [id] });
    const tip = page.locator('[data-test=tooltip]');
    await eventually(`${id} is focused`, async () => (await tip.getAttribute('data-node')) === id);
    places.push(await placeOfFocused(open));
  }
  await page.keyboard.press('Escape');
  return places;
}
