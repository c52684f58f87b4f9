import type { GraphModel } from './graph-model.ts';

export interface RankedLink {
  readonly link: number;
  /** The node at the other end. */
  readonly other: number;
  readonly weight: number;
  /** |weight| over the sum of the absolute inputs of the link's target, 0 to 1. */
  readonly share: number;
}

export interface RankedLinks {
  /** Strongest first. */
  readonly positive: readonly RankedLink[];
  readonly negative: readonly RankedLink[];
  /** Of all the node's links of this side, those of positive weight; 0 to 1. NaN without links. */
  readonly positiveShare: number;
  /** Sum of the absolute weights of this side. */
  readonly magnitude: number;
}

export type Side = 'inputs' | 'outputs';

/** The links of a node on one side, over the whole file, split by sign and ranked by magnitude. */
export function rankedLinks({ links, index, inputSums }: GraphModel, node: number, side: Side): RankedLinks {
  const [start, order, ends] =
    side === 'inputs'
      ? [index.inputStart, index.byTarget, links.sources]
      : [index.outputStart, index.bySource, links.targets];
  const ranked: RankedLink[] = [];
  let [positive, all] = [0, 0];
  for (let run = start[node]; run < start[node + 1]; run++) {
    const link = order[run];
    const weight = links.weights[link];
    if (weight === 0) continue;
    if (weight > 0) positive += weight;
    all += Math.abs(weight);
    ranked.push({ link, other: ends[link], weight, share: Math.abs(weight) / inputSums[links.targets[link]] });
  }
  ranked.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight) || a.link - b.link);
  return {
    positive: ranked.filter(({ weight }) => weight > 0),
    negative: ranked.filter(({ weight }) => weight < 0),
    positiveShare: positive / all,
    magnitude: all,
  };
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
