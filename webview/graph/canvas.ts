import cytoscape, { type Core, type EventObject, type NodeSingular } from 'cytoscape';
import dagre from 'cytoscape-dagre';
import type { Room } from '../model/layout.ts';
import type { Palette } from '../model/palette.ts';
import type { SceneLink, SceneNode } from '../model/scene.ts';
import { canvasStyle } from './canvas-style.ts';

cytoscape.use(dagre);

export interface CanvasEvents {
  readonly tapped: (node: SceneNode | null, event: MouseEvent) => void;
  readonly opened: (node: SceneNode) => void;
  readonly hovered: (node: SceneNode | null) => void;
  readonly boxed: (nodes: readonly SceneNode[]) => void;
  readonly dragged: () => void;
  /** The drawing moved, was zoomed or changed. */
  readonly drawn: () => void;
}

export interface Marks {
  readonly selected: ReadonlySet<string>;
  readonly hovered: string | null;
  readonly found: ReadonlySet<string>;
}

export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room around the drawing, for the names of layers and tokens. */
export const GUTTER = { left: 44, right: 10, top: 8, bottom: 28 };
const ZOOMS = { least: 0.02, most: 4, fit: 1.4 };
/** With more edges than these they are hidden while the drawing is moved. */
const MANY_EDGES = 800;

/** Cytoscape behind a small surface: it draws the boxes and lines that it is given and says what was done to them. */
export class GraphCanvas {
  readonly core: Core;
  readonly #container: HTMLElement;
  #nodes = new Map<string, SceneNode>();
  #links = new Map<string, SceneLink>();
  /** The classes of each element. */
  readonly #looks = new Map<string, string>();
  #dots = false;
  #movable = false;
  #marks: Marks = { selected: new Set(), hovered: null, found: new Set() };

  constructor(container: HTMLElement, events: CanvasEvents) {
    this.#container = container;
    this.core = cytoscape({
      container,
      minZoom: ZOOMS.least,
      maxZoom: ZOOMS.most,
      boxSelectionEnabled: true,
      selectionType: 'additive',
      hideEdgesOnViewport: false,
    });
    const sceneNode = (event: EventObject): SceneNode | undefined =>
      this.#nodes.get((event.target as NodeSingular).id());
    this.core.on('tap', event => {
      const on = event.target === this.core ? null : (sceneNode(event) ?? null);
      events.tapped(on, event.originalEvent);
    });
    this.core.on('dbltap', 'node', event => {
      const node = sceneNode(event);
      if (node !== undefined) events.opened(node);
    });
    this.core.on('mouseover', 'node', event => events.hovered(sceneNode(event) ?? null));
    this.core.on('mouseout', 'node', () => events.hovered(null));
    this.core.on('boxend', () => {
      // Cytoscape marks the boxed nodes after this event.
      setTimeout(() => {
        const boxed = this.core.nodes(':selected');
        events.boxed(boxed.map(node => this.#nodes.get(node.id())).filter(node => node !== undefined));
        boxed.unselect();
      });
    });
    this.core.on('dragfree', 'node', events.dragged);
    this.core.on('render', events.drawn);
  }

  setPalette(palette: Palette): void {
    this.core.style(canvasStyle(palette));
  }

  /** Replaces all boxes; those that stay are changed where they differ. With `movable` a person can drag them. */
  setNodes(nodes: readonly SceneNode[], dots: boolean, movable: boolean): void {
    const next = new Map(nodes.map(node => [node.id, node]));
    const { core } = this;
    core.batch(() => {
      for (const [id, old] of this.#nodes) {
        const now = next.get(id);
        // A box cannot move in and out of a frame: it is made anew.
        if (now === undefined || parentOf(old) !== parentOf(now)) this.#remove(id);
      }
      // Cytoscape removes the lines of a removed box.
      for (const id of this.#links.keys()) if (core.getElementById(id).empty()) this.#forget(id);
      const fresh: cytoscape.ElementDefinition[] = [];
      for (const node of nodes) {
        const { id, text, width, height, x, y } = node;
        const old = this.#looks.has(id) ? this.#nodes.get(id) : undefined;
        if (old === undefined) {
          fresh.push(definition(node));
          continue;
        }
        const element = core.getElementById(id);
        if (old.text !== text || old.width !== width || old.height !== height) element.data({ text, width, height });
        if (!movable && (this.#movable || old.x !== x || old.y !== y)) element.position({ x, y });
      }
      core.add(fresh.sort((one, two) => Number(two.data.frame) - Number(one.data.frame)));
      core.autoungrabify(!movable);
      this.#nodes = next;
      this.#dots = dots;
      this.#movable = movable;
      this.#applyLooks();
    });
  }

  setLinks(links: readonly SceneLink[]): void {
    const { core } = this;
    const next = new Map(links.map(link => [link.id, link]));
    core.batch(() => {
      for (const id of this.#links.keys()) if (!next.has(id)) this.#remove(id);
      const fresh: cytoscape.ElementDefinition[] = [];
      for (const { id, source, target, width, opacity, text = '' } of links) {
        const old = this.#links.get(id);
        if (old === undefined) fresh.push({ group: 'edges', data: { id, source, target, width, opacity, text } });
        else if (old.width !== width || old.opacity !== opacity || old.text !== text) {
          core.getElementById(id).data({ width, opacity, text });
        }
      }
      core.add(fresh);
      this.#links = next;
      this.#applyLooks();
    });
    // Not in the types: the option can be changed while the canvas lives.
    const { renderer } = core as unknown as { renderer: () => { hideEdgesOnViewport: boolean } };
    renderer.call(core).hideEdgesOnViewport = links.length > MANY_EDGES;
  }

  setMarks(marks: Marks): void {
    this.#marks = marks;
    this.core.batch(() => this.#applyLooks());
  }

  #remove(id: string): void {
    this.core.getElementById(id).remove();
    this.#forget(id);
  }

  #forget(id: string): void {
    this.#links.delete(id);
    this.#looks.delete(id);
  }

  /** Gives every element its classes: changing a class is what costs, so only those that change are touched. */
  #applyLooks(): void {
    const { selected, hovered, found } = this.#marks;
    const near = new Set(selected);
    for (const { id, source, target, weight, text } of this.#links.values()) {
      const touches = selected.has(source) || selected.has(target);
      const pointed = hovered !== null && (source === hovered || target === hovered);
      if (touches) near.add(source).add(target);
      this.#look(id, [
        weight < 0 ? 'negative' : 'positive',
        ...(text === undefined ? [] : ['between']),
        ...(touches || pointed ? ['strong'] : selected.size > 0 ? ['faint'] : []),
        ...(touches && text !== undefined ? ['named'] : []),
      ]);
    }
    for (const node of this.#nodes.values()) {
      const { id, shape } = node;
      const faint = selected.size > 0 && !near.has(id) && !found.has(id) && shape !== 'group';
      this.#look(id, [
        ...classes(node, this.#dots),
        ...(selected.has(id) ? ['selected'] : []),
        ...(hovered === id ? ['hovered'] : []),
        ...(found.has(id) ? ['found'] : []),
        ...(faint ? ['faint'] : []),
      ]);
    }
  }

  #look(id: string, names: readonly string[]): void {
    const look = names.join(' ');
    if (this.#looks.get(id) === look) return;
    this.#looks.set(id, look);
    this.core.getElementById(id).classes(look);
  }

  /** What is left for the drawing between the gutters. */
  room(): Room {
    const { clientWidth, clientHeight } = this.#container;
    return {
      width: Math.max(100, clientWidth - GUTTER.left - GUTTER.right),
      height: Math.max(100, clientHeight - GUTTER.top - GUTTER.bottom),
    };
  }

  /** Shows the whole drawing, between the gutters; small drawings are not blown up. */
  fit(): void {
    // Cytoscape's own bounds lag behind a change of the boxes.
    const boxes = this.placedNodes();
    if (boxes.length === 0 || this.#container.clientWidth === 0) return;
    const reach = (of: (box: SceneNode) => number): number =>
      boxes.reduce((most, box) => Math.max(most, of(box)), -Infinity);
    const left = -reach(({ x, width }) => width / 2 - x);
    const top = -reach(({ y, height }) => height / 2 - y);
    const width = reach(({ x, width: wide }) => x + wide / 2) - left;
    const height = reach(({ y, height: tall }) => y + tall / 2) - top;
    const room = this.room();
    const zoom = Math.min(ZOOMS.fit, Math.max(ZOOMS.least, Math.min(room.width / width, room.height / height)));
    this.core.viewport({
      zoom,
      pan: {
        x: GUTTER.left + (room.width - zoom * width) / 2 - zoom * left,
        y: GUTTER.top + (room.height - zoom * height) / 2 - zoom * top,
      },
    });
  }

  zoomBy(factor: number): void {
    const { clientWidth, clientHeight } = this.#container;
    this.core.zoom({
      level: this.core.zoom() * factor,
      renderedPosition: { x: clientWidth / 2, y: clientHeight / 2 },
    });
  }

  /** Moves the drawing as little as it takes to bring a box on the screen. */
  reveal(id: string): void {
    const element = this.core.getElementById(id);
    if (element.empty()) return;
    const { x1, y1, x2, y2 } = (element as NodeSingular).renderedBoundingBox({ includeLabels: false });
    const { clientWidth, clientHeight } = this.#container;
    const shift = (low: number, high: number, from: number, to: number): number =>
      low < from ? from - low : high > to ? to - high : 0;
    const by = {
      x: shift(x1, x2, GUTTER.left, clientWidth - GUTTER.right),
      y: shift(y1, y2, GUTTER.top, clientHeight - GUTTER.bottom),
    };
    if (by.x !== 0 || by.y !== 0) this.core.panBy(by);
  }

  /** Of a box, in pixels of the container. */
  boxOf(id: string): Box | undefined {
    const element = this.core.getElementById(id);
    if (element.empty()) return undefined;
    const { x1, y1, w, h } = (element as NodeSingular).renderedBoundingBox({ includeLabels: false });
    return { x: x1, y: y1, width: w, height: h };
  }

  nodeAt(x: number, y: number): SceneNode | undefined {
    for (const node of [...this.#nodes.values()].reverse()) {
      const box = this.boxOf(node.id);
      if (box !== undefined && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height)
        return node;
    }
    return undefined;
  }

  /** Where the boxes are now, with frames as large as their members make them. */
  placedNodes(): SceneNode[] {
    return [...this.#nodes.values()].map(node => {
      const element = this.core.getElementById(node.id) as NodeSingular;
      const { x, y } = element.position();
      if (!element.isParent()) return { ...node, x, y };
      return { ...node, x, y, width: element.outerWidth(), height: element.outerHeight() };
    });
  }

  /** Places boxes: those of `known` where they were, the others by rank, the logits on top. */
  arrange(known: Readonly<Record<string, readonly [number, number]>>): void {
    const { core } = this;
    core
      .layout({
        name: 'dagre',
        rankDir: 'BT',
        nodeSep: 28,
        rankSep: 64,
        fit: false,
        animate: false,
      } as cytoscape.LayoutOptions)
      .run();
    core.batch(() => {
      for (const [id, [x, y]] of Object.entries(known)) {
        const element = core.getElementById(id);
        if (element.nonempty() && !(element as NodeSingular).isParent()) (element as NodeSingular).position({ x, y });
      }
    });
  }

  image(palette: Palette): Promise<Blob> {
    return this.core.png({ output: 'blob-promise', full: true, scale: 2, bg: palette.background, maxWidth: 8000 });
  }

  destroy(): void {
    this.core.destroy();
  }
}

function parentOf({ shape, group }: SceneNode): string | undefined {
  return shape === 'group' || group === undefined ? undefined : `g${group}`;
}

function definition(node: SceneNode): cytoscape.ElementDefinition {
  const { id, text, width, height, x, y } = node;
  const parent = parentOf(node);
  return {
    group: 'nodes',
    data: { id, text, width, height, frame: node.shape === 'group', ...(parent === undefined ? {} : { parent }) },
    position: { x, y },
  };
}

function classes({ shape, pinned, spurious, colour }: SceneNode, dots: boolean): string[] {
  return [
    shape,
    ...(dots ? ['dot'] : []),
    ...(colour === undefined ? [] : [`colour-${colour}`]),
    ...(spurious ? ['spurious'] : []),
    ...(pinned ? ['pinned'] : []),
  ];
}
