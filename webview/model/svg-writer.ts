import { blend, hexColour, parseColour } from './colour.ts';
import { placeLabels } from './label-places.ts';
import { tokenName } from './names.ts';
import type { Palette } from './palette.ts';
import type { Scene, SceneLink, SceneNode } from './scene.ts';
import { BOX_FONT_SIZE, charactersWidth, shorten } from './scene-text.ts';

export interface Picture extends Scene {
  /** [positions] */
  readonly tokens: readonly string[];
  /** Names of nodes to write beside marks, by node; empty: none. */
  readonly names: readonly string[];
  readonly title: string;
}

const MARGIN = 16;
const GUTTER = 44;
/** Characters of a name beside a mark. */
const MOST_BESIDE = 28;

/** The drawing as an SVG file of its own. All text is escaped: names come from files. */
export function writeSvg(picture: Picture, palette: Palette): string {
  const box = bounds(picture);
  const width = Math.ceil(box.right - box.left);
  const height = Math.ceil(box.bottom - box.top);
  const places = new Map(picture.nodes.map(node => [node.id, node]));
  const frames = new Set(picture.nodes.filter(isFrame(picture)).map(({ id }) => id));
  const behind = picture.nodes.filter(({ id }) => frames.has(id));
  const inFront = picture.nodes.filter(({ id }) => !frames.has(id));
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="${fixed(box.left)} ${fixed(box.top)} ${width} ${height}" width="${width}" height="${height}" font-family="${escape(palette.font)}" font-size="${BOX_FONT_SIZE}">`,
    `<title>${escape(picture.title)}</title>`,
    `<rect x="${fixed(box.left)}" y="${fixed(box.top)}" width="${width}" height="${height}" fill="${palette.background}"/>`,
    ...gridLines(picture, box, palette),
    ...behind.map(node => nodeMark(node, palette, true)),
    ...picture.links.map(link => linkLine(link, places, palette)),
    ...inFront.map(node => nodeMark(node, palette, false)),
    ...namesBeside(inFront, picture, box, palette),
    ...picture.links.map(link => linkText(link, places, palette)),
    '</svg>\n',
  ]
    .filter(line => line !== '')
    .join('\n');
}

interface Bounds {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

function bounds({ nodes, rows, columns }: Picture): Bounds {
  const xs = [
    ...nodes.flatMap(({ x, width }) => [x - width / 2, x + width / 2]),
    ...columns.flatMap(({ x, width }) => [x - width / 2, x + width / 2]),
  ];
  const ys = [
    ...nodes.flatMap(({ y, height }) => [y - height / 2, y + height / 2]),
    ...rows.flatMap(({ y, height }) => [y - height / 2, y + height / 2]),
  ];
  const least = (values: readonly number[]): number => values.reduce((a, b) => Math.min(a, b), Infinity);
  const most = (values: readonly number[]): number => values.reduce((a, b) => Math.max(a, b), -Infinity);
  if (xs.length === 0 || ys.length === 0) return { left: 0, top: 0, right: 2 * MARGIN, bottom: 2 * MARGIN };
  return {
    left: least(xs) - MARGIN - (rows.length > 0 ? GUTTER : 0),
    right: most(xs) + MARGIN,
    top: least(ys) - MARGIN,
    bottom: most(ys) + MARGIN + (columns.length > 0 ? 2 * BOX_FONT_SIZE : 0),
  };
}

/** An open group: a frame with members in it. */
function isFrame({ nodes }: Picture): (node: SceneNode) => boolean {
  const withMembers = new Set(nodes.filter(({ shape }) => shape !== 'group').map(({ group }) => group));
  return ({ shape, group }) => shape === 'group' && withMembers.has(group);
}

function gridLines({ rows, columns, tokens }: Picture, box: Bounds, palette: Palette): string[] {
  const lines = rows.map(
    ({ name, y, height }) =>
      `<line x1="${fixed(box.left)}" x2="${fixed(box.right)}" y1="${fixed(y - height / 2)}" y2="${fixed(y - height / 2)}" stroke="${palette.line}"/>` +
      text(name, box.left + GUTTER, y, palette.faintText, 'end'),
  );
  const bottom = box.bottom - MARGIN;
  const words = columns.map(({ position, x, width }) =>
    text(shorten(tokenName(tokens[position]), Math.max(2, Math.floor(width / 6.5))), x, bottom, palette.text, 'middle'),
  );
  return [...lines, ...words];
}

function linkLine(link: SceneLink, places: ReadonlyMap<string, SceneNode>, palette: Palette): string {
  const [source, target] = [places.get(link.source), places.get(link.target)];
  if (source === undefined || target === undefined) return '';
  const colour = link.weight < 0 ? palette.negative : palette.positive;
  const dashes = link.weight < 0 ? ' stroke-dasharray="5 3"' : '';
  // In the subgraph lines end at the middles, under the boxes; in the grid they leave at the top and arrive at the bottom.
  const edge = link.text === undefined ? 0.5 : 0;
  const [x1, y1] = [fixed(source.x), fixed(source.y - source.height * edge)];
  const [x2, y2] = [fixed(target.x), fixed(target.y + target.height * edge)];
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}" stroke-width="${fixed(link.width)}" stroke-opacity="${fixed(link.opacity)}"${dashes}/>`;
}

function nodeMark(node: SceneNode, palette: Palette, frame: boolean): string {
  const { x, y, width, height, shape, pinned } = node;
  const [left, top] = [x - width / 2, y - height / 2];
  const fill = frame ? palette.band : fillOf(node, palette);
  const stroke = strokeOf(node, palette);
  const dashes = shape === 'error' ? ' stroke-dasharray="3 2"' : '';
  const pen = `fill="${fill}" stroke="${stroke}" stroke-width="${pinned ? 2.5 : 1}"${dashes}`;
  const points = `${fixed(x)},${fixed(top)} ${fixed(x + width / 2)},${fixed(y)} ${fixed(x)},${fixed(y + height / 2)} ${fixed(left)},${fixed(y)}`;
  const outline =
    node.mark && shape === 'error'
      ? `<polygon points="${points}" ${pen}/>`
      : node.mark && shape === 'feature'
        ? `<ellipse cx="${fixed(x)}" cy="${fixed(y)}" rx="${fixed(width / 2)}" ry="${fixed(height / 2)}" ${pen}/>`
        : `<rect x="${fixed(left)}" y="${fixed(top)}" width="${fixed(width)}" height="${fixed(height)}" rx="${shape === 'token' || shape === 'logit' ? 0 : 4}" ${pen}/>`;
  const lines = node.text === '' ? [] : node.text.split('\n');
  const first = frame ? top - BOX_FONT_SIZE / 2 : y - ((lines.length - 1) * BOX_FONT_SIZE * 1.2) / 2;
  const ink = shape === 'error' ? palette.faintText : palette.text;
  return outline + lines.map((line, i) => text(line, x, first + i * BOX_FONT_SIZE * 1.2, ink, 'middle')).join('');
}

function fillOf({ shape, colour, mark }: SceneNode, palette: Palette): string {
  if (colour !== undefined) {
    const [top, below] = [parseColour(palette.annotation[colour]), parseColour(palette.background)];
    if (top !== undefined && below !== undefined) return hexColour(blend(top, below, 0.28));
  }
  if (mark) return shape === 'error' ? palette.error : palette.nodeBorder;
  return shape === 'token' ? palette.token : shape === 'logit' ? palette.logit : palette.node;
}

function strokeOf({ shape, colour, pinned }: SceneNode, palette: Palette): string {
  if (pinned) return palette.pinned;
  if (colour !== undefined) return palette.annotation[colour];
  return shape === 'error' ? palette.error : palette.nodeBorder;
}

/** Names beside marks where they do not cover anything, as on the screen. */
function namesBeside(nodes: readonly SceneNode[], { names }: Picture, box: Bounds, palette: Palette): string[] {
  const requests = nodes
    .filter(
      ({ mark, node, shape }) => mark && names[node ?? -1] !== undefined && (shape === 'feature' || shape === 'logit'),
    )
    .map(({ id, node, x, y, width }) => {
      const name = shorten(names[node ?? -1], MOST_BESIDE);
      const at = { x: x - box.left, y: y - box.top };
      return { id, text: name, ...at, radius: width / 2, textWidth: charactersWidth(name), always: false };
    });
  const drawn = nodes.map(({ x, y, width, height }) => ({ x: x - box.left, y: y - box.top, width, height }));
  return placeLabels(requests, drawn, box.right - box.left, box.bottom - box.top).map(({ text: name, x, y }) =>
    text(name, x + box.left, y + box.top, palette.text, 'start'),
  );
}

/** The share of a link of the subgraph, in its middle, on a ground of its own. */
function linkText(link: SceneLink, places: ReadonlyMap<string, SceneNode>, palette: Palette): string {
  const [source, target] = [places.get(link.source), places.get(link.target)];
  if (source === undefined || target === undefined || link.text === undefined || !link.named) return '';
  const [x, y, width] = [(source.x + target.x) / 2, (source.y + target.y) / 2, charactersWidth(link.text) + 4];
  const ground = `<rect x="${fixed(x - width / 2)}" y="${fixed(y - 7)}" width="${fixed(width)}" height="14" fill="${palette.background}" fill-opacity="0.9"/>`;
  return ground + text(link.text, x, y, palette.text, 'middle');
}

function text(words: string, x: number, y: number, colour: string, anchor: 'start' | 'middle' | 'end'): string {
  return `<text x="${fixed(x)}" y="${fixed(y)}" fill="${colour}" text-anchor="${anchor}" dominant-baseline="central">${escape(words)}</text>`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as XML holds it; characters that XML 1.0 cannot hold become a replacement character. */
function escape(words: string): string {
  return words
    .replaceAll(/[&<>"']/g, character => ENTITIES[character])
    .replaceAll(/[^\t\n\r\u{20}-\u{d7ff}\u{e000}-\u{fffd}\u{10000}-\u{10ffff}]/gu, '�');
}

function fixed(value: number): string {
  return String(Math.round(value * 100) / 100);
}
