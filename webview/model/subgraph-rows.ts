import type { Room } from './layout-plan.ts';
import type { SceneNode } from './scene.ts';

/** Between boxes, and from a frame's edge to what lies in it; in pixels at zoom 1. */
const GAP = { box: 14, inside: 10, frame: 16 };
/** Between lines of boxes: the first with which the whole can be read, else the last. */
const LINE_GAPS = [
  { line: 26, layer: 46 },
  { line: 14, layer: 24 },
];

type LineGaps = (typeof LINE_GAPS)[number];

/** A box, or a frame with the boxes in it, as one thing that stands in a line. */
interface Block {
  readonly row: number;
  readonly width: number;
  readonly height: number;
  /** The boxes in it, from the block's left top corner to their middles. */
  readonly boxes: readonly { readonly id: string; readonly x: number; readonly y: number }[];
}

/**
 * Places for very many boxes, by key: in lines, layer by layer, the outputs on top; a layer that is wider than the
 * drawing goes on in the next line. Of all lengths of lines the one with which the whole is largest in the room. A frame
 * follows from the places of its members and gets none.
 */
export function placeInRows(boxes: readonly SceneNode[], room: Room): Lines {
  const blocks = blocksOf(boxes);
  const [wide, narrow] = LINE_GAPS.map(gaps => bestLines(blocks, gaps, room));
  return scaleIn(wide, room) >= 1 ? wide : narrow;
}

function bestLines(blocks: readonly Block[], gaps: LineGaps, room: Room): Lines {
  const widest = blocks.reduce((most, { width }) => Math.max(most, width), 0);
  let best = linesOf(blocks, Infinity, gaps);
  const longest = best.width;
  for (let length = widest; length < longest; length *= 1.1) {
    const lines = linesOf(blocks, length, gaps);
    if (scaleIn(lines, room) > scaleIn(best, room)) best = lines;
  }
  return best;
}

/** Top layer first; within a layer in the order of the boxes. */
function blocksOf(boxes: readonly SceneNode[]): Block[] {
  const inside = new Map<string, SceneNode[]>();
  for (const box of boxes) {
    if (box.shape === 'group' || box.group === undefined) continue;
    const members = inside.get(box.group);
    if (members === undefined) inside.set(box.group, [box]);
    else members.push(box);
  }
  const blocks = boxes.flatMap((box): Block[] => {
    if (box.shape !== 'group' && box.group !== undefined) return [];
    const members = box.group === undefined ? undefined : inside.get(box.group);
    if (members !== undefined) return [frameBlock(members)];
    const { id, width, height, row = 0 } = box;
    return [{ row, width, height, boxes: [{ id, x: width / 2, y: height / 2 }] }];
  });
  return blocks.sort((a, b) => b.row - a.row);
}

/** Members of an open group, in a block about twice as wide as high. */
function frameBlock(members: readonly SceneNode[]): Block {
  const [{ width, height }] = members;
  const across = Math.max(
    1,
    Math.round(Math.sqrt((members.length * 2 * (height + GAP.inside)) / (width + GAP.inside))),
  );
  const [pitchX, pitchY] = [width + GAP.inside, height + GAP.inside];
  const down = Math.ceil(members.length / across);
  const rows = members.reduce((sum, { row = 0 }) => sum + row, 0);
  return {
    row: Math.round(rows / members.length),
    width: Math.min(across, members.length) * pitchX - GAP.inside + 2 * GAP.frame,
    // Its name stands above it.
    height: down * pitchY - GAP.inside + 3 * GAP.frame,
    boxes: members.map(({ id }, i) => ({
      id,
      x: GAP.frame + (i % across) * pitchX + width / 2,
      y: 2 * GAP.frame + Math.floor(i / across) * pitchY + height / 2,
    })),
  };
}

/** Boxes in lines: their middles by key, and the size of the whole. */
export interface Lines {
  readonly places: Map<string, readonly [x: number, y: number]>;
  readonly width: number;
  readonly height: number;
}

/** Lines no longer than `length`, each around the middle. */
function linesOf(blocks: readonly Block[], length: number, gaps: LineGaps): Lines {
  const places = new Map<string, readonly [x: number, y: number]>();
  let [width, top] = [0, 0];
  let line: Block[] = [];
  const lineWidth = (of: readonly Block[]): number => of.reduce((sum, block) => sum + block.width + GAP.box, -GAP.box);
  const close = (gap: number): void => {
    const wide = lineWidth(line);
    const tall = line.reduce((most, { height }) => Math.max(most, height), 0);
    let left = -wide / 2;
    for (const block of line) {
      const up = top + (tall - block.height) / 2;
      for (const { id, x, y } of block.boxes) places.set(id, [Math.round(left + x), Math.round(up + y)]);
      left += block.width + GAP.box;
    }
    width = Math.max(width, wide);
    top += tall + gap;
    line = [];
  };
  for (const block of blocks) {
    if (line.length > 0 && line[0].row !== block.row) close(gaps.layer);
    else if (line.length > 0 && lineWidth([...line, block]) > length) close(gaps.line);
    line.push(block);
  }
  close(0);
  return { places, width, height: top };
}

function scaleIn({ width, height }: Lines, room: Room): number {
  return Math.min(room.width / width, room.height / height);
}
