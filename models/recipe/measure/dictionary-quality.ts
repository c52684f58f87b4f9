import { readLanguageModel } from '../language-model.ts';
import { agreementOf } from '../../../src/training/agreement.ts';
import { MlpHarvest, type MlpActivations } from '../../../src/training/harvest.ts';
import { Random } from '../../../src/random.ts';
import { encodeSentence, sampleSentence } from '../../corpus/index.ts';
import { SHAPE } from '../settings.ts';
import type { OpenPack } from './pack.ts';

/** How well the dictionary stands in for the MLPs, on sentences of a stream of their own; position 0 excluded. */
export interface DictionaryQuality {
  /** Fraction of the variance of each layer's MLP output that the reconstruction leaves unexplained. */
  readonly unexplained: readonly number[];
  /** Mean active features a token, by layer; their sum is the L0 in all. */
  readonly active: readonly number[];
  /** Share of each layer's features that never fire on the sentences. */
  readonly dead: readonly number[];
  /** Replacement model against the original: share of equal likeliest tokens; mean divergence in nats. */
  readonly topOne: number;
  readonly divergence: number;
  readonly tokens: number;
}

export async function dictionaryQuality(
  pack: OpenPack,
  modelFolder: string,
  sentences: number,
): Promise<DictionaryQuality> {
  const random = new Random('dictionary-quality');
  const sequences = Array.from({ length: sentences }, () =>
    Int32Array.from(encodeSentence(sampleSentence(random)).ids),
  ).sort((a, b) => a.length - b.length);
  const harvest = await MlpHarvest.create(SHAPE, await readLanguageModel(modelFolder));
  const ones = sequences.map(tokens => ({ tokens, weights: new Float32Array(tokens.length).fill(1).fill(0, 0, 1) }));
  const activations = await harvest.collect(ones);
  const rebuilt = await reconstruct(pack, sequences, activations);
  return {
    ...rebuilt,
    ...(await replacementAgreement(
      pack,
      sequences.filter((_, index) => index % 8 === 0),
    )),
    tokens: activations.count,
  };
}

/** Rows of `activations` are the positions from 1 on of the sequences, in their order. */
async function reconstruct(pack: OpenPack, sequences: readonly Int32Array[], activations: MlpActivations) {
  const { dictionary, encoder } = pack;
  const { dModel, nLayers } = SHAPE;
  const { count, width, outputs } = activations;
  const reconstruction = new Float32Array(count * width);
  const fired = dictionary.layers.map(({ nFeatures }) => new Uint8Array(nFeatures));
  const active = new Array<number>(nLayers).fill(0);
  const decoders: Float32Array[] = [];
  for (const { layer, nFeatures } of dictionary.layers) {
    decoders.push(
      await dictionary.decoderRows(
        layer,
        Int32Array.from({ length: nFeatures }, (_, f) => f),
      ),
    );
    const { bDec } = await dictionary.biases(layer);
    for (let row = 0; row < count; row++) reconstruction.set(bDec, row * width + layer * dModel);
  }
  let firstRow = 0;
  const BATCH = 64;
  for (let first = 0; first < sequences.length; first += BATCH) {
    const batch = sequences.slice(first, first + BATCH);
    const encoded = await encoder.encode(batch);
    batch.forEach((sequence, index) => {
      encoded[index].forEach(({ position, feature, value }, layer) => {
        active[layer] += value.length;
        const { nOutputs } = dictionary.layers[layer];
        for (let i = 0; i < value.length; i++) {
          fired[layer][feature[i]] = 1;
          const row = (firstRow + position[i] - 1) * width + layer * dModel;
          const from = feature[i] * nOutputs * dModel;
          for (let j = 0; j < nOutputs * dModel; j++) reconstruction[row + j] += value[i] * decoders[layer][from + j];
        }
      });
      firstRow += sequence.length - 1;
    });
  }
  return {
    unexplained: Array.from({ length: nLayers }, (_, layer) =>
      unexplainedShare(layer, reconstruction, outputs, count, width),
    ),
    active: active.map(total => total / count),
    dead: fired.map(flags => flags.filter(flag => flag === 0).length / flags.length),
  };
}

function unexplainedShare(layer: number, y: Float32Array, target: Float32Array, count: number, width: number): number {
  const { dModel } = SHAPE;
  const mean = new Float64Array(dModel);
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < dModel; j++) mean[j] += target[row * width + layer * dModel + j] / count;
  }
  let error = 0;
  let variance = 0;
  for (let row = 0; row < count; row++) {
    for (let j = 0; j < dModel; j++) {
      const at = row * width + layer * dModel + j;
      error += (target[at] - y[at]) ** 2;
      variance += (target[at] - mean[j]) ** 2;
    }
  }
  return error / variance;
}

async function replacementAgreement({ intervention, checkpoint }: OpenPack, sequences: readonly Int32Array[]) {
  const { vocabularySize } = checkpoint.config;
  const original = await intervention.run(
    sequences.map(tokens => ({ tokens })),
    { logits: 'all' },
  );
  const replaced = await intervention.replacementLogits(sequences, 'all');
  // The last position predicts what follows the sentence, which no sentence shows.
  const { topOne, divergence } = agreementOf(
    original.map(({ logits }) => logits.subarray(0, logits.length - vocabularySize)),
    replaced,
    vocabularySize,
  );
  return { topOne, divergence };
}
