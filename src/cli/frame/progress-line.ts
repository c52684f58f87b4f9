/** Draws a bar no more often than this, in milliseconds. */
const REDRAW_EVERY = 80;
const BAR = 24;

/** One line on a terminal's stderr that says how far the work is; nothing at all where stderr is no terminal. */
export class ProgressLine {
  readonly #stream: NodeJS.WriteStream;
  #last = -Infinity;
  #stage = '';
  #drawn = false;

  constructor(stream: NodeJS.WriteStream) {
    this.#stream = stream;
  }

  readonly report = (stage: string, done: number, total: number | undefined): void => {
    if (!this.#stream.isTTY) return;
    const now = performance.now();
    if (stage === this.#stage && now - this.#last < REDRAW_EVERY && done !== total) return;
    this.#last = now;
    this.#stage = stage;
    this.#stream.write(`\r${progressText(stage, done, total).slice(0, this.#stream.columns - 1)}\u001b[K`);
    this.#drawn = true;
  };

  /** Takes the line away, before anything else is written. */
  readonly clear = (): void => {
    if (this.#drawn) this.#stream.write('\r\u001b[K');
    this.#drawn = false;
  };
}

/** `attribute  ████████──────── 50 %  3 of 6`. */
export function progressText(stage: string, done: number, total: number | undefined): string {
  if (total === undefined || total <= 0) return done > 0 ? `${stage}  ${done}` : `${stage} …`;
  const part = Math.max(0, Math.min(1, done / total));
  const full = Math.round(part * BAR);
  const percent = `${Math.floor(100 * part)}`.padStart(3);
  return `${stage}  ${'█'.repeat(full)}${'─'.repeat(BAR - full)} ${percent} %  ${done} of ${total}`;
}
