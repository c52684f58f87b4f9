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

export interface Examples {
  readonly activating: readonly LabelContext[];
  readonly silent: readonly LabelContext[];
}

/** To make rules from, to choose among them, and to score the chosen one. */
const PARTS = ['fitting', 'choosing', 'heldOut'] as const;
export interface Parts extends Readonly<Record<(typeof PARTS)[number], Examples>> {
  /** The share of the corpus's texts that have a word. */
  readonly frequency: (word: string) => number;
}

/** Of four groups of texts, two are for fitting. */
const SHARES: Record<(typeof PARTS)[number], number> = { fitting: 2, choosing: 1, heldOut: 1 };

/**
 * Splits a feature's texts in three: half of them to make rules from, a quarter to choose one, a quarter to score it. All
 * are drawn in proportion to the feature's peak in a text, so the scores say how much of its activation the label
 * explains; the top examples are for fitting. No text is in two parts, silent or not, and no prefix up to a peak where
 * the corpus has prefixes enough.
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

  parts(layer: number, feature: number): Parts {
    const number = this.#collector.numberOf(layer, feature);
    const sampled = this.#collector.weightedExamples(layer, feature);
    const prefixes = new Set(sampled.map(({ prefix }) => prefix));
    const groupBy = prefixes.size >= PREFIXES_TO_SPLIT ? 'prefix' : 'text';
    const split = splitExamples(sampled, groupBy);
    const known = new Set(sampled.map(({ text }) => text));
    const taken = new Set([...split.choosing, ...split.heldOut].map(({ prefix }) => prefix));
    const top = this.#collector.topExamples(layer, feature);
    const more = top.filter(({ text, prefix }) => !known.has(text) && !(groupBy === 'prefix' && taken.has(prefix)));
    return {
      fitting: this.#examples([...split.fitting, ...more], groupBy, number, 0),
      choosing: this.#examples(split.choosing, groupBy, number, 1),
      heldOut: this.#examples(split.heldOut, groupBy, number, 2),
      frequency: word => (this.#frequency.get(word) ?? 0) / this.#texts.length,
    };
  }

  /** Silent texts come from every third of the pool's. */
  #examples(examples: readonly ActivatingExample[], groupBy: GroupBy, number: number, third: number): Examples {
    const activating = examples.map(example => {
      const fires = { activations: example.activations, group: example[groupBy] };
      return this.#forms.context(example, this.#collector.firstPosition, fires);
    });
    const candidates: number[] = [];
    for (let t = third; t < this.#texts.length; t += PARTS.length) {
      if (!firesIn(this.#texts[t], number)) candidates.push(t);
    }
    return { activating, silent: this.#choose(candidates, activating).map(t => this.#contexts[t]) };
  }

  /** `candidates` are in the pool's order, which is as good as random. */
  #choose(candidates: readonly number[], activating: readonly LabelContext[]): number[] {
    const hardCount = (activating.length * SILENT_PER_ACTIVATING) / 2;
    const weights = this.#wordWeights(activating);
    const likeness = new Float64Array(this.#texts.length);
    for (const t of candidates) for (const word of this.#words[t]) likeness[t] += weights.get(word) ?? 0;
    const hard = candidates
      .filter(t => likeness[t] > 0)
      .sort((a, b) => likeness[b] - likeness[a] || a - b)
      .slice(0, hardCount);
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

/** A group stays together, and goes where most is missing. */
function splitExamples(
  sampled: readonly ActivatingExample[],
  groupBy: GroupBy,
): Record<(typeof PARTS)[number], ActivatingExample[]> {
  const groups = new Map<number, ActivatingExample[]>();
  for (const example of sampled) {
    const group = groups.get(example[groupBy]);
    if (group === undefined) groups.set(example[groupBy], [example]);
    else group.push(example);
  }
  const parts: Record<(typeof PARTS)[number], ActivatingExample[]> = { fitting: [], choosing: [], heldOut: [] };
  for (const [, group] of [...groups].sort(([a], [b]) => priority(a, SALT) - priority(b, SALT))) {
    const filled = (part: (typeof PARTS)[number]): number => parts[part].length / SHARES[part];
    parts[PARTS.reduce((least, part) => (filled(part) < filled(least) ? part : least))].push(...group);
  }
  return parts;
}
