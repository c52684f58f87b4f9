import type { InterveneResult } from '../../src/engine/protocol.ts';
import { shownProbability, shownToken } from '../trace/target-choices.ts';

/** A next token with its probability before and after a change, and after the same change of random features. */
export interface OutcomeRow {
  readonly text: string;
  readonly before: number;
  readonly after: number;
  /** Undefined where no controls were run. */
  readonly control?: { readonly mean: number; readonly least: number; readonly most: number };
}

/** The tokens that were likeliest before or after, those that were likeliest before first. */
export function outcomeRows({ before, after, controls }: InterveneResult): OutcomeRow[] {
  const ofToken = (run: InterveneResult['after'], id: number): number =>
    run.find(token => token.id === id)?.probability ?? 0;
  return before.map(({ id, text, probability }) => {
    const random = controls.map(run => ofToken(run, id));
    const sum = random.reduce((a, b) => a + b, 0);
    return {
      text,
      before: probability,
      after: ofToken(after, id),
      ...(random.length === 0
        ? {}
        : { control: { mean: sum / random.length, least: Math.min(...random), most: Math.max(...random) } }),
    };
  });
}

/** What happened to the likeliest token, in one line: `“·Austin” 99.8 % → 41.2 % (random features: 99.7 %)`. */
export function outcomeLine(rows: readonly OutcomeRow[], randomFeatures: string): string {
  const [{ text, before, after, control }] = rows;
  const random = control === undefined ? '' : ` (${randomFeatures}: ${shownProbability(control.mean)})`;
  return `${shownToken(text)} ${shownProbability(before)} → ${shownProbability(after)}${random}`;
}
