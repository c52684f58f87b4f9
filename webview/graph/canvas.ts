import cytoscape, { type Core, type ElementDefinition, type EventObject, type NodeSingular } from 'cytoscape';
import type { Palette } from '../model/palette.ts';
import type { SceneLink, SceneNode } from '../model/scene.ts';
import { arrange } from './arrange.ts';
import { Camera, ZOOMS, type Box } from './camera.ts';
import { elementClasses, linkElement, nodeElement, parentOf, type Marks } from './canvas-elements.ts';
import { canvasStyle } from './canvas-style.ts';

export interface CanvasEvents {
  readonly tapped: (node: SceneNode | null, event: MouseEvent) => void;
  readonly opened: (node: SceneNode) => void;
  readonly hovered: (node: SceneNode | null) => void;
  readonly boxed: (nodes: readonly SceneNode[]) => void;
  readonly dragged: () => void;
  /** The drawing moved, was zoomed or changed. */
  readonly drawn: () => void;
}

/** With more edges than these they are hidden while the drawing is moved. */
const MANY_EDGES = 800;

/** Cytoscape behind a small surface: it draws the boxes and lines that it is given and says what was done to them. */
export class GraphCanvas {
  readonly core: Core;
  readonly camera: Camera;
  #nodes = new Map<string, SceneNode>();
  #links = new Map<string, SceneLink>();
  /** The classes that each element has. */
  readonly #looks = new Map<string, string>();
  #movable = false;
  #marks: Marks = { selected: new Set(), hovered: null, found: new Set() };

  constructor(container: HTMLElement, events: CanvasEvents) {
    // Cytoscape has a selection of its own, which each click changes: it is set to what is selected here when a person may
    // begin to drag, since what it has selected moves together. Listens before Cytoscape does.
    container.addEventListener('mousedown', () => this.#selectOwn(), true);
    this.core = cytoscape({
      container,
      minZoom: ZOOMS.least,
      maxZoom: ZOOMS.most,
      boxSelectionEnabled: true,
      selectionType: 'additive',
      hideEdgesOnViewport: false,
    });
    this.camera = new Camera(this.core, container);
    this.#listen(events);
  }

  #listen(events: CanvasEvents): void {
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
    let boxed: SceneNode[] = [];
    this.core.on('boxend', () => {
      boxed = [];
      // Cytoscape names the boxed nodes after this event.
      setTimeout(() => events.boxed(boxed));
    });
    this.core.on('box', 'node', event => {
      const node = sceneNode(event);
      if (node !== undefined) boxed.push(node);
    });
    this.core.on('dragfree', 'node', events.dragged);
    this.core.on('render', events.drawn);
  }

  setPalette(palette: Palette): void {
    this.core.style(canvasStyle(palette));
  }

  /** Replaces all boxes; those that stay are changed where they differ. With `movable` a person can drag them. */
  setNodes(nodes: readonly SceneNode[], movable: boolean): void {
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
      const fresh: ElementDefinition[] = [];
      for (const node of nodes) {
        const { id, text, width, height, x, y } = node;
        const old = this.#looks.has(id) ? this.#nodes.get(id) : undefined;
        if (old === undefined) {
          fresh.push(nodeElement(node));
          continue;
        }
        const element = core.getElementById(id);
        if (old.text !== text || old.width !== width || old.height !== height) element.data({ text, width, height });
        if (!movable && (this.#movable || old.x !== x || old.y !== y)) element.position({ x, y });
      }
      core.add(fresh.sort((one, two) => Number(two.data.frame) - Number(one.data.frame)));
      core.autoungrabify(!movable);
      this.#nodes = next;
      this.#movable = movable;
      this.#applyLooks();
    });
  }

  setLinks(links: readonly SceneLink[]): void {
    const { core } = this;
    const next = new Map(links.map(link => [link.id, link]));
    core.batch(() => {
      for (const id of this.#links.keys()) if (!next.has(id)) this.#remove(id);
      const fresh: ElementDefinition[] = [];
      for (const link of links) {
        const { id, width, opacity, text = '' } = link;
        const old = this.#links.get(id);
        if (old === undefined) fresh.push(linkElement(link));
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
    // A selected node that is not drawn makes nothing else faint.
    this.#marks = { ...marks, selected: new Set([...marks.selected].filter(id => this.#nodes.has(id))) };
    this.core.batch(() => this.#applyLooks());
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

  /** The box at a place of the drawing's element; members lie above their frame. */
  nodeAt(x: number, y: number): SceneNode | undefined {
    const holds = (box: Box | undefined): boolean =>
      box !== undefined && x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height;
    const under = [...this.#nodes.values()].filter(({ id }) => holds(this.camera.boxOf(id)));
    return under.find(({ shape }) => shape !== 'group') ?? under[0];
  }

  /** Shows the whole drawing. */
  fit(): void {
    // Cytoscape's own bounds lag behind a change of the boxes.
    this.camera.fit(this.placedNodes());
  }

  /** Places the boxes anew, but those of `known` where they were. */
  arrange(known: Readonly<Record<string, readonly [number, number]>>): void {
    arrange(this.core, [...this.#nodes.values()], known, this.camera.room());
  }

  image(palette: Palette): Promise<Blob> {
    return this.core.png({ output: 'blob-promise', full: true, scale: 2, bg: palette.background, maxWidth: 8000 });
  }

  destroy(): void {
    this.core.destroy();
  }

  #selectOwn(): void {
    this.core.batch(() => {
      this.core.nodes(':selected').unselect();
      for (const id of this.#marks.selected) this.core.getElementById(id).select();
    });
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
    for (const [id, look] of elementClasses(this.#nodes.values(), this.#links.values(), this.#marks)) {
      if (this.#looks.get(id) === look) continue;
      this.#looks.set(id, look);
      this.core.getElementById(id).classes(look);
    }
  }
}
