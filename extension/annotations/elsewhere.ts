import { featureKey } from '../../src/graph/investigation/order.ts';
import type { Investigation } from '../../src/graph/investigation/types.ts';
import type { Identity } from '../../src/graph/types.ts';
import type { AnnotationElsewhere } from '../../webview/card-protocol.ts';

/** An investigation of the workspace that is kept in view. */
export interface KnownInvestigation {
  /** The document's address, as text. */
  readonly id: string;
  /** Relative to the workspace. */
  readonly file: string;
  readonly investigation: Investigation;
}

/**
 * What other investigations say of the features of a dictionary, by "layer/feature", in the order of their files. Features
 * are the same where the dictionary's contents are; without a hash, where its name is.
 */
export function annotationsElsewhere(
  known: readonly KnownInvestigation[],
  dictionary: Identity | undefined,
  except: string,
): Map<string, AnnotationElsewhere[]> {
  const found = new Map<string, AnnotationElsewhere[]>();
  if (dictionary === undefined) return found;
  for (const { id, file, investigation } of known) {
    if (id === except || !isSame(investigation.dictionary, dictionary)) continue;
    for (const annotation of investigation.annotations) {
      const key = featureKey(annotation);
      const list = found.get(key);
      if (list === undefined) found.set(key, [{ file, annotation }]);
      else list.push({ file, annotation });
    }
  }
  return found;
}

/** The first label that others gave to each feature. */
export function labelsOf(elsewhere: ReadonlyMap<string, readonly AnnotationElsewhere[]>): Record<string, string> {
  const labels = [...elsewhere].flatMap(([key, list]) => {
    const label = list.find(({ annotation }) => annotation.label !== undefined)?.annotation.label;
    return label === undefined ? [] : [[key, label] as const];
  });
  return Object.fromEntries(labels);
}

function isSame(a: Identity | undefined, b: Identity): boolean {
  if (a === undefined) return false;
  return a.sha256 === undefined || b.sha256 === undefined ? a.name === b.name : a.sha256 === b.sha256;
}
