import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import type { Snapshot } from '../../webview/protocol.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { placeOfFocused } from './support/places.ts';
import { investigationOf, tracedSnapshot } from './support/snapshots.ts';
import { themeAttributes } from './support/themes.ts';

const live = (page: Page): Promise<string> => page.locator('[data-test=live]').innerText();
const counts = (page: Page): Promise<string> => page.locator('[data-test=counts]').innerText();

describe('graph panel in a browser', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  let snapshot: Snapshot;
  before(async () => {
    await browser.start();
    snapshot = await tracedSnapshot();
  });
  after(() => browser.stop());

  /** The panel with its graph drawn; whatever went wrong in it fails the test. */
  async function withPanel(
    use: (open: OpenPage) => Promise<void>,
    shown: Snapshot = snapshot,
    kept?: unknown,
  ): Promise<void> {
    const open = await browser.open({ page: 'graph', theme: 'dark', snapshot: shown, kept });
    await open.page.locator('[data-test=counts]').waitFor();
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  /** Puts the keyboard on the drawing, at the likeliest output. */
  async function start({ page }: OpenPage): Promise<void> {
    await page.locator('.stage').focus();
    await page.keyboard.press('Home');
    await eventually('the output is focused', async () => (await live(page)).startsWith('Paris'));
  }

  const selectedIds = async ({ posted }: OpenPage): Promise<readonly string[]> =>
    (await posted('selected')).at(-1)?.nodes ?? [];

  test('it greets the host and shows tokens, next tokens, scores and counts', async () => {
    await withPanel(async ({ page, posted }) => {
      assert.equal((await posted('ready')).length, 1);
      assert.deepEqual(await page.locator('.tokens .chip').allInnerTexts(), [
        '<bos>',
        'The',
        'capital',
        'of',
        'France',
        'is',
      ]);
      assert.match(await page.locator('.next').innerText(), /Paris\s+100 %/);
      assert.match(await page.locator('.scores').innerText(), /Replacement\s+0\.\d\d/);
      assert.match(await counts(page), /^\d+ of \d+ nodes · \d+ of \d+ edges$/);
    });
  });

  test('the sliders prune at once and tell the host when they rest', async () => {
    await withPanel(async ({ page, posted }) => {
      const before = await counts(page);
      await page.getByLabel('Nodes threshold').fill('0.5');
      await eventually('the graph is pruned', async () => (await counts(page)) !== before);
      assert.equal((await posted('edit')).length, 0, 'not yet');
      await eventually('the edit is posted', async () => (await posted('edit')).length === 1);
      assert.deepEqual((await posted('edit'))[0].edit, { kind: 'thresholds', nodeThreshold: 0.5, edgeThreshold: 0.98 });
    });
  });

  test('undo of the thresholds in the document moves the sliders', async () => {
    await withPanel(async ({ page, send }) => {
      const settings = { nodeThreshold: 0.4, edgeThreshold: 0.9 };
      await send({ type: 'investigation', investigation: investigationOf(snapshot.graph, { settings }) });
      await eventually(
        'the slider follows',
        async () => (await page.getByLabel('Nodes threshold').inputValue()) === '0.4',
      );
    });
  });

  test('hovering a token chip points at its column; clicking shows it alone', async () => {
    await withPanel(async ({ page, posted }) => {
      const before = await counts(page);
      await page.locator('.tokens .chip').nth(4).hover();
      await eventually('the position is posted', async () =>
        (await posted('pointed')).some(({ position }) => position === 4),
      );
      await page.locator('.tokens .chip').nth(4).click();
      await eventually('the graph is filtered', async () => (await counts(page)) !== before);
      assert.equal(await page.locator('.tokens .chip').nth(4).getAttribute('aria-pressed'), 'true');
    });
  });

  test('a next token retargets in a click, two of them with Ctrl their difference', async () => {
    await withPanel(async ({ page, posted }) => {
      const next = page.locator('.next .chip');
      await next.nth(1).click();
      await next.nth(0).click({ modifiers: ['Control'] });
      await next.nth(2).click({ modifiers: ['Control'] });
      await eventually('both are asked for', async () => (await posted('request')).length === 2);
      const targets = (await posted('request')).map(request => ('target' in request ? request.target : null));
      const [first, second, third] = snapshot.top.map(({ text }) => JSON.stringify(text));
      assert.deepEqual(targets, [second, `${first} - ${third}`]);
    });
  });

  for (const [why, change, reason] of [
    ['without the model', { hasModel: false }, /cannot be traced: the model is not here/],
    ['in a workspace that is not trusted', { hasModel: false, isTrusted: false }, /not trusted/],
    ['in a graph file on its own', { readOnly: true, investigation: null }, /start an investigation/],
  ] as const) {
    test(`${why} nothing can be retargeted, and the tokens say why`, async () => {
      await withPanel(
        async ({ page, posted }) => {
          const token = page.locator('.next .chip').first();
          assert.equal(await token.getAttribute('aria-disabled'), 'true');
          assert.match((await token.getAttribute('title')) ?? '', reason);
          // Whoever waits for it to be enabled would wait for ever.
          await token.click({ force: true });
          await page.locator('.tokens .chip').nth(2).hover();
          await eventually('what came after', async () => (await posted('pointed')).length > 0);
          assert.deepEqual(await posted('request'), []);
        },
        { ...snapshot, ...change },
      );
    });
  }

  test('a model that is not here is named, and a click leads to it', async () => {
    const model = { name: 'talker', sha256: 'ab' };
    const investigation = investigationOf(snapshot.graph, { model });
    await withPanel(
      async ({ page, posted }) => {
        await page.getByRole('button', { name: 'Model talker is not here' }).click();
        await eventually('the command is asked for', async () => (await posted('run')).length === 1);
        assert.equal((await posted('run'))[0].command, 'circuit.chooseModel');
      },
      { ...snapshot, investigation, hasModel: false },
    );
    await withPanel(async ({ page }) => assert.equal(await page.locator('.chip.missing').count(), 0));
  });

  test('a click on a node selects it, Ctrl-click pins, a click beside selects nothing', async () => {
    await withPanel(async open => {
      const { page, posted } = open;
      await start(open);
      const { x, y } = await placeOfFocused(open);
      await page.keyboard.press('Escape');
      await page.mouse.click(x, y);
      await eventually('the output is selected', async () => (await selectedIds(open))[0]?.startsWith('7_'));
      await page.keyboard.down('Control');
      await page.mouse.click(x, y);
      await page.keyboard.up('Control');
      await eventually('it is pinned', async () => (await posted('edit')).some(({ edit }) => edit.kind === 'pin'));
      const { x: left, y: top } = (await page.locator('.stage').boundingBox()) ?? { x: 0, y: 0 };
      await page.mouse.click(left + 160, top + 30);
      await eventually('nothing is selected', async () => (await selectedIds(open)).length === 0);
    });
  });

  test('hovering a node shows what it is and points at its token', async () => {
    await withPanel(async open => {
      const { page, posted } = open;
      await start(open);
      const { x, y } = await placeOfFocused(open);
      await page.mouse.move(x, y);
      await page.locator('[data-test=tooltip]').waitFor();
      const text = await page.locator('[data-test=tooltip]').innerText();
      assert.match(text, /Paris[\s\S]*output · logits · token 5[\s\S]*Probability/);
      assert.ok((await posted('pointed')).some(({ position }) => position === 5));
      await page.mouse.move(x, y - 60);
      await page.locator('[data-test=tooltip]').waitFor({ state: 'detached' });
    });
  });

  test('the keyboard walks the graph, and a screen reader hears where it is', async () => {
    await withPanel(async open => {
      const { page } = open;
      await start(open);
      await page.keyboard.press('i');
      await eventually('an input is focused', async () => !(await live(page)).startsWith('Paris'));
      const first = await live(page);
      assert.match(first, /token \d “/);
      await page.keyboard.press('Shift+I');
      await eventually('the next input', async () => (await live(page)) !== first);
      await page.keyboard.press('Backspace');
      await eventually('back', async () => (await live(page)).startsWith('Paris'));
      await page.keyboard.press('ArrowDown');
      await eventually('a node below', async () => /L\d · token 5/.test(await live(page)));
      await page.keyboard.press('Escape');
      await eventually('silence', async () => (await live(page)) === '');
    });
  });

  test('Space selects several, G groups, U ungroups, Enter pins and unpins', async () => {
    await withPanel(async open => {
      const { page, posted } = open;
      await start(open);
      await page.keyboard.press('i');
      await page.locator('.row').first().waitFor();
      const [first] = await selectedIds(open);
      await page
        .locator('section[data-test=outputs] .row')
        .first()
        .click({ modifiers: ['Shift'] });
      await eventually('two are selected', async () => (await selectedIds(open)).length === 2);
      await page.locator('.stage').focus();
      await page.keyboard.press('g');
      await eventually('they are grouped', async () => (await posted('edit')).length === 1);
      const [{ edit }] = await posted('edit');
      assert.ok(edit.kind === 'group' && edit.nodes.length === 2 && edit.nodes.includes(first));
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Unpin' }).waitFor();
      await page.keyboard.press('Enter');
      await page.keyboard.press('u');
      await eventually('three more edits', async () => (await posted('edit')).length === 4);
      const kinds = (await posted('edit')).map(({ edit: one }) => one.kind);
      assert.deepEqual(kinds, ['group', 'pin', 'unpin', 'ungroup']);
    });
  });

  test('search finds by label and goes from one to the next', async () => {
    await withPanel(async open => {
      const { page } = open;
      await page.locator('.stage').focus();
      await page.keyboard.press('/');
      await page.keyboard.type('paris');
      await eventually('something is found', async () =>
        /\d+ found/.test(await page.locator('[data-test=found]').innerText()),
      );
      await page.keyboard.press('Enter');
      await eventually('one is selected', async () => (await selectedIds(open)).length === 1);
      const first = await selectedIds(open);
      await page.keyboard.press('Enter');
      await eventually('another is selected', async () => (await selectedIds(open))[0] !== first[0]);
      await page.keyboard.press('Escape');
      assert.equal(await page.locator('[data-test=found]').count(), 0);
    });
  });

  test('the lists split inputs by sign and group them by token', async () => {
    await withPanel(async open => {
      const { page } = open;
      await start(open);
      const inputs = page.locator('section[data-test=inputs]');
      assert.match(await inputs.innerText(), /Raise \d+ %[\s\S]*Lower \d+ %/);
      await page.getByLabel('Group by token').check();
      assert.ok((await inputs.locator('details').count()) >= 3);
      await inputs.locator('summary').first().click();
      await inputs.locator('details .row').first().click();
      await eventually('the input is selected', async () => !(await live(page)).startsWith('Paris'));
    });
  });

  test('the filter leaves kinds and layers away and can be cleared', async () => {
    await withPanel(async ({ page }) => {
      const before = await counts(page);
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByRole('button', { name: 'L0', exact: true }).click();
      await eventually('fewer nodes', async () => (await counts(page)) !== before);
      await page.getByRole('button', { name: 'Clear filters' }).click();
      await eventually('all nodes', async () => (await counts(page)) === before);
      await page.locator('vscode-checkbox').filter({ hasText: 'Token embeddings' }).click();
      await eventually('no tokens', async () => (await counts(page)) !== before);
      await page.keyboard.press('Escape');
    });
  });

  test('a density filter appears with the index', async () => {
    await withPanel(async ({ page, send }) => {
      const before = await counts(page);
      const facts = Object.fromEntries(
        snapshot.graph.nodes.map(({ layer, feature }) => [
          `${layer}/${feature}`,
          { density: 0.3, fuzzing: 0.9, detectionF1: 0.8 },
        ]),
      );
      await send({ type: 'feature-facts', facts });
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByLabel('Largest share of tokens on which a feature fires').fill('-2');
      await eventually('dense features are gone', async () => (await counts(page)) !== before);
    });
  });

  test('zoom and fit by commands of the host', async () => {
    await withPanel(async open => {
      const { send } = open;
      await start(open);
      const before = await placeOfFocused(open);
      // A pixel or two: the frame around the focused node counts once and not the other time.
      const isBack = async (): Promise<boolean> => {
        const { x, y } = await placeOfFocused(open);
        return Math.hypot(x - before.x, y - before.y) < 3;
      };
      await send({ type: 'command', command: 'zoom-in' });
      await eventually('it is zoomed', async () => !(await isBack()));
      await send({ type: 'command', command: 'fit' });
      await eventually('it fits again', isBack);
    });
  });

  test('a change of the theme changes the drawing', async () => {
    await withPanel(async ({ page }) => {
      const picture = async (): Promise<string> => (await page.locator('.stage').screenshot()).toString('base64');
      const before = await picture();
      const light = themeAttributes('light');
      await page.evaluate(
        `for (const [name, value] of Object.entries(${JSON.stringify(light.variables)})) document.documentElement.style.setProperty(name, value)`,
      );
      await page.evaluate(`document.body.className = ${JSON.stringify(light.bodyClass)}`);
      await eventually('the drawing is another', async () => (await picture()) !== before);
      const background = await page.evaluate<string>('getComputedStyle(document.body).backgroundColor');
      assert.equal(background, 'rgb(255, 255, 255)');
    });
  });

  test('the cursor in the text marks its column', async () => {
    await withPanel(async ({ page, send }) => {
      await send({ type: 'position', position: 2 });
      await eventually(
        'the chip is marked',
        async () => (await page.locator('.tokens .chip.marked').innerText()) === 'capital',
      );
    });
  });

  test('what was kept comes back: view, selection, filter', async () => {
    await withPanel(async open => {
      const { page } = open;
      await start(open);
      await page.locator('.tokens .chip').nth(5).click();
      const kept = await page.evaluate('testHost.state');
      const again = await browser.open({ page: 'graph', theme: 'dark', snapshot, kept });
      await again.page.locator('[data-test=counts]').waitFor();
      assert.match(await live(again.page), /^Paris/);
      assert.equal(await again.page.locator('.tokens .chip').nth(5).getAttribute('aria-pressed'), 'true');
      await again.page.close();
    });
  });

  test('busy, failure with Retry, and refusals are shown', async () => {
    await withPanel(async ({ page, send, posted }) => {
      await send({ type: 'busy', text: 'Tracing “ Rome”…' });
      await page.getByText('Tracing “ Rome”…').waitFor();
      await send({ type: 'failed', message: 'The engine ended.', remedy: 'Try again.', canRetry: true });
      await page.getByRole('alert').getByText('The engine ended. Try again.').waitFor();
      await page.getByText('Retry').click();
      await eventually('it is tried again', async () => (await posted('retry')).length === 1);
      await page.evaluate('testHost.refuse = "No such token."');
      await page.locator('.next .chip').first().click();
      await page.getByRole('alert').getByText('No such token. Try another.').waitFor();
    });
  });

  test('a graph file of its own is read-only and offers an investigation', async () => {
    await withPanel(
      async open => {
        const { page, posted } = open;
        assert.match(
          await counts(page),
          new RegExp(`^${snapshot.graph.nodes.length} of ${snapshot.graph.nodes.length} nodes`),
        );
        await start(open);
        await page.keyboard.press('Enter');
        await page.locator('[data-test=said]').getByText('read-only').waitFor();
        assert.deepEqual(await posted('edit'), []);
        await page.getByText('Start Investigation').click();
        await eventually('it is asked for', async () =>
          (await posted('run')).some(({ command }) => command === 'circuit.startInvestigation'),
        );
      },
      { ...snapshot, investigation: null, readOnly: true },
    );
  });

  test('the context menu knows the node under the pointer, and the editor may show it', async () => {
    await withPanel(async open => {
      const { page } = open;
      await page.evaluate(`document.addEventListener('contextmenu', event => {
        globalThis.menus ??= [];
        globalThis.menus.push([event.defaultPrevented, event.target.closest('[data-vscode-context]')?.dataset.vscodeContext]);
      })`);
      await start(open);
      const { x, y } = await placeOfFocused(open);
      await page.keyboard.press('Escape');
      await page.mouse.click(x, y, { button: 'right' });
      const [menu, ...others] = await page.evaluate<[boolean, string][]>('menus');
      assert.deepEqual(others, [], 'the editor hears of it once');
      assert.equal(menu[0], false, 'nothing prevented it');
      const context = JSON.parse(menu[1]) as Record<string, unknown>;
      assert.equal(context.webviewSection, 'node');
      assert.equal(context.nodeKind, 'logit');
      assert.deepEqual(context.nodes, await selectedIds(open));
      assert.equal(context.preventDefaultContextMenuItems, true);
    });
  });
});
