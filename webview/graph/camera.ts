import type { Core, NodeSingular } from 'cytoscape';
import type { Room } from '../model/layout.ts';

/** A rectangle, in pixels of the drawing's element. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Room around the drawing, for the names of layers and tokens. */
export const GUTTER = { left: 44, right: 10, top: 8, bottom: 28 };
export const ZOOMS = { least: 0.02, most: 4 };
/** Small drawings are not blown up further. */
const MOST_FITTED = 1.4;

/** Which part of the drawing is shown, and where things are on the screen. */
export class Camera {
  readonly #core: Core;
  readonly #container: HTMLElement;

  constructor(core: Core, container: HTMLElement) {
    this.#core = core;
    this.#container = container;
  }

  /** What is left for the drawing between the gutters. */
  room(): Room {
    const { clientWidth, clientHeight } = this.#container;
    return {
      width: Math.max(100, clientWidth - GUTTER.left - GUTTER.right),
      height: Math.max(100, clientHeight - GUTTER.top - GUTTER.bottom),
    };
  }

  /** Shows all of the boxes (by their middles), between the gutters. */
  fit(boxes: readonly Box[]): void {
    if (boxes.length === 0 || this.#container.clientWidth === 0) return;
    const reach = (of: (box: Box) => number): number => boxes.reduce((most, box) => Math.max(most, of(box)), -Infinity);
    const left = -reach(({ x, width }) => width / 2 - x);
    const top = -reach(({ y, height }) => height / 2 - y);
    const width = reach(({ x, width: wide }) => x + wide / 2) - left;
    const height = reach(({ y, height: tall }) => y + tall / 2) - top;
    const room = this.room();
    const zoom = Math.min(MOST_FITTED, Math.max(ZOOMS.least, Math.min(room.width / width, room.height / height)));
    this.#core.viewport({
      zoom,
      pan: {
        x: GUTTER.left + (room.width - zoom * width) / 2 - zoom * left,
        y: GUTTER.top + (room.height - zoom * height) / 2 - zoom * top,
      },
    });
  }

  zoomBy(factor: number): void {
    const { clientWidth, clientHeight } = this.#container;
    this.#core.zoom({
      level: this.#core.zoom() * factor,
      renderedPosition: { x: clientWidth / 2, y: clientHeight / 2 },
    });
  }

  /** Moves the drawing as little as it takes to bring a box on the screen. */
  reveal(id: string): void {
    const box = this.boxOf(id);
    if (box === undefined) return;
    const { clientWidth, clientHeight } = this.#container;
    const shift = (low: number, high: number, from: number, to: number): number =>
      low < from ? from - low : high > to ? to - high : 0;
    const by = {
      x: shift(box.x, box.x + box.width, GUTTER.left, clientWidth - GUTTER.right),
      y: shift(box.y, box.y + box.height, GUTTER.top, clientHeight - GUTTER.bottom),
    };
    if (by.x !== 0 || by.y !== 0) this.#core.panBy(by);
  }

  /** By its left top corner. */
  boxOf(id: string): Box | undefined {
    const element = this.#core.getElementById(id);
    if (element.empty()) return undefined;
    const { x1, y1, w, h } = (element as NodeSingular).renderedBoundingBox({ includeLabels: false });
    return { x: x1, y: y1, width: w, height: h };
  }
}
