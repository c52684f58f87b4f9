import { CircuitError } from '../errors.ts';
import { prefixKeys, priority } from './content-hash.ts';
import { ExampleTable, type ActivatingExample } from './example-table.ts';
import { AdaptiveHistograms } from './histogram.ts';
import { LARGEST_TABLE_BYTES, type IndexSettings } from './settings.ts';
import type { ActivationSource, LayerActivations } from './source.ts';
import type { StateArrays } from './state-arrays.ts';
import { markFiring, TextPool, type PooledText } from './text-pool.ts';

/**
 * Gathers, sequence by sequence, what the index says of each feature. Memory does not grow with the corpus. A feature
 * fires where its activation is above 0; negative values, which TopK dictionaries keep, are not counted.
 */
export class Collector {
  readonly settings: IndexSettings;
  readonly histograms: AdaptiveHistograms;
  readonly pool: TextPool;
  readonly #firstPosition: number;
  /** The number of the first feature of each layer, counted through all layers; the last entry is the total. */
  readonly #firstFeature: number[] = [0];
  readonly #top: ExampleTable;
  readonly #sample: ExampleTable;
  readonly #weighted: ExampleTable;
  /** [features] tokens on which the feature fires. */
  readonly #count: Float64Array;
  /** [2] sequences, tokens from the first position that counts. */
  readonly #seen = new Float64Array(2);

  // Scratch of one sequence and layer, by feature of the layer.
  readonly #firstEntry: Int32Array;
  readonly #peakEntry: Int32Array;
  #nextEntry = new Int32Array(1024);

  constructor(source: Pick<ActivationSource, 'nLayers' | 'nFeatures' | 'firstPosition'>, settings: IndexSettings) {
    this.settings = settings;
    this.#firstPosition = source.firstPosition;
    let widest = 0;
    for (let layer = 0; layer < source.nLayers; layer++) {
      widest = Math.max(widest, source.nFeatures(layer));
      this.#firstFeature.push(this.#firstFeature[layer] + source.nFeatures(layer));
    }
    const features = this.#firstFeature[source.nLayers];
    const { topExamples, sampledTexts, labelTexts, windowTokens, pooledTexts } = settings;
    checkMemory(features, settings);
    this.histograms = new AdaptiveHistograms(features);
    this.pool = new TextPool(features, pooledTexts, windowTokens);
    this.#top = new ExampleTable('top', 'prefix', features, topExamples, windowTokens);
    this.#sample = new ExampleTable('sample', 'text', features, sampledTexts, windowTokens);
    this.#weighted = new ExampleTable('weighted', 'text', features, labelTexts, windowTokens);
    this.#count = new Float64Array(features);
    this.#firstEntry = new Int32Array(widest).fill(-1);
    this.#peakEntry = new Int32Array(widest);
  }

  get nLayers(): number {
    return this.#firstFeature.length - 1;
  }

  nFeatures(layer: number): number {
    return this.#firstFeature[layer + 1] - this.#firstFeature[layer];
  }

  get sequences(): number {
    return this.#seen[0];
  }

  get firstPosition(): number {
    return this.#firstPosition;
  }

  /** Tokens at positions whose activations count. */
  get tokens(): number {
    return this.#seen[1];
  }

  /** Takes one sequence with its activations, [layer]. */
  add(tokens: Int32Array, layers: readonly LayerActivations[]): void {
    this.#seen[0]++;
    this.#seen[1] += Math.max(0, tokens.length - this.#firstPosition);
    if (tokens.length === 0) return;
    const keys = prefixKeys(tokens);
    const pooled = this.pool.offer(keys[tokens.length - 1], tokens);
    for (let layer = 0; layer < this.nLayers; layer++) this.#addLayer(layer, tokens, keys, layers[layer], pooled);
  }

  /** Tokens on which the feature fires. */
  count(layer: number, feature: number): number {
    return this.#count[this.#firstFeature[layer] + feature];
  }

  /** The number of a feature counted through all layers, as the histograms and the pool count. */
  numberOf(layer: number, feature: number): number {
    return this.#firstFeature[layer] + feature;
  }

  /** The strongest contexts, each prefix once. */
  topExamples(layer: number, feature: number): ActivatingExample[] {
    return this.#top.examples(this.numberOf(layer, feature));
  }

  /** An even sample of the distinct texts in which the feature fires. */
  sampledExamples(layer: number, feature: number): ActivatingExample[] {
    return this.#sample.examples(this.numberOf(layer, feature));
  }

  /** Distinct texts, each drawn with a chance in proportion to the feature's peak in it: what it does when it matters. */
  weightedExamples(layer: number, feature: number): ActivatingExample[] {
    return this.#weighted.examples(this.numberOf(layer, feature));
  }

  /** Everything gathered, to be saved or overwritten. */
  state(): StateArrays {
    return {
      seen: this.#seen,
      count: this.#count,
      ...this.histograms.state(),
      ...this.#top.state(),
      ...this.#sample.state(),
      ...this.#weighted.state(),
      ...this.pool.state(),
    };
  }

  #addLayer(
    layer: number,
    tokens: Int32Array,
    keys: Float64Array,
    entries: LayerActivations,
    pooled: PooledText | undefined,
  ): void {
    const { position, feature, value } = entries;
    const firstFeature = this.#firstFeature[layer];
    if (this.#nextEntry.length < value.length) this.#nextEntry = new Int32Array(2 * value.length);
    const touched: number[] = [];
    for (let entry = 0; entry < value.length; entry++) {
      const v = value[entry];
      const f = feature[entry];
      const p = position[entry];
      if (!(p >= 0 && p < tokens.length && f >= 0 && f < this.nFeatures(layer))) {
        throw new RangeError(`layer ${layer}: an activation at position ${p} of feature ${f} is out of range`);
      }
      if (v <= 0 || p < this.#firstPosition) continue;
      if (!Number.isFinite(v)) throw notFinite(layer, f, v);
      this.#count[firstFeature + f]++;
      this.histograms.add(firstFeature + f, v);
      if (pooled !== undefined && p >= pooled.start && p < pooled.start + pooled.tokens.length) {
        markFiring(pooled, firstFeature + f);
      }
      const earlier = this.#firstEntry[f];
      this.#nextEntry[entry] = earlier;
      this.#firstEntry[f] = entry;
      if (earlier < 0) touched.push(f);
      const peak = this.#peakEntry[f];
      if (earlier < 0 || v > value[peak] || (v === value[peak] && p < position[peak])) this.#peakEntry[f] = entry;
    }
    for (const f of touched) {
      this.#offer(firstFeature + f, f, tokens, keys, entries);
      this.#firstEntry[f] = -1;
    }
  }

  #offer(number: number, f: number, tokens: Int32Array, keys: Float64Array, entries: LayerActivations): void {
    const peakEntry = this.#peakEntry[f];
    const peak = entries.position[peakEntry];
    const value = entries.value[peakEntry];
    const names = { prefix: keys[peak], text: keys[tokens.length - 1] };
    const chance = (priority(names.text, number) + 1) / 2 ** 53;
    // With log(u) / weight as rank the kept ones are a weighted sample (Efraimidis & Spirakis 2006, A-Res).
    const offers = [
      { table: this.#top, rank: value },
      { table: this.#sample, rank: chance },
      { table: this.#weighted, rank: Math.log(chance) / value },
    ].map(offer => ({ ...offer, place: offer.table.placeFor(number, offer.rank, names) }));
    if (offers.every(({ place }) => place < 0)) return;
    const start = windowStart(tokens.length, peak, this.settings.windowTokens);
    const window = tokens.subarray(start, start + this.settings.windowTokens);
    const activations = new Float32Array(window.length);
    for (let entry = this.#firstEntry[f]; entry >= 0; entry = this.#nextEntry[entry]) {
      const i = entries.position[entry] - start;
      if (i >= 0 && i < window.length) activations[i] = entries.value[entry];
    }
    const example: ActivatingExample = { ...names, value, start, peak: peak - start, tokens: window, activations };
    for (const { table, rank, place } of offers) if (place >= 0) table.put(number, place, rank, example);
  }
}

/** Three quarters of the window before the peak, one after: what causes an activation lies before it. */
function windowStart(length: number, peak: number, window: number): number {
  const after = Math.floor(window / 4);
  return Math.max(0, Math.min(peak + after + 1 - window, length - window));
}

function checkMemory(features: number, settings: IndexSettings): void {
  const { topExamples, sampledTexts, labelTexts, windowTokens, pooledTexts } = settings;
  const bytes =
    features *
    (AdaptiveHistograms.bytesPerFeature +
      ExampleTable.bytesPerFeature(topExamples + sampledTexts + labelTexts, windowTokens) +
      pooledTexts / 8);
  if (bytes <= LARGEST_TABLE_BYTES) return;
  throw new CircuitError(
    'memory',
    `An index of ${features} features would need ${(bytes / 2 ** 30).toFixed(1)} GB of tables.`,
    'Use fewer label texts, shorter windows or a smaller pool, or an index that is published with the dictionary.',
  );
}

function notFinite(layer: number, feature: number, value: number): CircuitError {
  return new CircuitError(
    'model-mismatch',
    `Feature ${feature} of layer ${layer} has the activation ${value}.`,
    'The model or the dictionary is damaged, or they do not belong together: run the self-check.',
  );
}
