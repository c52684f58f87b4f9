import type { Collector } from '../collector.ts';
import { priority } from '../content-hash.ts';
import type { ActivatingExample } from '../example-table.ts';
import { firesIn, type PooledText } from '../text-pool.ts';
import { truthAt, MARKED, type LabelContext, type TokenForms } from './label-context.ts';

/** Silent texts for each activating one: half of them drawn evenly, half because they share its words. */
const SILENT_PER_ACTIVATING = 2;

/** With fewer distinct prefixes, as at the first words of a template, texts are told apart by what follows too. */
const PREFIXES_TO_SPLIT = 8;

const SALT = 0x1abe1;

type GroupBy = 'prefix' | 'text';

export interface Half {
  readonly activating: readonly LabelContext[];
  readonly silent: readonly LabelContext[];
}

/**
 * Splits a feature's texts into a half to fit rules on and one to score them on. Both are drawn in proportion to the
 * feature's peak in a text, so the scores say how much of its activation the label explains; the top examples are for
 * fitting. No text is in both halves, silent or not, and no prefix up to a peak where the corpus has prefixes enough.
 */
export class LabelExamples {
  readonly #collector: Collector;
  readonly #forms: TokenForms;
  readonly #texts: readonly PooledText[];
  readonly #contexts: LabelContext[];
  /** Words of each pooled text, each once, and the number of pooled texts with a word. */
  readonly #words: readonly (readonly string[])[];
  readonly #frequency = new Map<string, number>();

  constructor(collector: Collector, forms: TokenForms) {
    this.#collector = collector;
    this.#forms = forms;
    this.#texts = collector.pool.texts();
    this.#contexts = this.#texts.map(text => forms.context(text, collector.firstPosition));
    this.#words = this.#contexts.map(({ words }) => [...new Set(words)]);
    for (const word of this.#words.flat()) this.#frequency.set(word, (this.#frequency.get(word) ?? 0) + 1);
  }

  halves(layer: number, feature: number): { readonly fitting: Half; readonly heldOut: Half } {
    const number = this.#collector.numberOf(layer, feature);
    const sampled = this.#collector.weightedExamples(layer, feature);
    const prefixes = new Set(sampled.map(({ prefix }) => prefix));
    const groupBy = prefixes.size >= PREFIXES_TO_SPLIT ? 'prefix' : 'text';
    const { fitting, heldOut } = splitExamples(sampled, groupBy);
    const known = new Set([...fitting, ...heldOut].map(({ text }) => text));
    const heldOutPrefixes = new Set(heldOut.map(({ prefix }) => prefix));
    const top = this.#collector.topExamples(layer, feature);
    const more = top.filter(
      ({ text, prefix }) => !known.has(text) && !(groupBy === 'prefix' && heldOutPrefixes.has(prefix)),
    );
    return {
      fitting: this.#half([...fitting, ...more], groupBy, number, 0),
      heldOut: this.#half(heldOut, groupBy, number, 1),
    };
  }

  #half(examples: readonly ActivatingExample[], groupBy: GroupBy, number: number, parity: number): Half {
    const activating = examples.map(example => {
      const fires = { activations: example.activations, group: example[groupBy] };
      return this.#forms.context(example, this.#collector.firstPosition, fires);
    });
    const candidates: number[] = [];
    for (let t = parity; t < this.#texts.length; t += 2) if (!firesIn(this.#texts[t], number)) candidates.push(t);
    return { activating, silent: this.#choose(candidates, activating).map(t => this.#contexts[t]) };
  }

  /** `candidates` are in the pool's order, which is as good as random. */
  #choose(candidates: readonly number[], activating: readonly LabelContext[]): number[] {
    const hardCount = (activating.length * SILENT_PER_ACTIVATING) / 2;
    const weights = this.#wordWeights(activating);
    const likeness = new Map(
      candidates.map(t => [t, this.#words[t].reduce((sum, word) => sum + (weights.get(word) ?? 0), 0)]),
    );
    const hard = candidates
      .toSorted((a, b) => likeness.get(b)! - likeness.get(a)! || a - b)
      .slice(0, hardCount)
      .filter(t => likeness.get(t)! > 0);
    const isHard = new Set(hard);
    const even = candidates.filter(t => !isHard.has(t));
    return [...hard, ...even.slice(0, activating.length * SILENT_PER_ACTIVATING - hard.length)];
  }

  /** Rare words that many activating texts share weigh most; words on which the feature fires weigh five times. */
  #wordWeights(activating: readonly LabelContext[]): Map<string, number> {
    const weights = new Map<string, number>();
    for (const context of activating) {
      const fires = new Set(context.words.filter((_, i) => i >= context.first && truthAt(context, i) === MARKED));
      for (const word of new Set(context.words.slice(context.first))) {
        const rarity = Math.log((this.#texts.length + 1) / ((this.#frequency.get(word) ?? 0) + 1));
        weights.set(word, (weights.get(word) ?? 0) + (fires.has(word) ? 5 : 1) * rarity);
      }
    }
    return weights;
  }
}

/** In halves of about the same size; a group stays together. */
function splitExamples(
  sampled: readonly ActivatingExample[],
  groupBy: GroupBy,
): Record<'fitting' | 'heldOut', ActivatingExample[]> {
  const groups = new Map<number, ActivatingExample[]>();
  for (const example of sampled) {
    const group = groups.get(example[groupBy]);
    if (group === undefined) groups.set(example[groupBy], [example]);
    else group.push(example);
  }
  const halves: Record<'fitting' | 'heldOut', ActivatingExample[]> = { fitting: [], heldOut: [] };
  for (const [, group] of [...groups].sort(([a], [b]) => priority(a, SALT) - priority(b, SALT))) {
    (halves.heldOut.length < halves.fitting.length ? halves.heldOut : halves.fitting).push(...group);
  }
  return halves;
}
