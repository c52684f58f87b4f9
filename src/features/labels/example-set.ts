import { MARKED, SILENT, truthAt, type LabelContext } from './label-context.ts';
import type { Rule, WordList } from './rule.ts';
import { isOwedToOthers } from './word-counts.ts';

/** With fewer activating or fewer silent texts than this, F1 is not a measurement. */
const FEWEST_TEXTS = 3;

/** Values that `truthAt` has. */
const TRUTHS = 3;

/** One byte for each position of the set's texts that counts: 1 where a rule says that the feature fires. */
export type Marks = Uint8Array;

export interface Scores {
  /** F1 over texts, null without enough texts of both sorts. */
  readonly detectionF1: number | null;
  /** Balanced accuracy over tokens, null without tokens of both sorts. */
  readonly fuzzing: number | null;
}

/** Texts in which a feature fires and texts in which it does not, laid out so that rules are scored fast. */
export class ExampleSet {
  readonly #contexts: readonly LabelContext[];
  /** The first mark of each text, and the end. */
  readonly #offsets: Int32Array;
  readonly #truth: Uint8Array;
  /** The text of each position. */
  readonly #text: Int32Array;
  readonly #activating: number;
  /** Positions by truth: in activating texts, then in the others. */
  readonly #counts = new Uint32Array(2 * TRUTHS);
  #placesOfWords: ReadonlyMap<string, readonly number[]> | undefined;

  constructor(activating: readonly LabelContext[], silent: readonly LabelContext[]) {
    this.#contexts = [...activating, ...silent];
    this.#activating = activating.length;
    this.#offsets = new Int32Array(this.#contexts.length + 1);
    const truth: number[] = [];
    const text: number[] = [];
    for (const [c, context] of this.#contexts.entries()) {
      for (let i = context.first; i < context.words.length; i++) {
        truth.push(truthAt(context, i));
        text.push(c);
      }
      this.#offsets[c + 1] = truth.length;
    }
    this.#truth = Uint8Array.from(truth);
    this.#text = Int32Array.from(text);
    for (const [i, value] of truth.entries()) this.#counts[text[i] < this.#activating ? value : TRUTHS + value]++;
  }

  get size(): number {
    return this.#contexts.length;
  }

  /** `unseen`: judge each text as if the rule had been made without it. `within`: only where these mark, too. */
  marks(rule: Rule, unseen: boolean, within?: Marks): Marks {
    const marks = new Uint8Array(this.#truth.length);
    const memorises = unseen && rule.holdsUnseen !== undefined;
    if (rule.list !== undefined) this.#markList(rule.list, memorises, marks);
    else {
      let at = 0;
      for (const context of this.#contexts) {
        for (let i = context.first; i < context.words.length; i++, at++) {
          if (within !== undefined && within[at] === 0) continue;
          const holds = memorises ? rule.holdsUnseen!(context, i) : rule.holds(context, i);
          marks[at] = holds ? 1 : 0;
        }
      }
    }
    if (within !== undefined) for (let i = 0; i < marks.length; i++) marks[i] &= within[i];
    return marks;
  }

  #markList({ groups, offset }: WordList, unseen: boolean, marks: Marks): void {
    for (const [word, of] of groups) {
      for (const place of this.#places().get(word) ?? []) {
        const text = this.#text[place];
        if (unseen && !isOwedToOthers(of, this.#contexts[text])) continue;
        if (offset === 'earlier') {
          for (let i = place + 1; i < this.#offsets[text + 1] && marks[i] === 0; i++) marks[i] = 1;
        } else if (this.#text[place - offset] === text) marks[place - offset] = 1;
      }
    }
  }

  /** Where each word stands, among all positions that count. */
  #places(): ReadonlyMap<string, readonly number[]> {
    if (this.#placesOfWords !== undefined) return this.#placesOfWords;
    const places = new Map<string, number[]>();
    for (const [c, { words, first }] of this.#contexts.entries()) {
      for (let i = first; i < words.length; i++) {
        const known = places.get(words[i]);
        const place = this.#offsets[c] + i - first;
        if (known === undefined) places.set(words[i], [place]);
        else known.push(place);
      }
    }
    return (this.#placesOfWords = places);
  }

  /** The marks as a question about a position of one of the set's texts; fast if asked text by text. */
  lookup(marks: Marks): (context: LabelContext, index: number) => boolean {
    const offsets = new Map(this.#contexts.map((context, c) => [context, this.#offsets[c] - context.first]));
    let asked: LabelContext | undefined;
    let offset = 0;
    return (context, index) => {
      if (context !== asked) {
        asked = context;
        offset = offsets.get(context)!;
      }
      return marks[offset + index] === 1;
    };
  }

  /** The activating texts in which no position on which the feature fires is marked. */
  missed(marks: Marks): LabelContext[] {
    return this.#contexts.slice(0, this.#activating).filter((_, c) => {
      for (let i = this.#offsets[c]; i < this.#offsets[c + 1]; i++) {
        if (marks[i] === 1 && this.#truth[i] === MARKED) return false;
      }
      return true;
    });
  }

  /** `at`: only these positions are marked, in ascending order (`positions`); the rest is not looked at. */
  scores(marks: Marks, at?: Int32Array): Scores {
    const counts = new Uint32Array(2 * TRUTHS);
    const texts = [0, 0];
    let last = -1;
    const length = at === undefined ? marks.length : at.length;
    for (let k = 0; k < length; k++) {
      const i = at === undefined ? k : at[k];
      if (marks[i] === 0) continue;
      const text = this.#text[i];
      const side = text < this.#activating ? 0 : 1;
      counts[side * TRUTHS + this.#truth[i]]++;
      if (text !== last) texts[side]++;
      last = text;
    }
    return { detectionF1: this.#detectionF1(texts[0], texts[1]), fuzzing: this.#fuzzing(counts) };
  }

  /** The share of the marked texts in which the feature fires; 0 if none is marked. */
  precision(marks: Marks): number {
    const texts = new Set<number>();
    for (let i = 0; i < marks.length; i++) if (marks[i] === 1) texts.add(this.#text[i]);
    const right = [...texts].filter(text => text < this.#activating).length;
    return texts.size === 0 ? 0 : right / texts.size;
  }

  positions(marks: Marks): Int32Array {
    const at: number[] = [];
    for (let i = 0; i < marks.length; i++) if (marks[i] === 1) at.push(i);
    return Int32Array.from(at);
  }

  /** A text is detected if the rule holds anywhere in it. */
  #detectionF1(hits: number, falseAlarms: number): number | null {
    const activating = this.#activating;
    if (activating < FEWEST_TEXTS || this.#contexts.length - activating < FEWEST_TEXTS) return null;
    return (2 * hits) / (activating + hits + falseAlarms);
  }

  /** Over the tokens of activating texts; where those leave no silent token, silent texts stand in. */
  #fuzzing(marked: Uint32Array): number | null {
    if (this.#activating < FEWEST_TEXTS) return null;
    const silent = this.#counts[SILENT] > 0 ? SILENT : TRUTHS + SILENT;
    if (this.#counts[MARKED] === 0 || this.#counts[silent] === 0) return null;
    const right = marked[MARKED] / this.#counts[MARKED];
    const wrong = marked[silent] / this.#counts[silent];
    return (right + 1 - wrong) / 2;
  }
}
