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
