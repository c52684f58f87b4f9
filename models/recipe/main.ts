/**
 * Makes the embedded model pack: language model, dictionary, feature index, measurements and card. Each stage goes on
 * where it was interrupted, and is skipped when its result is there.
 *
 *   npm run recipe                     all stages, into models/pack
 *   npm run recipe -- dictionary       one stage
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { makeDictionary } from './dictionary.ts';
import { makeFeatures } from './features.ts';
import { makeLanguageModel } from './language-model.ts';
import { writeCard } from './measure/card.ts';
import { measurePack } from './measure/measure-pack.ts';
import { PACK_FOLDER } from './measure/pack.ts';

const WORK = path.join(import.meta.dirname, '..', '..', '.work', 'recipe');
const MODEL = path.join(PACK_FOLDER, 'model');
const DICTIONARY = path.join(PACK_FOLDER, 'dictionary');
const REPORT_EVERY = 100;

const STAGES: Record<string, () => Promise<void>> = {
  'language-model': () =>
    makeLanguageModel(MODEL, WORK, (step, { language, energy, gradientNorm }) => {
      if (step % REPORT_EVERY === 0) {
        say(`step ${step}: loss ${number(language)}, MLP energy ${number(energy)}, gradient ${number(gradientNorm)}`);
      }
    }),
  dictionary: () =>
    makeDictionary(MODEL, DICTIONARY, WORK, {
      training: (step, { loss, unexplained, active, dead }) => {
        if (step % REPORT_EVERY === 0) {
          say(
            `step ${step}: loss ${number(loss)}, FVU ${list(unexplained)}, L0 ${list(active)}, dead ${dead.join(' ')}`,
          );
        }
      },
      finetuning: (step, { unexplained, active, divergence }) => {
        if (step % (REPORT_EVERY / 4) === 0) {
          say(`fine-tuning ${step}: FVU ${list(unexplained)}, L0 ${list(active)}, KL ${number(divergence)}`);
        }
      },
    }),
  features: async () => {
    const summary = await makeFeatures(MODEL, DICTIONARY, WORK);
    say(
      `${summary.features} features, ${summary.silent} silent, ${summary.clear} with a clear label, ${summary.bytes} bytes`,
    );
  },
  measure: async () => {
    await measurePack(PACK_FOLDER, say);
    await writeCard(PACK_FOLDER);
  },
};

function say(text: string): void {
  console.log(`${new Date().toISOString().slice(11, 19)} ${text}`);
}

function number(value: number): string {
  return value.toFixed(4);
}

function list(values: Float32Array): string {
  return [...values].map(value => value.toFixed(3)).join(' ');
}

await mkdir(WORK, { recursive: true });
const wanted = process.argv.slice(2);
for (const stage of wanted.length > 0 ? wanted : Object.keys(STAGES)) {
  if (STAGES[stage] === undefined) throw new Error(`unknown stage "${stage}": ${Object.keys(STAGES).join(', ')}`);
  say(stage);
  await STAGES[stage]();
}
