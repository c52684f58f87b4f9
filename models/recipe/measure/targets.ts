import type { Measurements } from './measure-pack.ts';

/** A figure of the card, what it should be, and what it is. */
export interface Figure {
  readonly name: string;
  readonly value: number;
  /** At least, or at most, this; undefined where as high as possible is wanted. */
  readonly least?: number;
  readonly most?: number;
}

/** The figures that the embedded model is judged by, in the card's order. */
export function figures({ accuracy, replacementAccuracy, dictionary, graphs, swaps }: Measurements): Figure[] {
  const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);
  const pooled = (split: 'train' | 'heldout'): number => replacementAccuracy[`two_hop_state_capital_${split}`];
  return [
    { name: 'two-hop, state capital, held-out', value: accuracy['two_hop_state_capital_heldout'], least: 0.98 },
    { name: 'two-hop, other state relations, held-out', value: accuracy['two_hop_state_other_heldout'], least: 0.97 },
    {
      name: 'two-hop, country capitals, held-out',
      value: accuracy['two_hop_country_capital_heldout'],
      least: 0.95,
    },
    {
      name: 'two-hop, other country relations, held-out',
      value: accuracy['two_hop_country_other_heldout'],
      least: 0.95,
    },
    { name: 'antonym in a language in which the pair was never seen', value: accuracy['antonym_heldout'], least: 0.95 },
    { name: 'rhyming couplet: the last word rhymes and fits', value: accuracy['rhyme_heldout'], least: 0.92 },
    { name: 'indirect object, unseen name pairs', value: accuracy['indirect_object_heldout'], least: 0.99 },
    ...dictionary.unexplained.map((value, layer) => ({
      name: `dictionary: variance unexplained, layer ${layer}`,
      value,
      most: 0.03,
    })),
    { name: 'dictionary: active features a token, all layers (L0)', value: sum(dictionary.active), most: 60 },
    {
      name: 'dictionary: features that never fire',
      value: sum(dictionary.dead) / dictionary.dead.length,
      most: 0.1,
    },
    { name: 'replacement model: same likeliest token', value: dictionary.topOne, least: 0.97 },
    { name: 'replacement model: divergence (KL, nats)', value: dictionary.divergence, most: 0.03 },
    { name: 'replacement model: two-hop, trained combinations', value: pooled('train'), least: 0.95 },
    { name: 'replacement model: two-hop, held-out combinations', value: pooled('heldout'), least: 0.9 },
    { name: 'replacement score of graphs: two-hop', value: graphs.two_hop.replacementScore, least: 0.8 },
    { name: 'replacement score of graphs: antonym', value: graphs.antonym.replacementScore, least: 0.88 },
    { name: 'replacement score of graphs: rhyme', value: graphs.rhyme.replacementScore, least: 0.88 },
    {
      name: 'replacement score of graphs: indirect object',
      value: graphs.indirect_object.replacementScore,
      least: 0.88,
    },
    { name: 'state features swapped at strength 2: the other capital', value: swaps.strength2.swapped, least: 0.6 },
    { name: 'state features swapped at strength 1: the other capital', value: swaps.strength1.swapped },
    { name: 'random features at strength 2: the other capital', value: swaps.random2.swapped, most: 0.02 },
    ...Object.entries(graphs).flatMap(([name, { path, controlPath }]) => [
      { name: `path in the pruned graph: ${name}`, value: path, least: 0.8 },
      { name: `path through another concept's features: ${name}`, value: controlPath, most: 0.05 },
    ]),
  ];
}

export function isMet({ value, least, most }: Figure): boolean {
  return (least === undefined || value >= least) && (most === undefined || value <= most);
}
