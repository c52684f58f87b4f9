import type { ActiveFeatures } from './active-features.ts';

/**
 * How many effects other than zero the rows of so many features have, if they have as many as a feature has on average:
 * of sources in lower layers at positions up to its own, an error in each layer and a token among them.
 */
export function expectedEffects({ layers, positions }: ActiveFeatures, nTokens: number, nRows: number): number {
  const below = new Float64Array(nTokens);
  const inLayer = new Float64Array(nTokens);
  let sum = 0;
  let layer = 0;
  for (let feature = 0; feature < layers.length; feature++) {
    if (layers[feature] !== layer) {
      // From here on what is in the layers passed counts for its own position and all later ones.
      let before = 0;
      for (let position = 0; position < nTokens; position++) below[position] += before += inLayer[position];
      inLayer.fill(0);
      layer = layers[feature];
    }
    inLayer[positions[feature]]++;
    sum += below[positions[feature]] + (layer + 1) * (positions[feature] + 1);
  }
  return layers.length === 0 ? 0 : (sum / layers.length) * nRows;
}
