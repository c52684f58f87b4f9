import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { AnnotationChange } from '../../src/graph/investigation/types.ts';
import type { FeatureCard } from '../../webview/card-protocol.ts';
import { eventually, skipReason, TestBrowser, type OpenPage } from './support/browser.ts';
import { exampleCard } from './support/cards.ts';

const NARROW = { width: 360, height: 900 };

describe('feature card in a browser', { skip: skipReason }, () => {
  const browser = new TestBrowser();
  before(() => browser.start());
  after(() => browser.stop());

  async function withCard(
    use: (open: OpenPage) => Promise<void>,
    card: FeatureCard | null = exampleCard(),
  ): Promise<void> {
    const open = await browser.open({ page: 'card', theme: 'dark', ...(card === null ? {} : { card }) }, NARROW);
    if (card === null) await open.send({ type: 'show', card: null });
    else await open.page.locator('h1').waitFor();
    await use(open);
    assert.deepEqual(open.troubles, []);
    await open.page.close();
  }

  const changes = async ({ posted }: OpenPage): Promise<readonly AnnotationChange[]> =>
    (await posted('edit')).flatMap(({ edit }) => (edit.kind === 'annotate' ? [edit.change] : []));

  test('shows label, score, density, examples of all quantiles, logits and links', async () => {
    await withCard(async ({ page }) => {
      const text = await page.locator('body').innerText();
      for (const part of [
        /^Texas/,
        /fires on 0\.4 % of tokens/,
        /Automatic label: fires on these tokens\. Detection 0\.91, fuzzing 0\.88, on 40 held-out texts\. The weights agree\./,
      ])
        assert.match(text, part);
      for (const part of ['Top activations', 'Decile 5', 'Decile 1', 'Austin', '−1.40', 'say a capital', '61 %'])
        assert.ok(text.includes(part), part);
      assert.equal(await page.locator('details').count(), 4);
      assert.equal(await page.locator('.peak').first().innerText(), ' Texas');
      assert.equal(await page.locator('.histogram .here').count(), 2, 'this prompt is marked');
    });
  });

  test('the strongest tokens are the most coloured', async () => {
    await withCard(async ({ page }) => {
      const heats = await page.evaluate<string[]>(
        `[...document.querySelectorAll('.examples li:first-child mark')].slice(0, 2).map(mark => getComputedStyle(mark).getPropertyValue('--heat'))`,
      );
      assert.deepEqual(heats, ['0.333', '1.000']);
    });
  });

  test('annotations are posted field by field', async () => {
    await withCard(async open => {
      const { page, posted } = open;
      await page.locator('vscode-text-field').first().locator('input').fill('Texas, the state');
      await page.locator('vscode-text-field').first().locator('input').press('Tab');
      await page.getByRole('button', { name: 'spurious' }).click();
      await page.getByRole('button', { name: 'relevant' }).click();
      await page.getByRole('button', { name: 'purple' }).click();
      await page.locator('vscode-text-field').nth(1).locator('input').fill('b, a, b');
      await page.locator('vscode-text-field').nth(1).locator('input').press('Tab');
      await page.locator('.annotation vscode-text-area').nth(1).locator('textarea').fill('one\n\ntwo');
      await page.locator('.annotation vscode-text-area').nth(1).locator('textarea').press('Tab');
      await eventually('all are posted', async () => (await changes(open)).length === 6);
      assert.deepEqual(await changes(open), [
        { label: 'Texas, the state' },
        { verdict: 'spurious' },
        { verdict: null },
        { colour: 'purple' },
        { tags: ['a', 'b'] },
        { evidence: ['one', 'two'] },
      ]);
      assert.ok(
        (await posted('edit')).every(
          ({ edit }) => edit.kind === 'annotate' && edit.layer === 2 && edit.feature === 1203,
        ),
      );
    });
  });

  test('what another investigation says can be taken over', async () => {
    await withCard(async open => {
      await open.page.getByText('“the state of Texas” in other.circuit.json').waitFor();
      await open.page.getByText('Take over').click();
      await eventually('it is taken over', async () => (await changes(open)).length === 1);
      assert.deepEqual(await changes(open), [{ label: 'the state of Texas' }]);
    });
    const same = { layer: 2, feature: 1203, note: 'Fires on cities, too.' };
    await withCard(
      async ({ page }) => assert.equal(await page.getByText('Take over').count(), 0, 'all of it is here'),
      exampleCard({ elsewhere: [{ file: 'same.circuit.json', annotation: same }] }),
    );
  });

  test('what could not be read is said beside what is known', async () => {
    const data = { ...exampleCard().data!, record: null, problem: 'The hub cannot be reached. Try again later.' };
    await withCard(async ({ page }) => {
      await page.getByRole('alert').getByText('The hub cannot be reached. Try again later.').waitFor();
      const text = await page.locator('body').innerText();
      assert.ok(text.includes('Austin') && text.includes('Strongest inputs'));
    }, exampleCard({ data }));
  });

  test('tokens whose weights are not known yet stand without them', async () => {
    const { data } = exampleCard();
    const named = { ...data!, topLogits: [], bottomLogits: [], record: { ...data!.record!, top_logits: [' Waco'] } };
    await withCard(
      async ({ page }) => {
        await page.locator('.logits').getByText('Waco').waitFor();
        assert.equal(await page.locator('.logits .number').count(), 0);
      },
      exampleCard({ data: named }),
    );
  });

  test('a text of one’s own is tested, and a refusal is said', async () => {
    await withCard(async open => {
      const { page, posted, send } = open;
      await send({ type: 'focus-test', text: 'Austin is hot' });
      const field = page.locator('.test-text textarea');
      await eventually('the text is there', async () => (await field.inputValue()) === 'Austin is hot');
      await field.press('Control+Enter');
      await page.locator('[data-test=result]').getByText('Strongest: 1.50, 36 % of the largest seen.').waitFor();
      const request = (await posted('request'))[0];
      assert.ok(request.method === 'activations' && request.text === 'Austin is hot' && request.feature === 1203);
      await page.evaluate('testHost.refuse = "The engine ended."');
      await page.getByText('Test', { exact: true }).click();
      await page.getByRole('alert').getByText('The engine ended. Try another.').waitFor();
    });
  });

  test('places and links select their node in the graph', async () => {
    await withCard(async ({ page, posted }) => {
      await page.locator('.places .chip').nth(1).click();
      await page.getByText('not California').click();
      await eventually('both are posted', async () => (await posted('select')).length === 2);
      assert.deepEqual(
        (await posted('select')).map(({ node }) => node),
        ['2_1203_5', '1_40_3'],
      );
    });
  });

  test('without a selection, a model, an index or an investigation it says so', async () => {
    await withCard(async ({ page, send }) => {
      await page.getByText('Select a feature').waitFor();
      await send({ type: 'show', card: null, ofNeurons: true });
      await page.getByText('own neurons, which have no card').waitFor();
      assert.equal(await page.getByText('Select a feature').count(), 0);
    }, null);
    const missing = exampleCard({ data: null, hasModel: false, readOnly: true });
    await withCard(async ({ page }) => {
      await page.getByText('examples and logits are not known').waitFor();
      await page.getByText('no text can be tested').waitFor();
      await page.getByText('Start an investigation to annotate').waitFor();
    }, missing);
    await withCard(
      ({ page }) => page.getByText('Reading the feature index').waitFor(),
      exampleCard({ data: null, loading: true }),
    );
  });

  test('markup stays text', async () => {
    const hostile = '<img src=x onerror="globalThis.broken = true">';
    const card = exampleCard({ name: hostile });
    const inputs = card.inputs.map(link => ({ ...link, name: hostile, token: hostile }));
    await withCard(
      async ({ page }) => {
        assert.equal(await page.locator('img').count(), 0);
        assert.equal(await page.locator('h1').innerText(), hostile);
      },
      { ...card, inputs },
    );
  });
});
