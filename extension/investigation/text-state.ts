import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import { salvageInvestigation } from '../../src/graph/investigation/salvage.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { failureOf, type Failure } from '../common/failure.ts';
import type { EditableText } from './text-source.ts';

/** What the text of an investigation says, as far as it can be read. */
export class TextState {
  readonly #text: EditableText | undefined;
  #investigation: Investigation | null = null;
  #problems: readonly string[] = [];
  #failure: Failure | null = null;
  /** The text could never be read whole: what is shown is a part of it. */
  #isSalvaged = false;

  /** Without a text there is nothing to be read. */
  constructor(text: EditableText | undefined) {
    this.#text = text;
    this.read();
  }

  /** Null if nothing of an investigation is in the text, or if it is of a newer version. */
  get investigation(): Investigation | null {
    return this.#investigation;
  }

  /** What was mended or left out, a sentence each. */
  get problems(): readonly string[] {
    return this.#problems;
  }

  /** Why the text cannot be read as it is now; it cannot be edited then. */
  get failure(): Failure | null {
    return this.#failure;
  }

  /** Of a text that became damaged what was read before stays; of one that was never whole what can be read is taken. */
  read(): void {
    if (this.#text === undefined) return;
    const text = this.#text.read();
    try {
      const { investigation, problems } = parseInvestigation(text, this.#text.name);
      [this.#investigation, this.#problems, this.#failure] = [investigation, problems, null];
      this.#isSalvaged = false;
    } catch (error) {
      this.#failure = failureOf(error);
      if (this.#investigation !== null && !this.#isSalvaged) return;
      const isDamaged = error instanceof Error && 'code' in error && error.code === 'file-damaged';
      const salvaged = isDamaged ? salvageInvestigation(text) : undefined;
      [this.#investigation, this.#problems] = [salvaged?.investigation ?? null, salvaged?.problems ?? []];
      this.#isSalvaged = true;
    }
  }
}
