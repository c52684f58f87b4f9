import type { ElementDefinition } from 'cytoscape';
import type { SceneLink, SceneNode } from '../model/scene.ts';

/** What is picked out among the boxes and lines, by their keys. */
export interface Marks {
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly found: ReadonlySet<string>;
}

/** The key of the frame that a box lies in. */
export function parentOf({ shape, group }: SceneNode): string | undefined {
  return shape === 'group' || group === undefined ? undefined : `g${group}`;
}

export function nodeElement(node: SceneNode): ElementDefinition {
  const { id, text, width, height, x, y } = node;
  const parent = parentOf(node);
  return {
    group: 'nodes',
    data: { id, text, width, height, frame: node.shape === 'group', ...(parent === undefined ? {} : { parent }) },
    position: { x, y },
  };
}

export function linkElement({ id, source, target, width, opacity, text = '' }: SceneLink): ElementDefinition {
  return { group: 'edges', data: { id, source, target, width, opacity, text } };
}

/** The classes of each element, by its key: what `canvasStyle` goes by. */
export function elementClasses(
  nodes: Iterable<SceneNode>,
  links: Iterable<SceneLink>,
  { selected, hovered, found }: Marks,
): Map<string, string> {
  const looks = new Map<string, string>();
  const near = new Set(selected);
  for (const { id, source, target, weight, text, named = false } of links) {
    const touches = selected.has(source) || selected.has(target);
    const pointed = hovered !== null && (source === hovered || target === hovered);
    if (touches) near.add(source).add(target);
    const names = [
      weight < 0 ? 'negative' : 'positive',
      ...(text === undefined ? [] : ['between']),
      ...(touches || pointed ? ['strong'] : selected.size > 0 ? ['faint'] : []),
      ...(touches || pointed || (named && selected.size === 0) ? ['named'] : []),
    ];
    looks.set(id, names.join(' '));
  }
  for (const { id, shape, mark, colour, spurious, pinned } of nodes) {
    const faint = selected.size > 0 && !near.has(id) && !found.has(id) && shape !== 'group';
    const names = [
      shape,
      ...(mark ? ['dot'] : []),
      ...(colour === undefined ? [] : [`colour-${colour}`]),
      ...(spurious ? ['spurious'] : []),
      ...(pinned ? ['pinned'] : []),
      ...(selected.has(id) ? ['selected'] : []),
      ...(hovered === id ? ['hovered'] : []),
      ...(found.has(id) ? ['found'] : []),
      ...(faint ? ['faint'] : []),
    ];
    looks.set(id, names.join(' '));
  }
  return looks;
}
