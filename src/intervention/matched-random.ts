import type { SparseRows } from '../dictionary/index.ts';
import type { Edit } from './edit.ts';
import { seededRandom } from '../random.ts';

/** The features that are active at one layer and position, and their activations. */
export interface ActivePlace {
  readonly features: ArrayLike<number>;
  readonly values: ArrayLike<number>;
}

export type ActiveAt = (layer: number, position: number) => ActivePlace;

/** Features of a prompt as `Intervention.activeFeatures` gives them, by place. */
export function activeAt(layers: readonly SparseRows[]): ActiveAt {
  return (layer, position) => {
    const { rowStart, features, values } = layers[layer];
    const [start, end] = [rowStart[position], rowStart[position + 1]];
    return { features: features.subarray(start, end), values: values.subarray(start, end) };
  };
}

export interface MatchSettings {
  readonly seed: number;
  /** A feature is drawn among so many that are nearest in activation; 8 when undefined. */
  readonly nearest?: number;
  /** Where features that the edits switch on came from, such as another prompt; see the rule. */
  readonly donor?: ActiveAt;
}

export interface MatchedEdits {
  readonly edits: readonly Edit[];
  /** Edits for which no other feature was left; `edits` has none in their place. */
  readonly unmatched: readonly Edit[];
}

/**
 * The control of an intervention: the same edits on other features. For each edit, in order, at its layer and position
 * (the first, for an edit from a position on):
 * - candidates are the features active there, less all that the edits name in that layer and those drawn there before;
 * - they are ranked by |ln(|candidate's activation| / |edited feature's|)|, ties by index, and one of the `nearest` is
 *   drawn, all alike likely;
 * - a multiple and an ablation stay as they are; another absolute value is scaled by the two activations, so that it is
 *   the same multiple.
 * A feature that is not active there but set to a value (switched on) is matched with one that is not active there
 * either: among those that `donor` has there, by their activation and that value, and set to that same value.
 */
export function matchedRandomEdits(edits: readonly Edit[], active: ActiveAt, settings: MatchSettings): MatchedEdits {
  const { seed, nearest = 8, donor } = settings;
  const random = seededRandom(seed);
  const taken = new Set(edits.map(({ layer, feature }) => `${layer},${feature}`));
  const drawn = new Set<string>();
  const matched: Edit[] = [];
  const unmatched: Edit[] = [];
  for (const edit of edits) {
    const position = typeof edit.position === 'number' ? edit.position : edit.position.from;
    const here = active(edit.layer, position);
    const own = activationIn(here, edit.feature);
    const size = own === 0 && 'absolute' in edit.value ? edit.value.absolute : own;
    const isActive = new Set(Array.from(here.features));
    const source = own !== 0 ? here : (donor?.(edit.layer, position) ?? NOTHING);
    const candidates = Array.from(source.features, (feature, i) => ({ feature, activation: source.values[i] }))
      .filter(({ feature }) => !taken.has(`${edit.layer},${feature}`))
      .filter(({ feature }) => !drawn.has(`${edit.layer},${position},${feature}`))
      .filter(({ feature }) => own !== 0 || !isActive.has(feature))
      .map(candidate => ({ ...candidate, distance: distance(candidate.activation, size) }))
      .sort((a, b) => a.distance - b.distance || a.feature - b.feature)
      .slice(0, nearest);
    if (candidates.length === 0 || size === 0) {
      unmatched.push(edit);
      continue;
    }
    const { feature, activation } = candidates[Math.floor(random() * candidates.length)];
    drawn.add(`${edit.layer},${position},${feature}`);
    matched.push({ ...edit, feature, value: own === 0 ? edit.value : scaled(edit, activation / own) });
  }
  return { edits: matched, unmatched };
}

const NOTHING: ActivePlace = { features: [], values: [] };

function scaled({ value }: Edit, ratio: number): Edit['value'] {
  // Not -0 for an ablation, which would print and compare as another number.
  return 'multiple' in value || value.absolute === 0 ? value : { absolute: value.absolute * ratio };
}

function activationIn({ features, values }: ActivePlace, feature: number): number {
  const index = Array.prototype.indexOf.call(features, feature);
  return index < 0 ? 0 : values[index];
}

function distance(activation: number, size: number): number {
  return Math.abs(Math.log(Math.abs(activation) / Math.abs(size)));
}
