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
  /** Nodes above one another in a cell, at most; then it gets a further file of nodes. */
  readonly perFile: number;
  readonly cellGap: number;
  readonly emptyRow: number;
  readonly rowGap: number;
}

const MEASURES: Record<LayoutMode, Measures> = {
  labels: { width: 118, height: 20, gap: 5, perFile: 6, cellGap: 18, emptyRow: 14, rowGap: 40 },
  dots: { width: 10, height: 10, gap: 5, perFile: 5, cellGap: 18, emptyRow: 8, rowGap: 26 },
};
const CHARACTER_WIDTH = 7.2;
const NARROWEST_COLUMN = 34;

/**
 * Places nodes in a grid of token positions (columns, in reading order) and layers (rows, embeddings at the bottom,
 * logits on top). Within a cell the strongest node stands first, from the top, errors last; columns are as wide as
 * their fullest cell and their token's text need. Deterministic.
 */
export function layoutGraph(model: GraphModel, shown: Uint8Array, mode: LayoutMode): Layout {
  const measures = MEASURES[mode];
  const rowCount = model.layers + 2;
  const columnCount = model.tokens.length;
  const cells = fillCells(model, shown, rowCount, columnCount);
  const files = new Uint32Array(columnCount);
  const tallest = new Uint32Array(rowCount);
  cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = place % columnCount;
    const row = Math.floor(place / columnCount);
    const across = Math.ceil(cell.length / measures.perFile);
    files[column] = Math.max(files[column], across);
    tallest[row] = Math.max(tallest[row], Math.ceil(cell.length / across));
  });
  const columns = placeColumns(model, files, measures);
  const rows = placeRows(tallest, measures);
  const placed: PlacedNode[] = [];
  cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = columns[place % columnCount];
    const row = rows[Math.floor(place / columnCount)];
    placeCell(cell, column, row, measures, placed);
  });
  const last = columns.at(-1);
  const bottom = rows.at(-1);
  return {
    mode,
    placed,
    rows,
    columns,
    width: last === undefined ? 0 : last.x + last.width / 2,
    height: bottom === undefined ? 0 : bottom.y + bottom.height / 2,
  };
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
    const text = Math.min(tokenName(token).length, 14) * CHARACTER_WIDTH;
    const wide = Math.max(nodes, text, NARROWEST_COLUMN) + cellGap;
    edge += wide;
    return { position, x: edge - wide / 2, width: wide };
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

function placeCell(cell: readonly number[], column: Column, row: Row, measures: Measures, placed: PlacedNode[]): void {
  const { width, height, gap, perFile } = measures;
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
