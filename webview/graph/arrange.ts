import cytoscape, { type Core, type NodeSingular } from 'cytoscape';
import dagre from 'cytoscape-dagre';
import type { Room } from '../model/layout.ts';

cytoscape.use(dagre);

/** Distances between boxes, in pixels at zoom 1: the first that lets all be seen at full size, else the last. */
const DISTANCES = [
  { rankSep: 64, nodeSep: 28 },
  { rankSep: 42, nodeSep: 20 },
  { rankSep: 26, nodeSep: 12 },
];

/** Places boxes: those of `known` where they were, the others by rank, the logits on top. */
export function arrange(core: Core, known: Readonly<Record<string, readonly [number, number]>>, room: Room): void {
  for (const distances of DISTANCES) {
    core
      .layout({ name: 'dagre', rankDir: 'BT', ...distances, fit: false, animate: false } as cytoscape.LayoutOptions)
      .run();
    const { w, h } = core.nodes().boundingBox({ includeLabels: false, includeOverlays: false });
    if (w <= room.width && h <= room.height) break;
  }
  core.batch(() => {
    for (const [id, [x, y]] of Object.entries(known)) {
      const element = core.getElementById(id);
      if (element.nonempty() && !(element as NodeSingular).isParent()) (element as NodeSingular).position({ x, y });
    }
  });
}
