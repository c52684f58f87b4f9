import type { AnnotationColour } from '../../src/graph/investigation/types.ts';
import type { GraphModel } from './graph-model.ts';
import { kindGroup, type KindGroup } from './filter.ts';
import type { Column, Layout, Row } from './layout.ts';
import { charactersIn, shorten } from './scene-text.ts';

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
  /** A small mark instead of a box. */
  readonly mark: boolean;
  readonly pinned: boolean;
  readonly spurious: boolean;
  readonly colour?: AnnotationColour;
  /** In the subgraph: the layer, the mean of several; embeddings at -1, outputs above all. */
  readonly row?: number;
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
  /** The share that it says, in the subgraph. */
  readonly text?: string;
  /** The text is drawn whether or not one of its ends is selected. */
  readonly named?: boolean;
}

export interface Scene {
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
  return layout.placed.map(({ node, named, x, y, width, height }) => {
    const { name, ...rest } = look(node);
    return {
      id: nodeKey(node),
      node,
      shape: kindGroup(model.nodes[node].kind),
      x,
      y,
      width,
      height,
      text: named ? shorten(name, charactersIn(width)) : '',
      mark: !named,
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
