import { applyEdit } from '../../src/graph/investigation/apply-edit.ts';
import { parseInvestigation } from '../../src/graph/investigation/parse.ts';
import { textEdits, type TextEdit } from '../../src/graph/investigation/text-edits.ts';
import type { Investigation, InvestigationEdit } from '../../src/graph/investigation/types.ts';
import { CircuitError } from '../../src/errors.ts';
import { l10n } from '../common/texts.ts';

/** The text that holds an investigation: an editor's document. */
export interface EditableText {
  readonly name: string;
  read(): string;
  /** Makes one undoable change; false if the text changed meanwhile, so that the edits no longer fit. */
  apply(edits: readonly TextEdit[]): Promise<boolean>;
}

/** Someone who types all the time would have to be faster than the editor. */
const MOST_TRIES = 4;

/**
 * Edits of one text, one after the other: each is made on what the one before left, also when something else changes the
 * text in between.
 */
export class TextEditor {
  readonly #text: EditableText;
  #last: Promise<unknown> = Promise.resolve();

  constructor(text: EditableText) {
    this.#text = text;
  }

  /** Errors: `file-damaged` while the text cannot be read, `file-write` if the editor refuses the change. */
  edit(edit: InvestigationEdit): Promise<Investigation> {
    return this.change(investigation => applyEdit(investigation, edit));
  }

  change(change: (investigation: Investigation) => Investigation): Promise<Investigation> {
    const done = this.#last.then(() => this.#make(change));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #make(change: (investigation: Investigation) => Investigation): Promise<Investigation> {
    for (let tries = 0; tries < MOST_TRIES; tries++) {
      const before = this.#text.read();
      const { investigation } = parseInvestigation(before, this.#text.name);
      const after = change(investigation);
      if (after === investigation) return after;
      const edits = textEdits(before, after);
      if (edits.length === 0 || (await this.#text.apply(edits))) return after;
    }
    throw new CircuitError(
      'file-write',
      l10n.t('{0} could not be changed: the editor refused it.', this.#text.name),
      l10n.t('See whether the file is read-only, then try again.'),
    );
  }
}
