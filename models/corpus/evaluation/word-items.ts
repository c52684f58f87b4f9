import { ANTONYMS, LANGUAGES } from '../facts/antonyms.ts';
import { withoutElision } from '../kinds/word-sentences.ts';
import { promptOf } from '../sentence.ts';
import { isHeldOutAntonym } from '../splits.ts';
import { ANTONYM } from '../templates.ts';
import type { AntonymItem } from './item.ts';

/** Every pair in every language and both directions, by the first template of the language. */
export function antonymItems(): Record<string, AntonymItem[]> {
  const sets: Record<string, AntonymItem[]> = { antonym_train: [], antonym_heldout: [] };
  ANTONYMS.forEach(({ words }, pair) => {
    for (const language of LANGUAGES) {
      const heldOut = isHeldOutAntonym(pair, language);
      for (const direction of [0, 1] as const) {
        const word = words[language][direction];
        const [template] = ANTONYM[language];
        const prompt = promptOf(language === 'fr' ? withoutElision(template, { w: word, a: '' }) : template, {
          w: word,
        });
        const accepted = [` ${words[language][1 - direction]}`];
        const set = heldOut ? sets.antonym_heldout : sets.antonym_train;
        set.push({ kind: 'antonym', prompt, accepted, pair, language, word, direction, heldOut });
      }
    }
  });
  return sets;
}
