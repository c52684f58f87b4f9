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

  /** `unseen`: judge each text as if the rule had been made without it. */
  marks(rule: Rule, unseen: boolean): Marks {
    const marks = new Uint8Array(this.#truth.length);
    const memorises = unseen && rule.holdsUnseen !== undefined;
    let at = 0;
    for (const context of this.#contexts) {
      for (let i = context.first; i < context.words.length; i++) {
        const holds = memorises ? rule.holdsUnseen!(context, i) : rule.holds(context, i);
        marks[at++] = holds ? 1 : 0;
      }
    }
    return marks;
  }

  scores(marks: Marks): Scores {
    return { detectionF1: this.#detectionF1(marks), fuzzing: this.#fuzzing(marks) };
  }

  /** A text is detected if the rule holds anywhere in it. */
  #detectionF1(marks: Marks): number | null {
    const activating = this.#activating;
    if (activating < FEWEST_TEXTS || this.#contexts.length - activating < FEWEST_TEXTS) return null;
    let hits = 0;
    let falseAlarms = 0;
    for (let c = 0; c < this.#contexts.length; c++) {
      if (!marks.subarray(this.#offsets[c], this.#offsets[c + 1]).includes(1)) continue;
      if (c < activating) hits++;
      else falseAlarms++;
    }
    return (2 * hits) / (activating + hits + falseAlarms);
  }

  /** Over the tokens of activating texts; where those leave no silent token, silent texts stand in. */
  #fuzzing(marks: Marks): number | null {
    if (this.#activating < FEWEST_TEXTS) return null;
    const end = this.#offsets[this.#activating];
    const right = this.#shareMarked(marks, MARKED, 0, end);
    const wrong = this.#shareMarked(marks, SILENT, 0, end) ?? this.#shareMarked(marks, SILENT, end, marks.length);
    return right === null || wrong === null ? null : (right + 1 - wrong) / 2;
  }

  #shareMarked(marks: Marks, truth: typeof MARKED | typeof SILENT, from: number, to: number): number | null {
    let count = 0;
    let marked = 0;
    for (let i = from; i < to; i++) {
      if (this.#truth[i] !== truth) continue;
      count++;
      marked += marks[i];
    }
    return count === 0 ? null : marked / count;
  }
}

export function both(a: Marks, b: Marks): Marks {
  return a.map((mark, i) => mark & b[i]);
}
