import type { Task } from '../task.ts';

/** A value that is made when first asked for; what failed or was cancelled is made anew. */
export class Lazy<Value> {
  readonly #make: (task?: Task) => Promise<Value>;
  #made: Promise<Value> | undefined;

  constructor(make: (task?: Task) => Promise<Value>) {
    this.#make = make;
  }

  get(task?: Task): Promise<Value> {
    this.#made ??= this.#make(task).catch((error: unknown) => {
      this.#made = undefined;
      throw error;
    });
    return this.#made;
  }

  /** The value if it has been made, and forgets it. */
  async take(): Promise<Value | undefined> {
    const made = this.#made;
    this.#made = undefined;
    return made?.catch(() => undefined);
  }
}
