import { tokenName } from '../model/names.ts';
import type { Layout, PlacedNode } from '../model/layout.ts';
import { placeLabels, type LabelRequest } from '../model/label-places.ts';
import type { Palette } from '../model/palette.ts';
import { shorten } from '../model/scene-text.ts';
import { GUTTER } from './camera.ts';

export interface View {
  readonly zoom: number;
  readonly pan: { readonly x: number; readonly y: number };
}

/** Marks that get a name beside them, most important first. */
export interface Named {
  readonly id: string;
  readonly name: string;
  readonly x: number;
  readonly y: number;
  readonly always: boolean;
}

const FONT_SIZE = 11;

/** Sizes a canvas to its element and gives its context, in pixels of the page. */
function prepare(
  canvas: HTMLCanvasElement,
): { context: CanvasRenderingContext2D; width: number; height: number } | null {
  const context = canvas.getContext('2d');
  if (context === null) return null;
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
  }
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  return { context, width, height };
}

/** The grid under the drawing: bands of layers and the columns that are pointed at. */
export function drawGrid(
  canvas: HTMLCanvasElement,
  layout: Layout | null,
  view: View,
  palette: Palette,
  highlighted: readonly (number | null)[],
): void {
  const page = prepare(canvas);
  if (page === null || layout === null) return;
  const { context, width, height } = page;
  layout.rows.forEach((row, i) => {
    const top = (row.y - row.height / 2) * view.zoom + view.pan.y;
    if (i % 2 === 0) {
      context.fillStyle = palette.band;
      context.fillRect(0, top, width, row.height * view.zoom);
    }
    context.fillStyle = palette.line;
    context.fillRect(0, Math.round(top), width, 1);
  });
  for (const position of highlighted) {
    const column = position === null ? undefined : layout.columns[position];
    if (column === undefined) continue;
    context.fillStyle = palette.highlight;
    context.fillRect((column.x - column.width / 2) * view.zoom + view.pan.x, 0, column.width * view.zoom, height);
  }
}

/** On top of the drawing: names of layers on the left, tokens at the bottom, and names beside marks. */
export function drawNames(
  canvas: HTMLCanvasElement,
  layout: Layout | null,
  view: View,
  palette: Palette,
  tokens: readonly string[],
  named: readonly Named[],
  placed: readonly PlacedNode[],
): void {
  const page = prepare(canvas);
  if (page === null || layout === null) return;
  const { context, width, height } = page;
  context.font = `${FONT_SIZE}px ${palette.font}`;
  context.textBaseline = 'middle';
  drawMarkNames(context, width, height, view, palette, named, placed);
  const bottom = height - GUTTER.bottom + 6;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, GUTTER.left - 6, height);
  context.fillRect(0, bottom, width, GUTTER.bottom);
  context.fillStyle = palette.line;
  context.fillRect(GUTTER.left - 6, 0, 1, bottom);
  context.fillRect(GUTTER.left - 6, bottom, width, 1);
  drawLayerNames(context, bottom, layout, view, palette);
  drawTokenNames(context, width, bottom, layout, view, palette, tokens);
}

function drawMarkNames(
  context: CanvasRenderingContext2D,
  width: number,
  height: number,
  { zoom, pan }: View,
  palette: Palette,
  named: readonly Named[],
  placed: readonly PlacedNode[],
): void {
  const onScreen = ({ x, y }: { x: number; y: number }): { x: number; y: number } => ({
    x: x * zoom + pan.x,
    y: y * zoom + pan.y,
  });
  const requests: LabelRequest[] = named.map(({ id, name, always, ...at }) => {
    const text = shorten(name, 28);
    return { id, text, ...onScreen(at), radius: 5 * zoom, textWidth: context.measureText(text).width, always };
  });
  const taken =
    named.length === 0
      ? []
      : placed.map(box => ({ ...onScreen(box), width: (box.width + 2) * zoom, height: (box.height + 2) * zoom }));
  for (const { text, x, y } of placeLabels(requests, taken, width, height)) {
    context.lineWidth = 3;
    context.lineJoin = 'round';
    context.strokeStyle = palette.background;
    context.strokeText(text, x, y);
    context.fillStyle = palette.text;
    context.fillText(text, x, y);
  }
}

function drawLayerNames(
  context: CanvasRenderingContext2D,
  bottom: number,
  layout: Layout,
  { zoom, pan }: View,
  palette: Palette,
): void {
  context.textAlign = 'right';
  context.fillStyle = palette.faintText;
  let lowest = -Infinity;
  for (const row of layout.rows) {
    const y = row.y * zoom + pan.y;
    // Names that would run into one another are left out.
    if (y < 6 || y > bottom - 4 || y - lowest < FONT_SIZE + 2) continue;
    context.fillText(row.name, GUTTER.left - 11, y);
    lowest = y;
  }
  context.textAlign = 'left';
}

function drawTokenNames(
  context: CanvasRenderingContext2D,
  width: number,
  bottom: number,
  layout: Layout,
  { zoom, pan }: View,
  palette: Palette,
  tokens: readonly string[],
): void {
  let right = GUTTER.left - 10;
  context.fillStyle = palette.text;
  for (const { position, x, width: wide } of layout.columns) {
    const middle = x * zoom + pan.x;
    const room = wide * zoom;
    let text = shorten(tokenName(tokens[position]), 24);
    while (text.length > 2 && context.measureText(text).width > room) text = `${text.slice(0, -2)}…`;
    const textWidth = context.measureText(text).width;
    const left = middle - textWidth / 2;
    if (left < right || left > width) continue;
    context.fillText(text, left, bottom + (GUTTER.bottom - 4) / 2);
    right = left + textWidth + 3;
  }
}
