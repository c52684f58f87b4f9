import { basename } from 'node:path';
import type { GraphReference } from '../../src/graph/investigation/types.ts';
import { failureOf } from '../common/failure.ts';
import { l10n } from '../common/texts.ts';
import type { GraphLibrary, LoadedGraph } from './graph-library.ts';

export interface GraphOrProblem {
  readonly graph: LoadedGraph | undefined;
  /** Why there is none, in a sentence or two. */
  readonly problem?: string;
}

/**
 * The graph that an investigation in `folder` refers to, or the one in `file`. Never fails: what is wrong with the
 * file is said instead.
 */
export async function loadGraph(
  library: GraphLibrary,
  reference: GraphReference | undefined,
  folder: string | undefined,
  file: string | undefined,
  signal: AbortSignal,
): Promise<GraphOrProblem> {
  const path = file ?? (reference && (await library.find(reference, folder)));
  if (path === undefined) {
    if (reference === undefined) return { graph: undefined };
    if (reference.file === '')
      return { graph: undefined, problem: l10n.t('The investigation does not say which graph it is of.') };
    return {
      graph: undefined,
      problem: l10n.t(
        'The graph {0} is not here. Notes, pins and groups are shown without it; put the file beside the investigation, or trace the prompt again.',
        reference.file,
      ),
    };
  }
  try {
    return { graph: await library.load(path, signal) };
  } catch (error) {
    const { message } = failureOf(error);
    return {
      graph: undefined,
      problem: l10n.t('The graph cannot be shown. {0} Notes, pins and groups are shown without it.', message),
    };
  }
}

/** What is to be said of a graph that is not the one that was traced. */
export function graphProblem(graph: LoadedGraph, reference: GraphReference | undefined): string | undefined {
  if (reference?.sha256 === undefined || reference.sha256 === graph.sha256) return undefined;
  return l10n.t(
    '{0} is not the graph that this investigation was made with: its contents changed. Pins and groups may not fit it.',
    basename(graph.path),
  );
}
