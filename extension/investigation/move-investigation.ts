import { dirname, isAbsolute, relative, resolve, sep } from 'node:path';
import { writeFileAtomically } from '../../src/checkpoint/atomic-file.ts';
import { withoutUndefined } from '../../src/graph/investigation/order.ts';
import { applyTextEdits, textEdits } from '../../src/graph/investigation/text-edits.ts';
import type { Investigation, TextSource } from '../../src/graph/investigation/types.ts';
import type { GraphLibrary } from './graph-library.ts';
import { copyGraph, placeGraph } from './save-graph.ts';
import { readableInvestigation } from './unsaved-files.ts';

/**
 * Writes an investigation that lies at `from` to `to`: the graph is put beside first, then the text that points to it is
 * written, each under a temporary name that is renamed. Whatever interrupts it, `to` has its old contents or the new
 * ones, and `from` is not touched. A text that cannot be read is written as it is. Errors: `file-write`.
 */
export async function moveInvestigation(library: GraphLibrary, text: string, from: string, to: string): Promise<void> {
  const investigation = readableInvestigation(text);
  if (investigation === undefined) return writeFileAtomically(to, [text]);
  const found = await library.find(investigation.graph, dirname(from));
  const { sha256 } = investigation.graph;
  if (found !== undefined && sha256 !== undefined) library.remember(sha256, found);
  const placement = await placeGraph(library, investigation.graph, to, found);
  if (placement !== undefined) await copyGraph(placement);
  const { source } = investigation;
  const moved = withoutUndefined<Investigation>({
    ...investigation,
    graph: placement?.reference ?? investigation.graph,
    source: source && movedSource(source, dirname(from), dirname(to)),
  });
  // Edits and not a new text: fields that are not known here go along.
  await writeFileAtomically(to, [applyTextEdits(text, textEdits(text, moved))]);
  if (placement?.reference.sha256 !== undefined) library.remember(placement.reference.sha256, placement.to);
}

/** The same text seen from another folder; undefined if it is on another drive, to which no relative path leads. */
export function movedSource({ file, start }: TextSource, from: string, to: string): TextSource | undefined {
  const path = relative(to, resolve(from, file));
  return isAbsolute(path) ? undefined : { file: path.split(sep).join('/'), start };
}
