import type { Intervention } from '../../../src/intervention/index.ts';
import { encodePrompt, type Place } from '../../corpus/index.ts';

/** Where in "... containing {city} is" a feature is looked for: the city's last token, or the prompt's last token. */
export type Slot = 'city' | 'last';

/** A feature that fires on prompts of one state and hardly on those of others. */
export interface PlaceFeature {
  readonly slot: Slot;
  readonly layer: number;
  readonly feature: number;
  /** Mean activation over the state's prompts. */
  readonly mean: number;
  /** Share of the state's prompts, and of all other prompts, on which it is active. */
  readonly share: number;
  readonly shareElsewhere: number;
}

/** A prompt about a city, as tokens. */
export interface CityPrompt {
  readonly place: string;
  readonly city: string;
  readonly tokens: readonly number[];
  readonly positions: Readonly<Record<Slot, number>>;
}

/** Active on at least this share of the state's prompts ... */
const LEAST_SHARE = 0.5;
/** ... and on at most this share of the others. */
const MOST_ELSEWHERE = 0.15;

const SLOTS: readonly Slot[] = ['city', 'last'];

/** The two-hop question about the state of a city. */
export function cityPrompt(place: string, city: string): CityPrompt {
  const before = encodePrompt('the capital of the state containing').length;
  const tokens = encodePrompt(`the capital of the state containing ${city} is`);
  const cityTokens = encodePrompt(`the capital of the state containing ${city}`).length - before;
  return { place, city, tokens, positions: { city: before + cityTokens - 1, last: tokens.length - 1 } };
}

/** Activations at the slots: [prompt][slot][layer] -> [features]. */
export async function slotActivations(
  intervention: Intervention,
  prompts: readonly CityPrompt[],
): Promise<Record<Slot, Float32Array[]>[]> {
  const results = await intervention.run(prompts, { activations: 'activations' });
  return results.map(({ activations }, index) => {
    const { tokens, positions } = prompts[index];
    const at = (slot: Slot): Float32Array[] =>
      activations!.map(layer => {
        const nFeatures = layer.length / tokens.length;
        return layer.slice(positions[slot] * nFeatures, (positions[slot] + 1) * nFeatures);
      });
    return { city: at('city'), last: at('last') };
  });
}

/**
 * For each state, the features that stand for it, found on `prompts` alone: active on at least half of the state's
 * prompts and on at most 15 % of the others, strongest first.
 */
export function placeFeatures(
  places: readonly Place[],
  prompts: readonly CityPrompt[],
  activations: readonly Record<Slot, Float32Array[]>[],
): Map<string, PlaceFeature[]> {
  const result = new Map<string, PlaceFeature[]>();
  const nLayers = activations[0].city.length;
  for (const { name } of places) result.set(name, []);
  for (const slot of SLOTS) {
    for (let layer = 0; layer < nLayers; layer++) {
      const rows = activations.map(slots => slots[slot][layer]);
      for (let feature = 0; feature < rows[0].length; feature++) {
        const active = new Map<string, { count: number; sum: number }>();
        let total = 0;
        rows.forEach((row, index) => {
          if (row[feature] === 0) return;
          const { place } = prompts[index];
          const entry = active.get(place) ?? { count: 0, sum: 0 };
          active.set(place, { count: entry.count + 1, sum: entry.sum + row[feature] });
          total++;
        });
        for (const [place, { count, sum }] of active) {
          const own = prompts.filter(prompt => prompt.place === place).length;
          const share = count / own;
          const shareElsewhere = (total - count) / (prompts.length - own);
          if (share < LEAST_SHARE || shareElsewhere > MOST_ELSEWHERE) continue;
          result.get(place)?.push({ slot, layer, feature, mean: sum / own, share, shareElsewhere });
        }
      }
    }
  }
  for (const features of result.values()) features.sort((a, b) => b.mean - a.mean);
  return result;
}
