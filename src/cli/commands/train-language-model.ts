import { loadTokenizer, openCheckpoint } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';
import { trainLanguageModel, type LanguageMetrics } from '../../training/train-language-model.ts';
import type { TransformerShape } from '../../transformer/shape.ts';
import { defineCommand } from '../frame/command.ts';
import { required, under, value, valueOr, type OptionValues } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { grouped } from '../frame/text.ts';
import { integer, path, share } from '../frame/value-readers.ts';
import { languageBatches } from '../train/batches.ts';
import { CORPUS_HELP, loadCorpus } from '../train/corpus.ts';
import { copyTokenizer } from '../train/copy-tokenizer.ts';
import { writeLlamaFolder } from '../../training/llama-folder.ts';
import { corpusIdentity, openRunFolder } from '../train/run-folder.ts';
import { scheduleOptions, TRAINING_OPTIONS } from '../train/train-options.ts';

const OPTIONS = {
  ...TRAINING_OPTIONS,
  ...under('Data', {
    tokenizer: required('DIR', 'folder with a tokenizer.json, which is copied into the model', path),
  }),
  ...under('Model', {
    layers: valueOr('N', 'layers', integer(1, 1000), 6),
    'd-model': valueOr('N', 'width of the residual stream', integer(2), 128),
    heads: valueOr('N', 'attention heads', integer(1), 4),
    'd-mlp': value('N', 'width of the MLPs; three times --d-model without it', integer(1)),
    context: valueOr('N', 'longest sequence, in tokens', integer(2), 64),
    'mlp-energy': valueOr(
      'P',
      'weight of the mean square of what the MLPs write: they write only what is needed',
      share,
      0,
    ),
  }),
  ...scheduleOptions(2000, 3e-3),
  ...under('Training', { batch: valueOr('N', 'sequences in a batch', integer(1), 64) }),
};

export const trainLanguageModelCommand = defineCommand({
  name: 'train language-model',
  description: `Trains a Llama model from random weights: the matrices of the layers by Muon, the rest by AdamW; the token embedding stays random. Writes an ordinary Hugging Face checkpoint. With --json each line of metrics is an object of its own, and so is the result.\n\n${CORPUS_HELP}`,
  options: OPTIONS,
  examples: [
    [
      'train language-model --corpus facts.txt --tokenizer models/pack/model --out my-model',
      'a small model of your own',
    ],
  ],
  async run({ values, output, task }) {
    const tokenizer = await loadTokenizer(values.tokenizer);
    if (tokenizer === undefined) {
      throw new CircuitError(
        'file-missing',
        `${values.tokenizer} has no tokenizer.json.`,
        'Give the folder of a tokenizer.',
      );
    }
    const { largestId, addedIds } = tokenizer.parts;
    const shape = shapeOf(values, Math.max(largestId, ...addedIds) + 1);
    const corpus = await loadCorpus(
      values.corpus,
      { tokenizer, vocabularySize: shape.vocabularySize, context: values.context },
      task,
    );
    const { tokenizer: folder, out, threads, 'save-every': saveEvery, 'log-every': logEvery, ...identity } = values;
    const run = await openRunFolder(out, 'config.json', {
      ...identity,
      'd-mlp': shape.dMlp,
      vocabulary: shape.vocabularySize,
      corpus: corpusIdentity(corpus),
    });
    if (run.resumes) output.say(`Going on from ${run.stateFile}.`);
    const parameters = await trainLanguageModel(
      {
        settings: {
          shape,
          seed: values.seed,
          embeddingScale: EMBEDDING_SCALE,
          silentAttentionLayers: 0,
          mlpEnergy: values['mlp-energy'],
          adam: { beta1: 0.9, beta2: 0.98, weightDecay: 0.1 },
          muon: { momentum: 0.95, weightDecay: 0.1, updateScale: 0.2 },
          clip: 1,
          threads,
        },
        schedule: { steps: values.steps, warmup: Math.min(100, Math.ceil(values.steps / 10)), flat: 0.3, floor: 0.02 },
        learningRate: values['learning-rate'],
        batch: languageBatches(corpus, values.batch, values.seed),
        stateFile: run.stateFile,
        saveEvery,
        onStep: (step, metrics) => {
          if (step % logEvery === 0 || step === values.steps) report(step, values.steps, metrics, output);
        },
      },
      task,
    );
    const { context, dtype } = values;
    await writeLlamaFolder(out, parameters, {
      shape,
      context,
      dtype,
      specialTokens: tokenizer,
      writeTokenizer: to => copyTokenizer(folder, to),
    });
    const checkpoint = await openCheckpoint(out);
    const size = [...parameters.values()].reduce((sum, { data }) => sum + data.length, 0);
    output.printJsonLine({
      model: out,
      parameters: size,
      sequences: corpus.length,
      sha256: await checkpoint.identity(),
    });
    output.print(`Model of ${grouped(size)} parameters written to ${out}.`);
    return undefined;
  },
});

/** Small beside what the layers write, so that it is the first MLP that says what a token means. */
const EMBEDDING_SCALE = 0.03;

function shapeOf(values: OptionValues<typeof OPTIONS>, vocabularySize: number): TransformerShape {
  const { 'd-model': dModel, heads } = values;
  if (dModel % (2 * heads) !== 0) {
    throw new CircuitError(
      'usage',
      `--d-model ${dModel} does not divide into ${heads} heads of an even width.`,
      `Choose a multiple of ${2 * heads}.`,
    );
  }
  return {
    architecture: 'llama',
    vocabularySize,
    dModel,
    nLayers: values.layers,
    nHeads: heads,
    nKeyValueHeads: heads,
    headDim: dModel / heads,
    dMlp: values['d-mlp'] ?? 3 * dModel,
    normEpsilon: 1e-5,
    ropeTheta: 10_000,
    tieEmbeddings: false,
  };
}

function report(step: number, steps: number, metrics: LanguageMetrics, output: Output): void {
  const { language, energy, gradientNorm, learningRate } = metrics;
  output.printJsonLine({
    step,
    loss: language,
    mlp_energy: energy,
    gradient_norm: gradientNorm,
    learning_rate: learningRate,
  });
  output.print(
    `step ${step} of ${steps}  loss ${language.toFixed(4)}  MLP energy ${energy.toFixed(4)}  gradient ${gradientNorm.toFixed(3)}`,
  );
}
