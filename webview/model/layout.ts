import { isErrorKind } from '../../src/graph/node-kinds.ts';
import type { GraphModel } from './graph-model.ts';
import { tokenName } from './names.ts';

/** `labels`: each node is a box with its name in it; `dots`: names are drawn beside small marks where there is room. */
export type LayoutMode = 'labels' | 'dots';

/** Above this many nodes boxes with names no longer fit on a screen. */
export const MOST_LABELLED = 150;

export interface PlacedNode {
  readonly node: number;
  /** Of its middle, in the graph's own units: pixels at zoom 1. y grows downwards. */
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface Row {
  readonly name: string;
  readonly y: number;
  readonly height: number;
}

export interface Column {
  readonly position: number;
  readonly x: number;
  readonly width: number;
  /** Nodes side by side in its fullest cell. */
  readonly files: number;
}

export interface Layout {
  readonly mode: LayoutMode;
  readonly placed: readonly PlacedNode[];
  /** Top down: logits first, embeddings last. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
}

interface Measures {
  readonly width: number;
  readonly height: number;
  readonly gap: number;
  readonly cellGap: number;
  readonly emptyRow: number;
  readonly rowGap: number;
}

const MEASURES: Record<LayoutMode, Measures> = {
  labels: { width: 118, height: 19, gap: 4, cellGap: 14, emptyRow: 14, rowGap: 30 },
  dots: { width: 10, height: 10, gap: 5, cellGap: 16, emptyRow: 8, rowGap: 22 },
};
const CHARACTER_WIDTH = 7.2;
const NARROWEST_COLUMN = 34;

/** Room for the drawing, in pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Of a box, with room to spare: 36 characters. */
const WIDEST = 220;
/** How many nodes may stand above one another in a cell before it gets a further file of nodes. */
const HEIGHTS = [2, 3, 4, 5, 6, 8, 10, 13, 17, 22];

/**
 * Places nodes in a grid of token positions (columns, in reading order) and layers (rows, embeddings at the bottom,
 * logits on top). Within a cell the strongest node stands first, from the top, errors last; columns are as wide as
 * their fullest cell and their token's text need. Cells are made as high as lets the whole be largest in the room.
 * Deterministic.
 */
export function layoutGraph(model: GraphModel, shown: Uint8Array, mode: LayoutMode, room: Room): Layout {
  const cells = fillCells(model, shown, model.layers + 2, model.tokens.length);
  let best: Layout | undefined;
  let [bestSize, bestHeight] = [Infinity, HEIGHTS[0]];
  for (const perFile of HEIGHTS) {
    const layout = placeCells(model, cells, mode, perFile, MEASURES[mode].width);
    const size = Math.max(layout.width / room.width, layout.height / room.height);
    if (size < bestSize) [best, bestSize, bestHeight] = [layout, size, perFile];
  }
  if (best === undefined) return placeCells(model, cells, mode, HEIGHTS[0], MEASURES[mode].width);
  return mode === 'dots' ? best : widened(best);

  /** Where there is room at the sides, names get more of it. */
  function widened(layout: Layout): Layout {
    const free = room.width * (layout.height / room.height) - layout.width;
    const files = layout.columns.reduce((sum, column) => sum + column.files, 0);
    const width = Math.min(WIDEST, MEASURES[mode].width + Math.max(0, free) / Math.max(1, files));
    return placeCells(model, cells, mode, bestHeight, Math.floor(width));
  }
}

function placeCells(
  model: GraphModel,
  cells: readonly (readonly number[] | undefined)[],
  mode: LayoutMode,
  perFile: number,
  width: number,
): Layout {
  const measures = { ...MEASURES[mode], width };
  const columnCount = model.tokens.length;
  const rowCount = model.layers + 2;
  const files = new Uint32Array(columnCount);
  const tallest = new Uint32Array(rowCount);
  cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = place % columnCount;
    const row = Math.floor(place / columnCount);
    const across = Math.ceil(cell.length / perFile);
    // A token's box is as wide as its text: it makes no column wider.
    if (row < rowCount - 1) files[column] = Math.max(files[column], across);
    tallest[row] = Math.max(tallest[row], Math.ceil(cell.length / across));
  });
  const columns = placeColumns(model, files, measures);
  const rows = placeRows(tallest, measures);
  const placed: PlacedNode[] = [];
  cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = columns[place % columnCount];
    const row = rows[Math.floor(place / columnCount)];
    placeCell(cell, column, row, measures, perFile, placed);
  });
  const [last, bottom] = [columns.at(-1), rows.at(-1)];
  return {
    mode,
    placed: mode === 'labels' ? placed.map(one => narrowToken(model, one)) : placed,
    rows,
    columns,
    width: last === undefined ? 0 : last.x + last.width / 2,
    height: bottom === undefined ? 0 : bottom.y + bottom.height / 2,
  };
}

function narrowToken(model: GraphModel, placed: PlacedNode): PlacedNode {
  const { kind, position } = model.nodes[placed.node];
  if (kind !== 'token') return placed;
  const text = tokenName(model.tokens[position]).length * CHARACTER_WIDTH + 14;
  return { ...placed, width: Math.max(NARROWEST_COLUMN, Math.min(placed.width, text)) };
}

/** [rows * columns]; the shown nodes of each cell, strongest first, errors last. */
function fillCells(model: GraphModel, shown: Uint8Array, rows: number, columns: number): (number[] | undefined)[] {
  const cells = new Array<number[] | undefined>(rows * columns).fill(undefined);
  model.nodes.forEach(({ position, layer, kind }, node) => {
    if (shown[node] === 0) return;
    const row = kind === 'logit' ? 0 : rows - 1 - Math.max(0, layer + 1);
    (cells[row * columns + position] ??= []).push(node);
  });
  const last = (node: number): number => (isErrorKind(model.nodes[node].kind) ? 1 : 0);
  const strength = (node: number): number =>
    model.nodes[node].kind === 'logit' ? -(model.nodes[node].probability ?? 0) : model.influence[node];
  for (const cell of cells) cell?.sort((a, b) => last(a) - last(b) || strength(a) - strength(b) || a - b);
  return cells;
}

function placeColumns(model: GraphModel, files: Uint32Array, { width, gap, cellGap }: Measures): Column[] {
  let edge = 0;
  return model.tokens.map((token, position) => {
    const nodes = files[position] * (width + gap) - gap;
    const text = Math.min(tokenName(token).length, 14) * CHARACTER_WIDTH + 14;
    const wide = Math.max(nodes, text, NARROWEST_COLUMN) + cellGap;
    edge += wide;
    return { position, x: edge - wide / 2, width: wide, files: files[position] };
  });
}

function placeRows(tallest: Uint32Array, { height, gap, emptyRow, rowGap }: Measures): Row[] {
  let edge = 0;
  return Array.from(tallest, (nodes, row) => {
    const tall = nodes === 0 ? emptyRow : nodes * (height + gap) - gap + rowGap;
    edge += tall;
    const name = row === 0 ? 'logits' : row === tallest.length - 1 ? 'E' : `L${tallest.length - 2 - row}`;
    return { name, y: edge - tall / 2, height: tall };
  });
}

function placeCell(
  cell: readonly number[],
  column: Column,
  row: Row,
  { width, height, gap }: Measures,
  perFile: number,
  placed: PlacedNode[],
): void {
  const across = Math.ceil(cell.length / perFile);
  const down = Math.ceil(cell.length / across);
  const left = column.x - (across * (width + gap) - gap) / 2;
  const top = row.y - (down * (height + gap) - gap) / 2;
  cell.forEach((node, i) => {
    const file = Math.floor(i / down);
    const place = i % down;
    placed.push({
      node,
      x: left + file * (width + gap) + width / 2,
      y: top + place * (height + gap) + height / 2,
      width,
      height,
    });
  });
}
