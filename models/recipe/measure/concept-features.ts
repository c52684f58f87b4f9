import { areKin, type ConceptPrompt } from './concept-prompts.ts';

/** Sparse activations of one sequence, by layer (BatchEncoder's). */
type SequenceActivations = readonly {
  readonly position: Int32Array;
  readonly feature: Int32Array;
  readonly value: Float32Array;
}[];

/** A feature that fires on prompts of one concept and hardly on others. */
export interface ConceptFeature {
  /** Index into ConceptPrompt.slots. */
  readonly slot: 0 | 1;
  readonly layer: number;
  readonly feature: number;
  /** Mean activation over the concept's prompts. */
  readonly mean: number;
  /** Share of the concept's prompts, and of all other prompts, on which it is active. */
  readonly share: number;
  readonly shareElsewhere: number;
}

export interface Selectivity {
  /** Of the concept's prompts, at least. */
  readonly leastShare: number;
  /** Of all other prompts together, at most. */
  readonly mostElsewhere: number;
  /** Of the prompts of any one other concept, at most; 1 where it is not given. Kin of the concept is passed over. */
  readonly mostOfOne?: number;
}

/** Key of a feature at a slot. */
export function slotKey(slot: number, layer: number, feature: number): string {
  return `${slot}/${layer}/${feature}`;
}

/** Activations at a prompt's slots by `slotKey`. */
export type SlotActivations = ReadonlyMap<string, number>;

export interface Encoder {
  encode(batch: readonly Int32Array[]): Promise<readonly SequenceActivations[]>;
}

const BATCH = 64;

export async function slotActivations(encoder: Encoder, prompts: readonly ConceptPrompt[]): Promise<SlotActivations[]> {
  const results: SlotActivations[] = [];
  for (let first = 0; first < prompts.length; first += BATCH) {
    const batch = prompts.slice(first, first + BATCH);
    const encoded = await encoder.encode(batch.map(({ tokens }) => Int32Array.from(tokens)));
    batch.forEach(({ slots }, index) => {
      const found = new Map<string, number>();
      encoded[index].forEach(({ position, feature, value }, layer) => {
        for (let i = 0; i < value.length; i++) {
          slots.forEach((at, slot) => {
            if (position[i] === at) found.set(slotKey(slot, layer, feature[i]), value[i]);
          });
        }
      });
      results.push(found);
    });
  }
  return results;
}

/**
 * For each concept, the features that stand for it, found on the given prompts alone; those that tell it from the others
 * best come first.
 */
export function conceptFeatures(
  prompts: readonly ConceptPrompt[],
  activations: readonly SlotActivations[],
  { leastShare, mostElsewhere, mostOfOne = 1 }: Selectivity,
): Map<string, ConceptFeature[]> {
  const total = new Map<string, number>();
  const own = new Map<string, Map<string, { count: number; sum: number }>>();
  const promptsOf = new Map<string, number>();
  prompts.forEach(({ concept }, index) => {
    promptsOf.set(concept, (promptsOf.get(concept) ?? 0) + 1);
    let features = own.get(concept);
    if (features === undefined) {
      features = new Map<string, { count: number; sum: number }>();
      own.set(concept, features);
    }
    for (const [key, value] of activations[index]) {
      total.set(key, (total.get(key) ?? 0) + 1);
      const known = features.get(key) ?? { count: 0, sum: 0 };
      features.set(key, { count: known.count + 1, sum: known.sum + value });
    }
  });
  const standsForAnother = (concept: string, key: string): boolean =>
    mostOfOne < 1 &&
    [...own].some(
      ([other, features]) =>
        !areKin(concept, other) && (features.get(key)?.count ?? 0) > mostOfOne * promptsOf.get(other)!,
    );
  const result = new Map<string, ConceptFeature[]>();
  for (const [concept, features] of own) {
    const size = promptsOf.get(concept)!;
    const kept: ConceptFeature[] = [];
    for (const [key, { count, sum }] of features) {
      const share = count / size;
      const shareElsewhere = (total.get(key)! - count) / (prompts.length - size);
      if (share < leastShare || shareElsewhere > mostElsewhere || standsForAnother(concept, key)) continue;
      const [slot, layer, feature] = key.split('/').map(Number);
      kept.push({ slot: slot as 0 | 1, layer, feature, mean: sum / size, share, shareElsewhere });
    }
    kept.sort((a, b) => b.share - b.shareElsewhere - (a.share - a.shareElsewhere) || b.mean - a.mean);
    result.set(concept, kept);
  }
  return result;
}
