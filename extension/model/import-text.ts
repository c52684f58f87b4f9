import type { KnownModels } from '../../src/import/known-models.ts';
import type { ImportEstimateData, ProgressReport } from '../../src/engine/protocol.ts';

/** 512 MB, 5.3 GB: decimal units, as disks are sold and downloads are counted. */
export function shownBytes(bytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let unit = 0;
  let value = bytes;
  for (; value >= 999.5 && unit < units.length - 1; unit++) value /= 1000;
  return `${unit === 0 || value >= 9.95 ? value.toFixed(0) : value.toFixed(1)} ${units[unit]}`;
}

/** What stands in the way of an import. */
export type ImportObstacle = 'disk' | 'memory';

/** Whether there is room for what is to be downloaded, and memory for a trace. */
export function obstacles({ missing, free, memory, machineMemory }: ImportEstimateData): ImportObstacle[] {
  return [
    ...(free !== null && missing > free ? (['disk'] as const) : []),
    ...(memory !== null && memory > machineMemory ? (['memory'] as const) : []),
  ];
}

/** Progress in bytes as a person reads it: 1.2 of 5.3 GB. */
export function downloadText({ stage, done, total }: ProgressReport): string {
  if (total === null || total < 1e6) return stage;
  return `${stage}: ${shownBytes(done)} / ${shownBytes(total)}`;
}

interface DetailWords {
  size(bytes: number): string;
  readonly several: string;
  readonly gated: string;
}

/** What stands below a published set: its repositories, how large the dictionary is, what it asks for. */
export function setDetail(
  { model, dictionary, dictionaryBytes, folders, gated }: KnownModels['published'][number],
  asked: number | undefined,
  words: DetailWords,
): string {
  const bytes = dictionaryBytes ?? asked;
  const parts = [
    `${model}, ${dictionary}`,
    folders === true ? words.several : bytes === undefined ? '' : words.size(bytes),
    gated ? words.gated : '',
  ];
  return parts.filter(Boolean).join(' · ');
}

/** Whether a text can be an id of the hub: owner/name or the name of an old model, a folder, a revision. */
export function isHubId(text: string): boolean {
  return /^[\w.-]+(?:\/[\w.-]+)?(?:\/\/[\w.\-/]+)?(?:@[\w.\-/]+)?$/.test(text);
}
