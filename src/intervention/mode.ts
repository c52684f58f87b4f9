import { CircuitError } from '../errors.ts';

/**
 * What an intervention may change besides the edited features.
 * - `free`: everything follows.
 * - `frozen-attention`: attention patterns stay the original's, all else follows.
 * - `constrained`: patterns stay, and the MLP outputs of `layers` (first and last; all when undefined) are clamped to the
 *   original's plus what edited features write there, changed from the original's activations. Over all layers norm
 *   scales stay too, so that exactly the direct effects remain (the edges of an attribution graph). A skip connection
 *   goes on following its input.
 */
export type InterventionMode =
  | { readonly kind: 'free' }
  | { readonly kind: 'frozen-attention' }
  | { readonly kind: 'constrained'; readonly layers?: readonly [first: number, last: number] };

/** What is held at the original's values while a graph is written. */
export interface Freezing {
  /** Attention patterns. Nothing else is held without them. */
  readonly patterns: boolean;
  readonly scales: boolean;
  /** Whether the activations that edits change are the original's. */
  readonly fromOriginal: boolean;
  /** Whether the MLP output of a layer is the original's. */
  readonly clamped: (layer: number) => boolean;
  /** Whether edited features write to a layer. */
  readonly writable: (layer: number) => boolean;
}

/** Errors: `usage` for a range of layers that the model does not have. */
export function freezingOf(mode: InterventionMode, nLayers: number): Freezing {
  if (mode.kind !== 'constrained') {
    const patterns = mode.kind === 'frozen-attention';
    return { patterns, scales: false, fromOriginal: false, clamped: () => false, writable: () => true };
  }
  const [first, last] = mode.layers ?? [0, nLayers - 1];
  const whole = Number.isInteger(first) && Number.isInteger(last);
  if (!whole || first < 0 || last < first || last >= nLayers) {
    throw new CircuitError(
      'usage',
      `The model has no layers ${first} to ${last}.`,
      `Give a first and a last layer from 0 to ${nLayers - 1}.`,
    );
  }
  const inside = (layer: number): boolean => layer >= first && layer <= last;
  const scales = first === 0 && last === nLayers - 1;
  return { patterns: true, scales, fromOriginal: true, clamped: inside, writable: inside };
}
