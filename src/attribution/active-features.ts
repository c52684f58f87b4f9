import type { SparseRows } from '../dictionary/index.ts';

/** Active features in the order of the graph's first nodes: by (layer, position, index). Parallel arrays of length n. */
export interface ActiveFeatures {
  readonly layers: Uint16Array;
  readonly positions: Uint32Array;
  readonly indices: Uint32Array;
  readonly activations: Float32Array;
}

/** `encoded[layer]` has one row for each position. */
export function activeFeatures(encoded: readonly SparseRows[]): ActiveFeatures {
  const count = encoded.reduce((sum, { features }) => sum + features.length, 0);
  const active = {
    layers: new Uint16Array(count),
    positions: new Uint32Array(count),
    indices: new Uint32Array(count),
    activations: new Float32Array(count),
  };
  let next = 0;
  encoded.forEach(({ rowStart, features, values }, layer) => {
    active.layers.fill(layer, next, next + features.length);
    active.indices.set(features, next);
    active.activations.set(values, next);
    for (let position = 0; position + 1 < rowStart.length; position++) {
      active.positions.fill(position, next + rowStart[position], next + rowStart[position + 1]);
    }
    next += features.length;
  });
  return active;
}

/** The features at the given places of the list. */
export function pickFeatures(active: ActiveFeatures, picked: Uint32Array): ActiveFeatures {
  return {
    layers: Uint16Array.from(picked, i => active.layers[i]),
    positions: picked.map(i => active.positions[i]),
    indices: picked.map(i => active.indices[i]),
    activations: Float32Array.from(picked, i => active.activations[i]),
  };
}

/** [nLayers + 1]; the features of `layer` are layerStart[layer] to layerStart[layer + 1] - 1. */
export function layerStarts(active: ActiveFeatures, nLayers: number): Uint32Array {
  const starts = new Uint32Array(nLayers + 1);
  for (const layer of active.layers) starts[layer + 1]++;
  for (let layer = 0; layer < nLayers; layer++) starts[layer + 1] += starts[layer];
  return starts;
}
