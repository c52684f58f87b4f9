import { compareFeatures, sortedUnique } from './order.ts';
import { oneLine } from './one-line.ts';
import { LIMITS } from './schema.ts';
import type { Annotation, AnnotationChange, Investigation } from './types.ts';

/** Replaces the given fields of what is said of a feature; null or an empty text or list removes one. */
export function changeAnnotation(
  investigation: Investigation,
  layer: number,
  feature: number,
  change: AnnotationChange,
): Investigation {
  const before = investigation.annotations.find(other => other.layer === layer && other.feature === feature);
  const after = annotationAfter(before ?? { layer, feature }, change);
  if (JSON.stringify(after) === JSON.stringify(normal(before ?? { layer, feature }))) return investigation;
  const others = investigation.annotations.filter(other => other !== before);
  const annotations = isEmpty(after) ? others : [...others, after].sort(compareFeatures);
  return { ...investigation, annotations };
}

/** What is said of a feature after a change. */
export function annotationAfter(annotation: Annotation, change: AnnotationChange): Annotation {
  return normal({ ...annotation, ...change });
}

/** True if nothing is said. */
function isEmpty(annotation: Annotation): boolean {
  return Object.keys(annotation).length === 2;
}

function normal(fields: Pick<Annotation, 'layer' | 'feature'> & AnnotationChange): Annotation {
  const { layer, feature, label, note, tags, verdict, colour, evidence } = fields;
  const lines = (items: readonly string[] | null | undefined): string[] =>
    (items ?? []).map(item => oneLine(item, LIMITS.label)).filter(item => item !== '');
  const values: [keyof Annotation, unknown][] = [
    ['label', oneLine(label ?? '', LIMITS.label)],
    ['note', (note ?? '').trim().slice(0, LIMITS.notes)],
    ['tags', sortedUnique(lines(tags)).slice(0, LIMITS.tags)],
    ['verdict', verdict ?? ''],
    ['colour', colour ?? ''],
    ['evidence', lines(evidence).slice(0, LIMITS.evidence)],
  ];
  const given = values.filter(([, value]) => (value as string | readonly string[]).length > 0);
  return { layer, feature, ...(Object.fromEntries(given) as Partial<Annotation>) };
}
