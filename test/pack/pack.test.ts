import assert from 'node:assert/strict';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { cardOf } from '../../models/recipe/measure/card.ts';
import { CASE_NAMES } from '../../models/recipe/measure/concept-prompts.ts';
import { dictionaryQuality } from '../../models/recipe/measure/dictionary-quality.ts';
import { graphFigures } from '../../models/recipe/measure/graphs.ts';
import { accuracies } from '../../models/recipe/measure/language.ts';
import { measureSwaps, type Measurements } from '../../models/recipe/measure/measure-pack.ts';
import { openPack, PACK_FOLDER, type OpenPack } from '../../models/recipe/measure/pack.ts';
import { figures, isMet } from '../../models/recipe/measure/targets.ts';

const LARGEST_PACK = 20e6;
const measured = JSON.parse(readFileSync(path.join(PACK_FOLDER, 'measurements.json'), 'utf8')) as Measurements;

test('the pack is at most 20 MB', () => {
  const files = readdirSync(PACK_FOLDER, { recursive: true, encoding: 'utf8' }).map(name =>
    path.join(PACK_FOLDER, name),
  );
  const bytes = files.map(file => statSync(file)).reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  assert.ok(bytes <= LARGEST_PACK, `${bytes} bytes`);
});

test('the card says what was measured', () => {
  assert.equal(readFileSync(path.join(PACK_FOLDER, 'README.md'), 'utf8'), cardOf(measured));
});

describe('what the embedded model must show', () => {
  for (const figure of figures(measured)) {
    const { name, value, least, most } = figure;
    if (least === undefined && most === undefined) continue;
    test(`${name}: ${least === undefined ? `at most ${most ?? ''}` : `at least ${least}`}`, () => {
      assert.ok(isMet(figure), `measured ${value}`);
    });
  }
});

/** The card's figures, measured again on the committed files; graphs on a sample of the prompts. */
describe('measured again', () => {
  let pack: OpenPack;
  before(async () => {
    pack = await openPack(PACK_FOLDER);
  });
  after(async () => {
    await pack.encoder.dispose();
    await pack.intervention.dispose();
    await pack.replacement.dispose();
  });

  for (const which of ['model', 'replacement'] as const) {
    test(`accuracy of the ${which}`, async () => {
      const stored = which === 'model' ? measured.accuracy : measured.replacementAccuracy;
      const again = await accuracies(
        pack,
        which,
        set => set.endsWith('heldout') || set.startsWith('two_hop_state_capital'),
      );
      assert.ok(Object.keys(again).length >= 8);
      for (const [set, value] of Object.entries(again)) close(value, stored[set], 0.01, set);
    });
  }

  test('quality of the dictionary', async () => {
    const again = await dictionaryQuality(pack, path.join(PACK_FOLDER, 'model'), 1000);
    again.unexplained.forEach((value, layer) => {
      close(value, measured.dictionary.unexplained[layer], 0.005, `variance unexplained in layer ${layer}`);
    });
    again.active.forEach((value, layer) =>
      close(value, measured.dictionary.active[layer], 0.7, `L0 of layer ${layer}`),
    );
    close(again.topOne, measured.dictionary.topOne, 0.01, 'equal likeliest tokens');
    close(again.divergence, measured.dictionary.divergence, 0.01, 'divergence');
  });

  test('swaps of state features', async () => {
    const again = await measureSwaps(pack);
    for (const name of ['strength2', 'strength1', 'random2'] as const) {
      close(again[name].swapped, measured.swaps[name].swapped, 0.01, name);
      assert.equal(again[name].count, measured.swaps[name].count);
    }
  });

  for (const name of CASE_NAMES) {
    test(`graphs of ${name}`, async () => {
      const again = await graphFigures(pack, name, 40);
      close(again.replacementScore, measured.graphs[name].replacementScore, 0.08, 'replacement score');
      assert.ok(again.path >= 0.8, `path on ${again.path} of ${again.prompts} prompts`);
      assert.ok(again.controlPath <= 0.05, `path through another concept's features on ${again.controlPath}`);
    });
  }
});

function close(value: number, stored: number, tolerance: number, name: string): void {
  assert.ok(Math.abs(value - stored) <= tolerance, `${name}: ${value}, the card says ${stored}`);
}
