import type { DictionaryLayer, InputHook, OutputHook } from '../dictionary/index.ts';
import type { Task } from '../task.ts';

/** Where what stands in the place of a model's MLPs reads and writes: a dictionary, or the MLPs' own neurons. */
export interface ReplacedMlp {
  readonly inputHook: InputHook;
  readonly outputHook: OutputHook;
  readonly layers: readonly Pick<DictionaryLayer, 'wSkip'>[];
  /** Errors: `file-damaged` naming the first of its weights that holds a NaN or an infinity. */
  assertFinite(task?: Task): Promise<void>;
}
