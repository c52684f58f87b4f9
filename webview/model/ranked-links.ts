import { rankedLinks, type RankedLink, type Side } from '../../src/graph/strongest-links.ts';
import type { GraphModel } from './graph-model.ts';

export interface SignedLinks {
  /** Strongest first. */
  readonly positive: readonly RankedLink[];
  readonly negative: readonly RankedLink[];
  /** Of all the node's links of this side, those of positive weight; 0 to 1. NaN without links. */
  readonly positiveShare: number;
  /** Sum of the absolute weights of this side. */
  readonly magnitude: number;
}

/** The links of a node on one side, over the whole file, split by sign and ranked by magnitude. */
export function signedLinks(model: GraphModel, node: number, side: Side): SignedLinks {
  const ranked = rankedLinks(model, [node], side);
  const [positive, negative] = [ranked.filter(({ weight }) => weight > 0), ranked.filter(({ weight }) => weight < 0)];
  const sum = (list: readonly RankedLink[]): number => list.reduce((total, { weight }) => total + Math.abs(weight), 0);
  const magnitude = sum(ranked);
  return { positive, negative, positiveShare: sum(positive) / magnitude, magnitude };
}

export interface LinkGroup {
  readonly position: number;
  readonly links: readonly RankedLink[];
  /** Sum of the absolute weights over `magnitude`. */
  readonly share: number;
}

/** Links together by the token position of their other end; the group that holds the most comes first. */
export function groupByPosition({ nodes }: GraphModel, ranked: readonly RankedLink[], magnitude: number): LinkGroup[] {
  const groups = new Map<number, RankedLink[]>();
  for (const link of ranked) {
    const { position } = nodes[link.other];
    const group = groups.get(position);
    if (group === undefined) groups.set(position, [link]);
    else group.push(link);
  }
  return [...groups]
    .map(([position, links]) => ({
      position,
      links,
      share: links.reduce((sum, { weight }) => sum + Math.abs(weight), 0) / magnitude,
    }))
    .sort((a, b) => b.share - a.share || a.position - b.position);
}
