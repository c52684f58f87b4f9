import type { ModelChoice } from '../../src/engine/protocol.ts';
import type { Identity } from '../../src/graph/types.ts';
import { Emitter } from '../common/emitter.ts';

/** Where the list is kept between sessions; vscode.Memento is one. */
export interface Memory {
  get<T>(key: string, otherwise: T): T;
  update(key: string, value: unknown): PromiseLike<void>;
}

interface KnownModel {
  readonly model: string;
  /** Absent where the model was used in the basis of its neurons. */
  readonly dictionary?: string;
  /** Folders, or neither for the embedded pair. */
  readonly choice: Pick<ModelChoice, 'model' | 'dictionary'>;
}

const KEY = 'circuit.knownModels';
const MOST_KNOWN = 32;

/**
 * Which models were used on this machine, by the hashes of their contents: an investigation that comes from elsewhere is
 * connected with the same model wherever it lies here.
 */
export class KnownModels {
  readonly #memory: Memory;
  readonly #builtIn: KnownModel | undefined;
  readonly #isThere: (folder: string) => boolean;
  /** A model was used that was not known before. */
  readonly changed = new Emitter<void>();

  /** `embedded`: the hashes of the pair that comes with the program. `isThere`: whether a folder, or hub id, can be used now. */
  constructor(
    memory: Memory,
    embedded?: { readonly model: string; readonly dictionary: string },
    isThere: (folder: string) => boolean = () => true,
  ) {
    this.#memory = memory;
    this.#isThere = isThere;
    this.#builtIn = embedded === undefined ? undefined : { ...embedded, choice: {} };
  }

  /** How a model and dictionary of these contents are opened; undefined if they were never used here, or are gone. */
  find(
    model: Identity | undefined,
    dictionary: Identity | undefined,
  ): Pick<ModelChoice, 'model' | 'dictionary'> | undefined {
    if (model?.sha256 === undefined) return undefined;
    const same = this.#known.filter(
      ({ model: contents, choice }) =>
        contents === model.sha256 &&
        [choice.model, choice.dictionary].every(folder => folder === undefined || this.#isThere(folder)),
    );
    const exact = same.find(known => known.dictionary === dictionary?.sha256);
    // A file that does not name the dictionary's contents may mean any.
    return (exact ?? (dictionary?.sha256 === undefined ? same.at(0) : undefined))?.choice;
  }

  /** Notes what a model that was just used holds. */
  async remember(
    { model, dictionary }: { readonly model: Identity; readonly dictionary?: Identity },
    choice: ModelChoice,
  ): Promise<void> {
    if (model.sha256 === undefined || (dictionary !== undefined && dictionary.sha256 === undefined)) return;
    const folders = {
      ...(choice.model === undefined ? {} : { model: choice.model }),
      ...(choice.dictionary === undefined ? {} : { dictionary: choice.dictionary }),
    };
    const contents = dictionary?.sha256 === undefined ? {} : { dictionary: dictionary.sha256 };
    const known = { model: model.sha256, ...contents, choice: folders };
    const others = this.#known.filter(other => JSON.stringify(other.choice) !== JSON.stringify(folders));
    const isNew = this.find(model, dictionary) === undefined;
    await this.#memory.update(KEY, [known, ...others].slice(0, MOST_KNOWN));
    if (isNew) this.changed.fire();
  }

  /** What was used, most recently first. */
  get used(): readonly KnownModel['choice'][] {
    return this.#known.map(({ choice }) => choice);
  }

  get #known(): readonly KnownModel[] {
    const kept = this.#memory.get<readonly KnownModel[]>(KEY, []);
    return this.#builtIn === undefined ? kept : [...kept, this.#builtIn];
  }
}
