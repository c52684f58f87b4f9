import type { ImportPlan } from '../../checkpoint/hub/plan-import.ts';
import { showHubId } from '../../checkpoint/hub/hub-id.ts';
import type { Output } from '../frame/output.ts';
import { byteSize, padded } from '../frame/text.ts';
import type { ImportMemory } from '../../import/import-memory.ts';

/** What an import takes, as lines: each item, disk, memory. */
export function planLines(
  { items, parts, size }: ImportPlan,
  memory: ImportMemory | undefined,
  cache: string,
): string[] {
  const own = items.map(({ files }) => files);
  const rows = items.map(({ id, kind, files }) => {
    const bytes = byteSize(files.reduce((sum, file) => sum + file.size, 0));
    return `  ${padded(kind, 11)}${showHubId(id)}, ${files.length} files, ${bytes}`;
  });
  const referred = parts
    .filter(({ files }) => !own.includes(files))
    .map(({ repo, files }) => {
      const bytes = byteSize(files.reduce((sum, file) => sum + file.size, 0));
      return `  ${padded('its files', 11)}${repo}, ${files.length} files, ${bytes}`;
    });
  const free = size.free === null ? '' : `; the disk of ${cache} has ${byteSize(size.free)} free`;
  return [
    ...rows,
    ...referred,
    `  ${padded('download', 11)}${byteSize(size.missing)} of ${byteSize(size.total)}${free}`,
    ...(memory === undefined ? [] : [`  ${padded('memory', 11)}${memoryText(memory)}`]),
  ];
}

/** Warns where the estimate comes near to what the machine has. */
export function warnOfMemory(memory: ImportMemory | undefined, output: Output): void {
  if (memory === undefined || memory.estimate.private < 0.8 * memory.machine) return;
  output.warn(
    `a trace may need ${byteSize(memory.estimate.private)} of memory, and this machine has ${byteSize(memory.machine)}`,
  );
}

function memoryText({ estimate, machine }: ImportMemory): string {
  return `about ${byteSize(estimate.private)} for a trace of ${estimate.tokens} tokens, besides mapped weights; this machine has ${byteSize(machine)}`;
}
