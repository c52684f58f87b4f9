import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import { movedSource } from './move-investigation.ts';

/** A file or a folder that gets another address: absolute paths. */
export interface Move {
  readonly from: string;
  readonly to: string;
}

/** Where `path` is after the moves. */
export function placeAfter(path: string, moves: readonly Move[]): string {
  for (const { from, to } of moves) {
    if (path === from) return to;
    if (path.startsWith(from + sep)) return to + path.slice(from.length);
  }
  return path;
}

/**
 * The graph of an investigation at `file` that should be moved along: the investigation goes to another folder, and its
 * graph, which lies in its old folder or below, stays behind and is nobody else's.
 */
export function graphAlong(
  file: string,
  { graph }: Investigation,
  moves: readonly Move[],
  isOthers: (graphFile: string) => boolean,
): Move | undefined {
  const [oldFolder, newFolder] = [dirname(file), dirname(placeAfter(file, moves))];
  const from = resolve(oldFolder, graph.file);
  const inside = relative(oldFolder, from);
  const isInside = !inside.startsWith('..') && !isAbsolute(inside);
  if (oldFolder === newFolder || !isInside || placeAfter(from, moves) !== from || isOthers(from)) return undefined;
  return { from, to: resolve(newFolder, inside) };
}

/** An investigation at `file` as it points to its graph and text after the moves; the very same object if nothing changes. */
export function afterMoves(file: string, investigation: Investigation, moves: readonly Move[]): Investigation {
  const [oldFolder, newFolder] = [dirname(file), dirname(placeAfter(file, moves))];
  const { graph, source } = investigation;
  const graphFile = referenceAfter(graph.file, oldFolder, newFolder, moves);
  const sourceFile = source && referenceAfter(source.file, oldFolder, newFolder, moves);
  if (graphFile === graph.file && sourceFile === source?.file) return investigation;
  return {
    ...investigation,
    graph: { ...graph, file: graphFile },
    ...(source === undefined || sourceFile === undefined ? {} : { source: { ...source, file: sourceFile } }),
  };
}

/** Unchanged where it means the same file as before, or where no relative path leads to it. */
function referenceAfter(reference: string, oldFolder: string, newFolder: string, moves: readonly Move[]): string {
  const target = placeAfter(resolve(oldFolder, reference), moves);
  if (target === resolve(newFolder, reference)) return reference;
  return movedSource({ file: target, start: 0 }, newFolder, newFolder)?.file ?? reference;
}
