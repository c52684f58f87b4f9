import type { Dictionary } from '../dictionary/index.ts';
import { layerStarts, type ActiveFeatures } from './active-features.ts';
import { CrossLayerSources } from './cross-layer-sources.ts';
import { planSegments, segmentsOf, slotsOf, type PositionRange, type SourceSegment } from './source-segments.ts';
import { SourceVectors, type WrittenVectors } from './source-vectors.ts';

/** What writes at a position beside features: an error or a zeroed-position leaf, and a bias. */
const OTHERS = 2;

/** Slots for all that is written at one layer, to be filled in: by features, and by others. */
interface LayerSlots {
  readonly written: WrittenVectors;
  readonly features: SourceVectors;
  readonly others: SourceVectors;
}

/** Where what a prompt's active features write has its place, layer by layer. */
export class SourceLayout {
  /** [layers]; how many values are written there. */
  readonly values: readonly number[];
  readonly #dictionary: Dictionary;
  readonly #active: ActiveFeatures;
  readonly #starts: Uint32Array;
  readonly #nTokens: number;
  /** Of a cross-layer dictionary, whose features are divided alike in all layers. */
  readonly #ranges: readonly PositionRange[] | undefined;

  constructor(dictionary: Dictionary, active: ActiveFeatures, nTokens: number) {
    this.#dictionary = dictionary;
    this.#active = active;
    this.#starts = layerStarts(active, dictionary.nLayers);
    this.#nTokens = nTokens;
    // In the layer in the middle, a cross-layer dictionary's features are as many as in the mean of all.
    const inTheMiddle = dictionary.nLayers >>> 1;
    if (dictionary.kind === 'clt') this.#ranges = planSegments(this.#countsAt(inTheMiddle), dictionary.dModel);
    this.values = Array.from({ length: dictionary.nLayers }, (_, layer) => {
      const { ofFeatures, ofOthers = [] } = this.#segmentsAt(layer);
      return (slotsOf(ofFeatures) + slotsOf(ofOthers)) * dictionary.dModel;
    });
  }

  /** `vectors`: memory for values[layer] values. */
  slots(layer: number, vectors: Float32Array): LayerSlots {
    const { dModel } = this.#dictionary;
    const { ofFeatures, ofOthers } = this.#segmentsAt(layer);
    if (ofOthers === undefined) {
      const all = new SourceVectors(ofFeatures, this.#nTokens, dModel, vectors);
      return { written: all, features: all, others: all };
    }
    const between = slotsOf(ofFeatures) * dModel;
    const features = new SourceVectors(ofFeatures, this.#nTokens, dModel, vectors.subarray(0, between));
    const others = new SourceVectors(ofOthers, this.#nTokens, dModel, vectors.subarray(between));
    return { written: new CrossLayerSources(features, others, vectors, this.#starts[layer]), features, others };
  }

  /** How what is written at `layer` is divided: all together, or what is written by features for itself. */
  #segmentsAt(layer: number): { ofFeatures: SourceSegment[]; ofOthers?: SourceSegment[] } {
    const { dModel } = this.#dictionary;
    const counts = this.#countsAt(layer);
    if (this.#ranges === undefined) {
      const together = counts.map(count => count + OTHERS);
      return { ofFeatures: planSegments(together, dModel) };
    }
    const others = new Uint32Array(this.#nTokens).fill(OTHERS);
    return { ofFeatures: segmentsOf(this.#ranges, counts), ofOthers: planSegments(others, dModel) };
  }

  /** [tokens]; how many features write at each position. */
  #countsAt(outputLayer: number): Uint32Array {
    const counts = new Uint32Array(this.#nTokens);
    for (const layer of sourceLayers(this.#dictionary, outputLayer)) {
      for (let node = this.#starts[layer]; node < this.#starts[layer + 1]; node++) {
        counts[this.#active.positions[node]]++;
      }
    }
    return counts;
  }
}

/** The layers whose features write to the MLP output of `outputLayer`. */
export function sourceLayers(dictionary: Dictionary, outputLayer: number): number[] {
  if (dictionary.kind === 'plt') return [outputLayer];
  return Array.from({ length: outputLayer + 1 }, (_, layer) => layer);
}
