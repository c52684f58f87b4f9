import type { Grid } from './grid.ts';

/** Measures of a drawing, in pixels at zoom 1. */
export const BOX = { height: 18, gap: 3, narrowest: 86, widest: 230 };
export const MARK = { size: 10, pitch: 15 };
export const COLUMN = { narrowest: 30, gap: 12, mostGap: 44 };
export const ROW = { gap: 12, mostGap: 54, empty: 12 };

/** Room for the drawing, in pixels. */
export interface Room {
  readonly width: number;
  readonly height: number;
}

/** Which nodes are boxes with names in them, the others being small marks, and how wide that makes the columns. */
export interface Plan {
  /** [N]; 1 = a box. */
  readonly named: Uint8Array;
  /** Boxes above one another, at most, before a cell gets a further file of them. */
  readonly perFile: number;
  /** [columns], without the gap between them. */
  readonly widths: Float64Array;
  /** [columns]; files of boxes side by side in the fullest cell. */
  readonly files: Uint32Array;
}

/** Of files of boxes side by side. */
function filesWidth(files: number): number {
  return files === 0 ? 0 : files * (BOX.narrowest + BOX.gap) - BOX.gap;
}

export function marksInLine(width: number): number {
  return Math.max(1, Math.floor((width + MARK.pitch - MARK.size) / MARK.pitch));
}

/** How many files a cell's boxes stand in. */
export function filesOf(boxes: number, perFile: number): number {
  return Math.ceil(boxes / perFile);
}

/** Boxes in files, under them lines of marks. */
export function cellHeight(boxes: number, marks: number, perFile: number, width: number): number {
  const down = boxes === 0 ? 0 : Math.ceil(boxes / filesOf(boxes, perFile));
  const lines = Math.ceil(marks / marksInLine(width));
  return down * (BOX.height + BOX.gap) + lines * MARK.pitch;
}

/** All of `named` are boxes, whatever room that takes. */
export function planOf(grid: Grid, named: Uint8Array, perFile: number): Plan {
  const widths = new Float64Array(grid.columns).fill(COLUMN.narrowest);
  const files = new Uint32Array(grid.columns);
  grid.cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const column = place % grid.columns;
    const boxes = cell.reduce((sum, node) => sum + named[node], 0);
    const inLine = Math.ceil((cell.length - boxes) / perFile);
    files[column] = Math.max(files[column], filesOf(boxes, perFile));
    const marksWidth = inLine * MARK.pitch - (MARK.pitch - MARK.size);
    widths[column] = Math.max(widths[column], filesWidth(files[column]), marksWidth);
  });
  return { named, perFile, widths, files };
}

/** Of a plan, with the least gaps. */
export function planSize(grid: Grid, plan: Plan): Room {
  return {
    width: plan.widths.reduce((sum, width) => sum + width + COLUMN.gap, 0),
    height: rowHeights(grid, plan).reduce((sum, height) => sum + (height === 0 ? ROW.empty : height + ROW.gap), 0),
  };
}

/** [rows]; the height of each row's fullest cell, without the gap between rows; 0 for an empty row. */
export function rowHeights(grid: Grid, { named, perFile, widths }: Plan): Float64Array {
  const heights = new Float64Array(grid.rows);
  grid.cells.forEach((cell, place) => {
    if (cell === undefined) return;
    const row = Math.floor(place / grid.columns);
    const boxes = cell.reduce((sum, node) => sum + named[node], 0);
    const height = cellHeight(boxes, cell.length - boxes, perFile, widths[place % grid.columns]);
    heights[row] = Math.max(heights[row], height);
  });
  return heights;
}

/**
 * As many boxes as fit in the room, of the nodes in `order`, first come first served, on top of a plan that fits itself.
 * With `fixed` columns keep their widths.
 */
export function withNames(grid: Grid, base: Plan, order: readonly number[], room: Room, fixed = false): Plan {
  const { perFile } = base;
  const [named, widths, files] = [base.named.slice(), base.widths.slice(), base.files.slice()];
  const size = planSize(grid, base);
  const heights = rowHeights(grid, base);
  const boxes = Uint32Array.from(grid.cells, cell => cell?.reduce((sum, node) => sum + named[node], 0) ?? 0);
  for (const node of order) {
    const place = grid.cellOf[node];
    const [column, row] = [place % grid.columns, Math.floor(place / grid.columns)];
    const across = Math.max(files[column], filesOf(boxes[place] + 1, perFile));
    const width = Math.max(widths[column], filesWidth(across));
    const wider = size.width + width - widths[column];
    if (named[node] === 1 || (fixed && width > widths[column]) || wider > room.width) continue;
    const marks = (grid.cells[place]?.length ?? 0) - boxes[place] - 1;
    const height = Math.max(heights[row], cellHeight(boxes[place] + 1, marks, perFile, width));
    const higher = size.height + height - heights[row];
    if (higher > room.height) continue;
    named[node] = 1;
    boxes[place]++;
    [files[column], widths[column], heights[row]] = [across, width, height];
    Object.assign(size, { width: wider, height: higher });
  }
  return { named, perFile, widths, files };
}

/** The plan with its columns widened to `width` in all, each as far as its names need; many names are worth more. */
export function widened(grid: Grid, plan: Plan, width: number, textWidths: Float64Array): Plan {
  const wishes = plan.widths.slice();
  const weights = new Float64Array(grid.columns);
  grid.cells.forEach((cell, place) => {
    const column = place % grid.columns;
    for (const node of cell ?? []) {
      if (plan.named[node] === 0) continue;
      const text = Math.min(BOX.widest, textWidths[node]);
      wishes[column] = Math.max(wishes[column], plan.files[column] * (text + BOX.gap) - BOX.gap);
      weights[column]++;
    }
  });
  const widths = plan.widths.slice();
  let free = width - planSize(grid, plan).width;
  // Each round gives out what is left; a column that has all it needs leaves its share to the others.
  for (let round = 0; round < 8 && free > 1; round++) {
    const wanting = [...widths.keys()].filter(column => wishes[column] - widths[column] > 0.5);
    const sum = wanting.reduce((total, column) => total + Math.sqrt(weights[column]), 0);
    if (sum === 0) break;
    const share = free / sum;
    for (const column of wanting) {
      const more = Math.min(wishes[column] - widths[column], share * Math.sqrt(weights[column]));
      widths[column] += more;
      free -= more;
    }
  }
  return { ...plan, widths };
}
