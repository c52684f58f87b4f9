import { MARKED, SILENT, truthAt, type LabelContext } from './label-context.ts';
import type { Rule } from './rule.ts';

/** With fewer activating or fewer silent texts than this, F1 is not a measurement. */
const FEWEST_TEXTS = 3;

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
  readonly #activating: number;

  constructor(activating: readonly LabelContext[], silent: readonly LabelContext[]) {
    this.#contexts = [...activating, ...silent];
    this.#activating = activating.length;
    this.#offsets = new Int32Array(this.#contexts.length + 1);
    const truth: number[] = [];
    for (const [c, context] of this.#contexts.entries()) {
      for (let i = context.first; i < context.words.length; i++) truth.push(truthAt(context, i));
      this.#offsets[c + 1] = truth.length;
    }
    this.#truth = Uint8Array.from(truth);
  }

  get size(): number {
    return this.#contexts.length;
  }

  /** `unseen`: judge each text as if the rule had been made without it. `within`: only where these mark, too. */
  marks(rule: Rule, unseen: boolean, within?: Marks): Marks {
    const marks = new Uint8Array(this.#truth.length);
    const memorises = unseen && rule.holdsUnseen !== undefined;
    let at = 0;
    for (const context of this.#contexts) {
      for (let i = context.first; i < context.words.length; i++, at++) {
        if (within !== undefined && within[at] === 0) continue;
        const holds = memorises ? rule.holdsUnseen!(context, i) : rule.holds(context, i);
        marks[at] = holds ? 1 : 0;
      }
    }
    return marks;
  }

  /** The marks as a question about a position of one of the set's texts. */
  lookup(marks: Marks): (context: LabelContext, index: number) => boolean {
    const offsets = new Map(this.#contexts.map((context, c) => [context, this.#offsets[c] - context.first]));
    return (context, index) => marks[offsets.get(context)! + index] === 1;
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

  /** The scores of the marks, or of the places that `also` marks too: without a copy, for many pairs are tried. */
  scores(marks: Marks, also = marks): Scores {
    return { detectionF1: this.#detectionF1(marks, also), fuzzing: this.#fuzzing(marks, also) };
  }

  /** A text is detected if the rule holds anywhere in it. */
  #detectionF1(marks: Marks, also: Marks): number | null {
    const activating = this.#activating;
    const texts = this.#contexts.length;
    if (activating < FEWEST_TEXTS || texts - activating < FEWEST_TEXTS) return null;
    let hits = 0;
    let falseAlarms = 0;
    for (let c = 0; c < texts; c++) {
      let i = this.#offsets[c];
      const end = this.#offsets[c + 1];
      while (i < end && (marks[i] & also[i]) === 0) i++;
      if (i === end) continue;
      if (c < activating) hits++;
      else falseAlarms++;
    }
    return (2 * hits) / (activating + hits + falseAlarms);
  }

  /** Over the tokens of activating texts; where those leave no silent token, silent texts stand in. */
  #fuzzing(marks: Marks, also: Marks): number | null {
    if (this.#activating < FEWEST_TEXTS) return null;
    const end = this.#offsets[this.#activating];
    const right = this.#shareMarked(marks, also, MARKED, 0, end);
    const wrong =
      this.#shareMarked(marks, also, SILENT, 0, end) ?? this.#shareMarked(marks, also, SILENT, end, marks.length);
    return right === null || wrong === null ? null : (right + 1 - wrong) / 2;
  }

  #shareMarked(marks: Marks, also: Marks, truth: typeof MARKED | typeof SILENT, from: number, to: number) {
    let count = 0;
    let marked = 0;
    for (let i = from; i < to; i++) {
      if (this.#truth[i] !== truth) continue;
      count++;
      marked += marks[i] & also[i];
    }
    return count === 0 ? null : marked / count;
  }
}
