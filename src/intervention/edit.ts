/** A feature of a dictionary at one place of a prompt, or at every place from one on. */
export interface FeaturePlace {
  readonly layer: number;
  readonly feature: number;
  readonly position: EditPosition;
}

/** One position, or every position from one on (also those that generation adds). */
export type EditPosition = number | { readonly from: number };

/** What an activation is set to: a number, or a multiple of what it is where the edit applies. */
export type EditValue = { readonly absolute: number } | { readonly multiple: number };

/**
 * A changed activation: (new value - activation) times the feature's decoder row is added to the MLP outputs that it
 * writes to. Of several edits of one feature at one position the last counts.
 */
export interface Edit extends FeaturePlace {
  readonly value: EditValue;
}

/** Switches a feature off. */
export function ablate(place: FeaturePlace): Edit {
  return { ...place, value: { absolute: 0 } };
}

/** Multiplies an activation: 0 ablates, 1 changes nothing, -1 turns it round. Has no effect where the feature is not active. */
export function steer(place: FeaturePlace, multiple: number): Edit {
  return { ...place, value: { multiple } };
}

/** Sets an activation, such as to what it is on another prompt. */
export function patch(place: FeaturePlace, value: number): Edit {
  return { ...place, value: { absolute: value } };
}
