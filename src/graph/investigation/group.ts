import type { NodeId } from '../types.ts';
import { uniqueId } from './mend.ts';
import { compareText, sortedUnique, withoutUndefined } from './order.ts';
import { LIMITS } from './schema.ts';
import { oneLine } from './one-line.ts';
import type { AnnotationColour, Investigation, NamedSupernode } from './types.ts';

interface GroupChange {
  readonly nodes: readonly NodeId[];
  readonly id?: string;
  readonly name?: string;
}

/** Puts nodes into the supernode `id`, or into a new one; they leave the one that they were in. */
export function group(investigation: Investigation, { nodes, id, name }: GroupChange): Investigation {
  if (nodes.length === 0) return investigation;
  const target = investigation.supernodes.find(supernode => supernode.id === id);
  const members = sortedUnique([...(target?.members ?? []), ...nodes]);
  const newName = oneLine(name ?? '', LIMITS.label);
  if (target !== undefined && members.length === target.members.length && (newName || target.name) === target.name) {
    return investigation;
  }
  const others = without(
    investigation.supernodes.filter(supernode => supernode !== target),
    new Set(nodes),
  );
  const made: NamedSupernode =
    target === undefined
      ? newSupernode(members, newName, id, investigation.supernodes)
      : { ...target, name: newName || target.name, members };
  return { ...investigation, supernodes: [...others, made].sort((a, b) => compareText(a.id, b.id)) };
}

/** Takes nodes out of their supernodes; an empty one goes. */
export function ungroup(investigation: Investigation, nodes: readonly NodeId[]): Investigation {
  const leaving = new Set(nodes);
  const isTouched = investigation.supernodes.some(({ members }) => members.some(node => leaving.has(node)));
  return isTouched ? { ...investigation, supernodes: without(investigation.supernodes, leaving) } : investigation;
}

export function renameGroup(investigation: Investigation, id: string, name: string): Investigation {
  const text = oneLine(name, LIMITS.label);
  return changed(investigation, id, supernode =>
    text === '' || text === supernode.name ? supernode : { ...supernode, name: text },
  );
}

export function colourGroup(investigation: Investigation, id: string, colour: AnnotationColour | null): Investigation {
  return changed(investigation, id, supernode => {
    if ((supernode.colour ?? null) === colour) return supernode;
    return withoutUndefined({ ...supernode, colour: colour ?? undefined });
  });
}

function changed(
  investigation: Investigation,
  id: string,
  change: (supernode: NamedSupernode) => NamedSupernode,
): Investigation {
  const supernodes = investigation.supernodes.map(supernode => (supernode.id === id ? change(supernode) : supernode));
  const isSame = supernodes.every((supernode, i) => supernode === investigation.supernodes[i]);
  return isSame ? investigation : { ...investigation, supernodes };
}

function without(supernodes: readonly NamedSupernode[], nodes: ReadonlySet<NodeId>): NamedSupernode[] {
  return supernodes.flatMap(supernode => {
    const members = supernode.members.filter(node => !nodes.has(node));
    if (members.length === supernode.members.length) return [supernode];
    return members.length === 0 ? [] : [{ ...supernode, members }];
  });
}

/** The id is made from the name, so that a diff can be read; it stays when the name changes. */
function newSupernode(
  members: readonly NodeId[],
  name: string,
  id: string | undefined,
  others: readonly NamedSupernode[],
): NamedSupernode {
  const ids = new Set(others.map(other => other.id));
  if (name !== '') return { id: id ?? uniqueId(idOfName(name), ids), name, members };
  let serial = 1;
  while (ids.has(`group-${serial}`)) serial++;
  return { id: id ?? `group-${serial}`, name: `Group ${serial}`, members };
}

const LONGEST_MADE_ID = 40;

function idOfName(name: string): string {
  const words = name.toLowerCase().replaceAll(/[^\p{L}\p{N}]+/gu, '-');
  return words.slice(0, LONGEST_MADE_ID).replaceAll(/^-+|-+$/g, '') || 'group';
}
