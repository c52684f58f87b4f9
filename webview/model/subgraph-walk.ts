import type { Side } from '../../src/graph/strongest-links.ts';
import type { Direction } from './navigation.ts';
import type { SceneLink, SceneNode } from './scene.ts';

/** Walking from box to box in the subgraph, by their keys. */

/**
 * The next box in a direction, of those that a line joins with this one, and only where there is none of all boxes. The
 * nearest counts, with what lies beside the way twice as far.
 */
export function nextBox(
  boxes: readonly SceneNode[],
  links: readonly SceneLink[],
  from: string,
  direction: Direction,
): string | undefined {
  const here = boxes.find(({ id }) => id === from);
  if (here === undefined) return undefined;
  const sign = direction === 'down' || direction === 'right' ? 1 : -1;
  const isVertical = direction === 'up' || direction === 'down';
  const along = ({ x, y }: SceneNode): number => sign * (isVertical ? y - here.y : x - here.x);
  const aside = ({ x, y }: SceneNode): number => Math.abs(isVertical ? x - here.x : y - here.y);
  const nearest = (among: readonly SceneNode[]): SceneNode | undefined =>
    among
      // Ranks are wide: much of what is above stands aside; to the sides only what is level counts.
      .filter(box => along(box) > 1 && along(box) >= aside(box) * (isVertical ? 0.25 : 1.5))
      .sort((a, b) => along(a) + 2 * aside(a) - along(b) - 2 * aside(b) || a.id.localeCompare(b.id))[0];
  const joined = new Set(
    links.flatMap(({ source, target }) => (source === from ? [target] : target === from ? [source] : [])),
  );
  const next = nearest(boxes.filter(({ id }) => joined.has(id))) ?? nearest(boxes);
  return next?.id;
}

/** The box that gives (or takes) the largest share; `skip` 1 is the second largest and so on, around. */
export function strongestBox(links: readonly SceneLink[], from: string, side: Side, skip = 0): string | undefined {
  const others = links
    .filter(({ source, target }) => (side === 'inputs' ? target : source) === from)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.id.localeCompare(b.id))
    .map(({ source, target }) => (side === 'inputs' ? source : target));
  return others.length === 0 ? undefined : others[skip % others.length];
}
