import cytoscape, { type Core, type NodeSingular } from 'cytoscape';
import dagre from 'cytoscape-dagre';
import type { Room } from '../model/layout.ts';
import type { SceneNode } from '../model/scene.ts';
import { placeInRows } from '../model/subgraph-rows.ts';

cytoscape.use(dagre);

/** Distances between boxes, in pixels at zoom 1: the first that lets all be seen at full size, else the last. */
const DISTANCES = [
  { rankSep: 64, nodeSep: 28 },
  { rankSep: 42, nodeSep: 20 },
  { rankSep: 26, nodeSep: 12 },
];
/** Above so many boxes dagre takes a second and more, and what it gives is many times wider than high. */
const MOST_RANKED = 60;
/** Names are left out below this zoom: then lines of boxes serve better if they come out larger. */
const READABLE = 0.64;

type Places = Readonly<Record<string, readonly [x: number, y: number]>>;

/** Places boxes: those of `known` where they were, the others by rank, the logits on top, very many in lines by layer. */
export function arrange(core: Core, boxes: readonly SceneNode[], known: Places, room: Room): void {
  const scale = boxes.length > MOST_RANKED ? 0 : arrangeRanks(core, room);
  const lines = scale < READABLE ? placeInRows(boxes, room) : undefined;
  core.batch(() => {
    if (lines !== undefined && Math.min(room.width / lines.width, room.height / lines.height) > scale)
      for (const [id, place] of lines.places) move(core, id, place);
    for (const [id, place] of Object.entries(known)) move(core, id, place);
  });
}

/** Returns the zoom at which the room holds what dagre made of it. */
function arrangeRanks(core: Core, room: Room): number {
  let scale = 0;
  for (const distances of DISTANCES) {
    core
      .layout({ name: 'dagre', rankDir: 'BT', ...distances, fit: false, animate: false } as cytoscape.LayoutOptions)
      .run();
    const { w, h } = core.nodes().boundingBox({ includeLabels: false, includeOverlays: false });
    scale = Math.min(room.width / w, room.height / h);
    if (scale >= 1) break;
  }
  return scale;
}

/** A frame follows what lies in it. */
function move(core: Core, id: string, [x, y]: readonly [x: number, y: number]): void {
  const element = core.getElementById(id);
  if (element.nonempty() && !(element as NodeSingular).isParent()) (element as NodeSingular).position({ x, y });
}
