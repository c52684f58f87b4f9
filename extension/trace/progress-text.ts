import type { ProgressReport } from '../../src/engine/protocol.ts';

/** The engine's stages in the words of a person; what is not named here is shown as it is. */
export type StageNames = Readonly<Record<string, string>>;

/** What a progress notification says of a report. */
export function progressText({ stage, done, total }: ProgressReport, names: StageNames): string {
  const name = names[stage] ?? stage;
  return total === null || total <= 1 ? name : `${name} (${Math.min(done + 1, total)}/${total})`;
}
