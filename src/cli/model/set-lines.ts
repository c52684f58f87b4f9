import type { PublishedSet } from '../../checkpoint/hub/published-sets.ts';
import { byteSize, padded } from '../frame/text.ts';

/** Published sets as lines: name, what it is, its two ids, the size of its dictionary as far as it is known. */
export function setLines(
  sets: readonly PublishedSet[],
  bytes: ReadonlyMap<string, number | undefined> = new Map(),
): string[] {
  return sets.flatMap(set => {
    const size = set.dictionaryBytes ?? bytes.get(set.name);
    const notes = [
      set.kind === 'cross-layer' ? 'cross-layer' : 'per-layer',
      size === undefined ? 'size: --sizes asks the hub' : byteSize(size),
      ...(set.gated ? ['gated'] : []),
      ...(set.folders === true ? ['several widths'] : []),
      ...(set.unsupported === undefined ? [] : [set.unsupported]),
    ];
    return [
      `  ${padded(set.name, 22)}${set.title}`,
      `  ${padded('', 22)}${set.model} + ${set.dictionary} (${notes.join(', ')})`,
    ];
  });
}
