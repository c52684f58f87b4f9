/** Names beside marks, in pixels of the screen, so that none lies on another. */

export interface LabelRequest {
  readonly id: string;
  readonly text: string;
  /** Of the mark's middle. */
  readonly x: number;
  readonly y: number;
  /** Of the mark. */
  readonly radius: number;
  readonly textWidth: number;
  /** Drawn whatever it covers. */
  readonly always: boolean;
}

export interface LabelPlace {
  readonly id: string;
  readonly text: string;
  /** Of the text's left end and middle. */
  readonly x: number;
  readonly y: number;
}

const HEIGHT = 14;
const BUCKET = 64;

/**
 * Chooses a place right, left, above or below each mark, in the order of the requests (most important first); a label
 * that would lie on another or on something drawn is left away. `drawn` are all marks and boxes, by their middles.
 */
export function placeLabels(
  requests: readonly LabelRequest[],
  drawn: readonly { readonly x: number; readonly y: number; readonly width: number; readonly height: number }[],
  width: number,
  height: number,
): LabelPlace[] {
  const taken = new Map<string, Box[]>();
  for (const { x, y, width: wide, height: tall } of drawn)
    add(taken, { left: x - wide / 2, right: x + wide / 2, top: y - tall / 2, bottom: y + tall / 2 });
  const placed: LabelPlace[] = [];
  for (const { id, text, x, y, radius, textWidth, always } of requests) {
    const side = radius + 4;
    const candidates = [
      [x + side, y],
      [x - side - textWidth, y],
      [x - textWidth / 2, y - side - HEIGHT / 2],
      [x - textWidth / 2, y + side + HEIGHT / 2],
    ];
    const free = candidates.find(([left, middle]) => {
      const box = boxAt(left, middle, textWidth);
      return box.left >= 0 && box.right <= width && box.top >= 0 && box.bottom <= height && !hits(taken, box);
    });
    const chosen = free ?? (always ? candidates[0] : undefined);
    if (chosen === undefined) continue;
    add(taken, boxAt(chosen[0], chosen[1], textWidth));
    placed.push({ id, text, x: chosen[0], y: chosen[1] });
  }
  return placed;
}

interface Box {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
}

function boxAt(left: number, middle: number, width: number): Box {
  return { left, right: left + width, top: middle - HEIGHT / 2, bottom: middle + HEIGHT / 2 };
}

function add(taken: Map<string, Box[]>, box: Box): void {
  for (const key of buckets(box)) {
    const bucket = taken.get(key);
    if (bucket === undefined) taken.set(key, [box]);
    else bucket.push(box);
  }
}

function hits(taken: Map<string, Box[]>, box: Box): boolean {
  return buckets(box).some(key =>
    taken
      .get(key)
      ?.some(
        other => other.left < box.right && other.right > box.left && other.top < box.bottom && other.bottom > box.top,
      ),
  );
}

function buckets({ left, right, top, bottom }: Box): string[] {
  const keys: string[] = [];
  for (let x = Math.floor(left / BUCKET); x <= Math.floor(right / BUCKET); x++) {
    for (let y = Math.floor(top / BUCKET); y <= Math.floor(bottom / BUCKET); y++) keys.push(`${x},${y}`);
  }
  return keys;
}
