/** The feature card in the real workbench, with the embedded model's features. One window for all of it, in order. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Frame, Locator } from 'playwright-core';
import type { Workbench } from '../workbench/workbench.ts';
import { GraphPage } from './graph-page.ts';
import { COUNTS, packedExtension, picture, Session } from './session.ts';
import { until } from './until.ts';

/** The line of the sample workspace that is traced. */
const PROMPT = 'Fact: the capital of the state containing Dallas is';

/** A coloured token of an example. */
interface Mark {
  readonly colour: string;
  readonly heat: number;
  readonly isPeak: boolean;
  readonly activation: number;
}

describe('the feature card', () => {
  let session: Session;
  let workbench: Workbench;
  let card: Frame;
  let graph: GraphPage;

  const section = (title: string): Locator =>
    card.locator('section', { has: card.getByRole('heading', { name: title, exact: true }) });
  /** The weights of the tokens in a list. */
  const weights = async (title: string): Promise<number[]> => {
    const texts = await section(title).locator('li .number').allInnerTexts();
    return texts.map(text => Number(text.replace('−', '-')));
  };
  /** What the feature does at a token of the prompt, as the card's head says it: `Dallas 3.21`. */
  const places = async (): Promise<{ readonly token: string; readonly activation: string }[]> => {
    const texts = await card.locator('.places .chip').allInnerTexts();
    return texts.map(text => {
      const [, token, activation] = /^(.+?)\s+([\d.]+)$/s.exec(text.trim()) ?? [];
      return { token: token.trim(), activation };
    });
  };
  const testText = async (text: string): Promise<Locator> => {
    await card.locator('.test-text textarea').fill(text);
    await card.locator('.test-text vscode-button').click();
    return card.locator('[data-test=result]');
  };

  before(
    async () => {
      session = await Session.start(await packedExtension());
      workbench = await session.open();
      await workbench.openFile('prompts.txt');
      await workbench.page.locator('.view-line', { hasText: 'containing Dallas is' }).first().click();
      await workbench.command('Circuit Explorer: Trace Attribution');
      graph = new GraphPage(await workbench.panelFrame(COUNTS), workbench.page);
      await workbench.page.locator('.activitybar .action-item a[aria-label^="Circuit Explorer"]').click();
      await workbench.treeRow(/^Layer 1/).waitFor();
      await workbench.command('Circuit Explorer: Filter Features…', { opensPicker: true });
      await workbench.page.locator('.quick-input-widget input[type=text]').first().fill('1/137');
      await workbench.page.keyboard.press('Enter');
      await workbench.treeRow(/· act/).click();
      card = await workbench.panelFrame('main.card form.annotation');
      await card.locator('.histogram').waitFor({ timeout: 60_000 });
      // The tree gives its room to the card.
      await workbench.page.locator('.pane-header', { hasText: 'Circuits' }).first().click();
    },
    { timeout: 400_000 },
  );
  after(async () => session.stop());

  test('says which feature it is, how densely it fires, and where in this prompt', async () => {
    const text = await card.locator('header').innerText();
    assert.match(text, /Layer 1, feature 137 · fires on [\d.]+ % of tokens/);
    assert.match(text, /Detection [01]\.\d\d, fuzzing [01]\.\d\d, on \d+ held-out texts/);
    const found = await places();
    assert.ok(found.length > 0 && found.every(({ activation }) => Number(activation) > 0), JSON.stringify(found));
  });

  test('the histogram marks each activation in this prompt where it is', async () => {
    const bins = await card.evaluate<{ x: number; height: number; title: string }[]>(
      `[...document.querySelectorAll('.histogram .bin')].map(bin =>
        ({ x: bin.x.baseVal.value, height: bin.height.baseVal.value, title: bin.textContent }))`,
    );
    assert.ok(bins.length > 5 && bins.filter(({ height }) => height > 0).length > 3, JSON.stringify(bins));
    const found = await places();
    const lines = await card.evaluate<{ x: number; title: string }[]>(
      `[...document.querySelectorAll('.histogram .here')].map(line =>
        ({ x: line.x1.baseVal.value, title: line.textContent }))`,
    );
    assert.equal(lines.length, found.length);
    for (const { token, activation } of found) {
      const line = lines.find(({ title }) => title === `This prompt, ${token}: ${activation}`);
      assert.ok(line !== undefined, `${token} ${activation}: ${JSON.stringify(lines)}`);
      // The last bin that begins before the mark holds the activation.
      const bin = bins.filter(({ x }) => x <= line.x).at(-1);
      const [from, to] = (/^([\d.e+-]+) to ([\d.e+-]+):/.exec(bin?.title ?? '') ?? []).slice(1).map(Number);
      const rounding = 0.01 * Number(activation);
      assert.ok(
        Number(activation) >= from - rounding && (Number(activation) <= to + rounding || bin === bins.at(-1)),
        `${activation} in ${bin?.title}`,
      );
      assert.ok((await card.locator('.histogram figcaption').innerText()).includes(activation));
    }
  });

  test('examples of all quantiles have coloured tokens, the strongest most', async () => {
    const groups = section('Examples').locator('details');
    const names = await groups.locator('summary').allInnerTexts();
    assert.match(names[0], /^Top/i);
    assert.ok(names.length > 3, names.join());
    const strongest: number[] = [];
    for (let i = 0; i < names.length; i++) {
      const group = groups.nth(i);
      if (i > 0) await group.locator('summary').click();
      const marks = await card.evaluate<Mark[]>(
        `[...document.querySelectorAll('.examples')[${i}].querySelectorAll('mark')].map(mark => ({
          colour: getComputedStyle(mark).backgroundColor,
          heat: Number(getComputedStyle(mark).getPropertyValue('--heat')),
          isPeak: mark.classList.contains('peak'),
          activation: Number(mark.title.slice(mark.title.lastIndexOf(':') + 1)),
        }))`,
      );
      const rows = await group.locator('.examples li').count();
      const peaks = marks.filter(({ isPeak }) => isPeak);
      assert.equal(peaks.length, rows, names[i]);
      const hottest = marks.reduce((a, b) => (b.heat > a.heat ? b : a));
      const coolest = marks.reduce((a, b) => (b.heat < a.heat ? b : a));
      assert.ok(hottest.activation > 0, names[i]);
      if (hottest.heat > coolest.heat) assert.notEqual(hottest.colour, coolest.colour, names[i]);
      strongest.push(Math.max(...peaks.map(({ activation }) => activation)));
    }
    assert.deepEqual(
      strongest,
      [...strongest].sort((a, b) => b - a),
      'from the strongest quantile to the weakest',
    );
    await picture(workbench.page, 'card-quantiles');
    for (let i = 1; i < names.length; i++) await groups.nth(i).locator('summary').click();
  });

  test('top and bottom logits have their weights, in order', async () => {
    const raised = await weights('Raises');
    const lowered = await weights('Lowers');
    assert.equal(raised.length, 10);
    assert.equal(lowered.length, 10);
    assert.deepEqual(
      raised,
      [...raised].sort((a, b) => b - a),
    );
    assert.deepEqual(
      lowered,
      [...lowered].sort((a, b) => a - b),
    );
    assert.ok(raised[0] > 0 && lowered[0] < 0, `${raised[0]}, ${lowered[0]}`);
  });

  test('a text of one’s own gives its activations: on the prompt those of the graph, on another none', async () => {
    const { token, activation } = (await places()).reduce((a, b) =>
      Number(b.activation) > Number(a.activation) ? b : a,
    );
    const result = await testText(PROMPT);
    await result.getByText(/Strongest: /).waitFor({ timeout: 60_000 });
    const said = await result.innerText();
    assert.ok(said.includes(`Strongest: ${activation}, `), `${activation}: ${said}`);
    assert.equal((await result.locator('mark.peak').innerText()).trim(), token);
    await result.scrollIntoViewIfNeeded();
    await picture(workbench.page, 'card-test-text');
    await (await testText('.')).getByText('It does not fire on this text.').waitFor({ timeout: 60_000 });
  });

  for (const title of ['Strongest inputs', 'Strongest outputs']) {
    test(`${title.toLowerCase()}: a click selects the node in the graph, and the card follows`, async () => {
      const heading = await card.locator('h1').innerText();
      const rows = section(title).locator('.row');
      const texts = await rows.allInnerTexts();
      assert.ok(texts.length > 2 && texts.every(text => /[+−][\s\S]+\d %$/.test(text.trim())), texts.join('\n'));
      await rows.first().scrollIntoViewIfNeeded();
      await picture(workbench.page, `card-${title.replaceAll(' ', '-').toLowerCase()}`);
      let features = 0;
      // The strongest is an error or an output here: the card says what it needs then.
      for (let i = 0; i < 3; i++) {
        const name = (await rows.nth(i).locator('.name').innerText()).trim();
        await rows.nth(i).click();
        const details = graph.frame.locator('.details');
        await until(async () => ((await details.locator('h2').innerText()).trim() === name ? true : undefined));
        const [, number] = /^feature #(\d+)/.exec((await details.locator('.facts').innerText()).trim()) ?? [];
        if (number === undefined) await card.getByText('Select a feature in the graph').waitFor();
        else {
          features++;
          await card.locator('header', { hasText: `feature ${number} ` }).waitFor();
          assert.equal((await card.locator('h1').innerText()).trim(), name);
        }
        await workbench.treeRow(/· act/).click();
        await card.locator('h1').getByText(heading).waitFor();
        await rows.nth(i + 1).waitFor();
      }
      assert.ok(features > 0);
    });
  }
});
