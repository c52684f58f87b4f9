import type { AnnotationColour } from '../../src/graph/investigation/types.ts';
import type { GraphModel } from './graph-model.ts';
import { kindGroup, type KindGroup } from './filter.ts';
import type { Column, Layout, LayoutMode, Row } from './layout.ts';

/** What is drawn, on the screen and in an exported picture alike. */
export interface SceneNode {
  readonly id: string;
  /** Its index in the graph; undefined for a group. */
  readonly node?: number;
  /** The id of a supernode that this is (`node` undefined) or lies in. */
  readonly group?: string;
  readonly shape: KindGroup | 'group';
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
  /** Empty: none is drawn in it. */
  readonly text: string;
  readonly pinned: boolean;
  readonly spurious: boolean;
  readonly colour?: AnnotationColour;
}

export interface SceneLink {
  readonly id: string;
  readonly source: string;
  readonly target: string;
  readonly weight: number;
  /** Of the line, in pixels at zoom 1. */
  readonly width: number;
  /** 0 to 1: weak lines are faint, so that strong ones can be followed. */
  readonly opacity: number;
  readonly text?: string;
}

export interface Scene {
  readonly mode: LayoutMode;
  readonly nodes: readonly SceneNode[];
  readonly links: readonly SceneLink[];
  /** Of the token x layer grid; empty in the subgraph. */
  readonly rows: readonly Row[];
  readonly columns: readonly Column[];
}

export interface NodeLook {
  readonly name: string;
  readonly pinned: boolean;
  readonly spurious: boolean;
  readonly colour?: AnnotationColour;
}

export function sceneNodes(model: GraphModel, layout: Layout, look: (node: number) => NodeLook): SceneNode[] {
  return layout.placed.map(({ node, x, y, width, height }) => {
    const { name, ...rest } = look(node);
    return {
      id: nodeKey(node),
      node,
      shape: kindGroup(model.nodes[node].kind),
      x,
      y,
      width,
      height,
      text: layout.mode === 'labels' ? shorten(name, charactersIn(width)) : '',
      ...rest,
    };
  });
}

/** `strongest` is the magnitude that gets the widest line. */
export function sceneLinks({ links }: GraphModel, drawn: readonly number[], strongest: number): SceneLink[] {
  return drawn.map(link => ({
    id: `l${link}`,
    source: nodeKey(links.sources[link]),
    target: nodeKey(links.targets[link]),
    weight: links.weights[link],
    ...thinned(linkPen(Math.abs(links.weights[link]) / strongest), drawn.length),
  }));
}

/** Of a line, for a magnitude from 0 to 1. The weakest can still be seen. */
export function linkPen(share: number): { width: number; opacity: number } {
  const root = Math.sqrt(Math.min(1, Math.max(0, share)));
  return { width: 0.5 + 5.5 * root, opacity: 0.16 + 0.5 * root };
}

/** Where many lines lie over one another each is thinner and fainter, so that their sum stays readable. */
function thinned({ width, opacity }: { width: number; opacity: number }, lines: number) {
  const crowd = Math.min(1, Math.sqrt(CROWDED / lines));
  return { width: Math.max(0.5, width * crowd), opacity: opacity * crowd };
}

/** Up to so many lines keep their full width. */
const CROWDED = 300;

export function nodeKey(node: number): string {
  return `n${node}`;
}

/** Of the font in boxes, in pixels at zoom 1. */
export const BOX_FONT_SIZE = 11;

/** Characters of the box font that a width holds, with a little room at both ends. */
export function charactersIn(width: number): number {
  return Math.floor((width - 10) / (BOX_FONT_SIZE * 0.54));
}

/** At most `most` characters, wide ones counted twice; what is left out becomes an ellipsis. */
export function shorten(text: string, most: number): string {
  let width = 0;
  let shown = '';
  for (const character of text.replaceAll(/\s+/g, ' ')) {
    width += isWide(character) ? 2 : 1;
    if (width > most) return `${shown.slice(0, -1).trimEnd()}…`;
    shown += character;
  }
  return shown;
}

function isWide(character: string): boolean {
  const code = character.codePointAt(0) ?? 0;
  return code >= 0x1100 && (code <= 0x115f || (code >= 0x2e80 && code <= 0xffdc) || code >= 0x1f300);
}
