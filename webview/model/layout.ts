import type { GraphModel } from './graph-model.ts';
import { gridOf, worthNaming, type Grid } from './grid.ts';
import {
  BOX,
  cellHeight,
  COLUMN,
  filesOf,
  MARK,
  marksInLine,
  planOf,
  planSize,
  ROW,
  rowHeights,
  widened,
  withNames,
  type Plan,
  type Room,
} from './layout-plan.ts';
import { tokenName } from './names.ts';
import { charactersWidth } from './scene-text.ts';

export type { Room } from './layout-plan.ts';

/**
 * `fitted`: at zoom 1 as many nodes as fit are boxes with their names in them, the strongest first, the others are small
 * marks; `labels`: all are boxes, however small that makes them; `dots`: all are marks.
 */
export type LayoutMode = 'fitted' | 'labels' | 'dots';

export interface PlacedNode {
  readonly node: number;
  /** A box with the node's name in it, not a mark. */
  readonly named: boolean;
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
  readonly placed: readonly PlacedNode[];
  /** Top down: logits first, embeddings last. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
  readonly width: number;
  readonly height: number;
}

/** How many nodes may stand above one another in a cell before it gets a further file of nodes. */
const HEIGHTS = [1, 2, 3, 4, 5, 6, 8, 10, 13, 17, 22, 30];

/**
 * Places nodes in a grid of token positions (columns) and layers (rows, embeddings at the bottom, logits on top). Within
 * a cell the strongest node stands first, from the top, errors last. Deterministic.
 */
export function layoutGraph(
  model: GraphModel,
  shown: Uint8Array,
  mode: LayoutMode,
  room: Room,
  names: readonly string[],
): Layout {
  const grid = gridOf(model, shown);
  const textWidths = Float64Array.from(model.nodes, (_, node) => charactersWidth(names[node] ?? '') + 12);
  const plan =
    mode === 'fitted'
      ? (fittedPlan(model, grid, shown, room, textWidths) ?? largestPlan(grid, new Uint8Array(shown.length), room))
      : largestPlan(grid, mode === 'labels' ? shown : new Uint8Array(shown.length), room);
  const size = planSize(grid, plan);
  // A drawing that is larger than the room is shown smaller: then there is more room at its sides.
  const scale = Math.max(1, size.width / room.width, size.height / room.height);
  const wide = widened(grid, plan, room.width * scale, textWidths);
  return placeAll(model, grid, wide, { width: room.width * scale, height: room.height * scale });
}

/** Of all cell heights the one that lets the whole be largest in the room. */
function largestPlan(grid: Grid, named: Uint8Array, room: Room): Plan {
  const sizeOf = (plan: Plan): number => {
    const { width, height } = planSize(grid, plan);
    return Math.max(width / room.width, height / room.height);
  };
  const plans = HEIGHTS.map(perFile => planOf(grid, named, perFile));
  return plans.reduce((best, plan) => (sizeOf(plan) < sizeOf(best) ? plan : best));
}

/** The plan that lets most of the names be read at zoom 1; undefined if even marks alone do not fit. */
function fittedPlan(
  model: GraphModel,
  grid: Grid,
  shown: Uint8Array,
  room: Room,
  textWidths: Float64Array,
): Plan | undefined {
  const order = worthNaming(model, shown);
  let best: Plan | undefined;
  let bestRead = -1;
  for (const perFile of HEIGHTS) {
    const marks = planOf(grid, new Uint8Array(shown.length), perFile);
    const { width, height } = planSize(grid, marks);
    if (width > room.width || height > room.height) continue;
    const first = widened(grid, withNames(grid, marks, order, room), room.width, textWidths);
    // Wider columns hold more marks in a line, which leaves room for more names.
    const plan = withNames(grid, first, order, room, true);
    const read = order.reduce((sum, node) => sum + plan.named[node] * readable(grid, plan, node, textWidths), 0);
    if (read > bestRead) [best, bestRead] = [plan, read];
  }
  return best;
}

/** How much of a node's name its box shows, 0 to 1. */
function readable(grid: Grid, { widths, files }: Plan, node: number, textWidths: Float64Array): number {
  const column = grid.cellOf[node] % grid.columns;
  return Math.min(1, boxWidth(widths[column], files[column]) / Math.min(BOX.widest, textWidths[node]));
}

function boxWidth(width: number, files: number): number {
  return Math.min(BOX.widest, Math.floor((width + BOX.gap) / Math.max(1, files)) - BOX.gap);
}

function placeAll(model: GraphModel, grid: Grid, plan: Plan, room: Room): Layout {
  const columns = placeColumns(plan, room.width);
  const rows = placeRows(rowHeights(grid, plan), room.height);
  const placed: PlacedNode[] = [];
  grid.cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = place % grid.columns;
    placeCell(cell, columns[column], rows[Math.floor(place / grid.columns)], plan, placed);
  });
  const [last, bottom] = [columns.at(-1), rows.at(-1)];
  return {
    placed: placed.map(one => tokenSized(model, one, columns)),
    rows,
    columns,
    width: last === undefined ? 0 : last.x + last.width / 2,
    height: bottom === undefined ? 0 : bottom.y + bottom.height / 2,
  };
}

/** What is free after all names have their room makes the gaps wider. */
function placeColumns({ widths }: Plan, room: number): Column[] {
  const free = room - widths.reduce((sum, width) => sum + width, 0);
  const gap = Math.min(COLUMN.mostGap, Math.max(COLUMN.gap, free / Math.max(1, widths.length)));
  let edge = 0;
  return Array.from(widths, (width, position) => {
    edge += width + gap;
    return { position, x: edge - (width + gap) / 2, width: width + gap };
  });
}

function placeRows(heights: Float64Array, room: number): Row[] {
  const filled = heights.filter(height => height > 0).length;
  const used = heights.reduce((sum, height) => sum + (height === 0 ? ROW.empty : height), 0);
  const gap = Math.min(ROW.mostGap, Math.max(ROW.gap, (room - used) / Math.max(1, filled)));
  let edge = 0;
  return Array.from(heights, (height, row) => {
    const tall = height === 0 ? ROW.empty : height + gap;
    edge += tall;
    const name = row === 0 ? 'logits' : row === heights.length - 1 ? 'E' : `L${heights.length - 2 - row}`;
    return { name, y: edge - tall / 2, height: tall };
  });
}

/** Boxes file by file, under them the marks, line by line. */
function placeCell(cell: readonly number[], column: Column, row: Row, plan: Plan, placed: PlacedNode[]): void {
  const { named, perFile, widths, files } = plan;
  const boxes = cell.filter(node => named[node] === 1);
  const marks = cell.filter(node => named[node] === 0);
  const width = boxWidth(widths[column.position], files[column.position]);
  const across = filesOf(boxes.length, perFile);
  const down = across === 0 ? 0 : Math.ceil(boxes.length / across);
  const left = column.x - (across * (width + BOX.gap) - BOX.gap) / 2;
  let top = row.y - cellHeight(boxes.length, marks.length, perFile, widths[column.position]) / 2;
  boxes.forEach((node, i) => {
    const x = left + Math.floor(i / down) * (width + BOX.gap) + width / 2;
    const y = top + (i % down) * (BOX.height + BOX.gap) + (BOX.height + BOX.gap) / 2;
    placed.push({ node, named: true, x, y, width, height: BOX.height });
  });
  top += down * (BOX.height + BOX.gap);
  const inLine = marksInLine(widths[column.position]);
  marks.forEach((node, i) => {
    const line = Math.floor(i / inLine);
    const count = Math.min(inLine, marks.length - line * inLine);
    const x = column.x + ((i % inLine) - (count - 1) / 2) * MARK.pitch;
    const y = top + (line + 0.5) * MARK.pitch;
    placed.push({ node, named: false, x, y, width: MARK.size, height: MARK.size });
  });
}

/** A token's box is as wide as its text; its mark is wider than others, as it stands alone. */
function tokenSized({ nodes, tokens }: GraphModel, placed: PlacedNode, columns: readonly Column[]): PlacedNode {
  const { kind, position } = nodes[placed.node];
  if (kind !== 'token') return placed;
  const most = columns[position].width - COLUMN.gap;
  const text = charactersWidth(tokenName(tokens[position])) + 12;
  return { ...placed, width: placed.named ? Math.min(placed.width, Math.max(34, text)) : Math.min(26, most) };
}
