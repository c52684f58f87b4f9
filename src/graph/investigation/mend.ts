import type { NodeId } from '../types.ts';
import { compareFeatures, compareText, featureKey, sortedUnique } from './order.ts';
import type { Annotation, Investigation, NamedSupernode } from './types.ts';

/** What `mend` says of what it changed: a sentence each. */
export interface Mended {
  readonly investigation: Investigation;
  readonly problems: readonly string[];
}

/**
 * Puts lists in order and restores what must hold in every investigation: ids of supernodes are unique, a node is in
 * one supernode at most, none is empty, a feature has one annotation. Two people's work that git merged line by line
 * may break each of these. The first one wins; annotations are joined.
 */
export function mend(investigation: Investigation): Mended {
  const problems: string[] = [];
  return {
    investigation: {
      ...investigation,
      pinned: sortedUnique(investigation.pinned),
      supernodes: mendSupernodes(investigation.supernodes, problems),
      annotations: mendAnnotations(investigation.annotations, problems),
    },
    problems,
  };
}

function mendSupernodes(supernodes: readonly NamedSupernode[], problems: string[]): NamedSupernode[] {
  const ids = new Set<string>();
  const taken = new Map<NodeId, string>();
  const kept: NamedSupernode[] = [];
  for (const supernode of supernodes) {
    const id = uniqueId(supernode.id, ids);
    ids.add(id);
    if (id !== supernode.id) problems.push(`Two supernodes have the id "${supernode.id}"; one of them is now "${id}".`);
    const members = sortedUnique(supernode.members).filter(node => {
      const other = taken.get(node);
      if (other !== undefined) problems.push(`Node ${node} is in two supernodes; it stays in "${other}".`);
      else taken.set(node, supernode.name);
      return other === undefined;
    });
    if (members.length === 0) problems.push(`The supernode "${supernode.name}" has no members; left out.`);
    else kept.push({ ...supernode, id, members });
  }
  return kept.sort((a, b) => compareText(a.id, b.id));
}

/** `wanted`, or `wanted-2`, `wanted-3`, ... */
export function uniqueId(wanted: string, taken: ReadonlySet<string>): string {
  let id = wanted;
  for (let serial = 2; taken.has(id); serial++) id = `${wanted}-${serial}`;
  return id;
}

function mendAnnotations(annotations: readonly Annotation[], problems: string[]): Annotation[] {
  const byFeature = new Map<string, Annotation>();
  for (const annotation of annotations) {
    const key = featureKey(annotation);
    const first = byFeature.get(key);
    if (first !== undefined) {
      problems.push(`Feature ${annotation.feature} of layer ${annotation.layer} is annotated twice; joined.`);
    }
    byFeature.set(key, first === undefined ? annotation : joined(first, annotation));
  }
  return [...byFeature.values()].map(sortedTags).sort(compareFeatures);
}

function joined(first: Annotation, second: Annotation): Annotation {
  const tags = [...(first.tags ?? []), ...(second.tags ?? [])];
  const evidence = [...new Set([...(first.evidence ?? []), ...(second.evidence ?? [])])];
  return {
    ...second,
    ...first,
    ...(tags.length === 0 ? {} : { tags }),
    ...(evidence.length === 0 ? {} : { evidence }),
  };
}

function sortedTags(annotation: Annotation): Annotation {
  return annotation.tags === undefined ? annotation : { ...annotation, tags: sortedUnique(annotation.tags) };
}
