import { basename, resolve } from 'node:path';
import { openCheckpoint, type Checkpoint } from '../../checkpoint/index.ts';
import { openDictionary, writeDictionary } from '../../dictionary/index.ts';
import { CircuitError } from '../../errors.ts';
import { createIntervention } from '../../intervention/index.ts';
import { agreementOf } from '../../training/agreement.ts';
import { exportTranscoder } from '../../training/export-transcoder.ts';
import { MlpHarvest } from '../../training/harvest.ts';
import { trainTranscoder } from '../../training/train-transcoder.ts';
import type { TranscoderSettings, TranscoderStepMetrics } from '../../training/transcoder-trainer.ts';
import { scoreText } from '../display/scores.ts';
import { defineCommand } from '../frame/command.ts';
import { under, valueOr, value } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { grouped } from '../frame/text.ts';
import { counts, integer, oneOf } from '../frame/value-readers.ts';
import { modelFolder } from '../model/folders.ts';
import { MODEL_OPTIONS } from '../model/model-options.ts';
import { dictionaryPools } from '../train/batches.ts';
import { checkpointParameters } from '../train/checkpoint-parameters.ts';
import { CORPUS_HELP, loadCorpus } from '../train/corpus.ts';
import { corpusIdentity, openRunFolder } from '../train/run-folder.ts';
import { scheduleOptions, TRAINING_OPTIONS } from '../train/train-options.ts';

export const trainDictionary = defineCommand({
  name: 'train dictionary',
  description: `Trains transcoders of a model's MLPs on what they read (mlp.hook_in) and write (hook_mlp_out), position 0 left out, and writes them as JumpReLU features in circuit-tracer's layout. At the end it measures how well the replacement model predicts what the model does. With --json each line of metrics is an object of its own, and so is the result.\n\n${CORPUS_HELP}`,
  options: {
    ...MODEL_OPTIONS,
    ...TRAINING_OPTIONS,
    ...under('Dictionary', {
      kind: valueOr('KIND', 'clt: features write to all later layers; plt: to their own', oneOf(['clt', 'plt']), 'clt'),
      features: valueOr('N', 'features of each layer', integer(1), 1024),
      active: value('K', 'features active at a token in each layer: one number, or one a layer (8 without it)', counts),
    }),
    ...scheduleOptions(4000, 2e-3),
    ...under('Training', {
      batch: valueOr('N', 'tokens in a batch', integer(1), 1024),
      context: value('N', "longest sequence, in tokens; the model's without it, at most 256", integer(2)),
    }),
  },
  examples: [
    ['train dictionary --corpus facts.txt --kind clt --features 768 --active 9 --out my-clt', 'for the embedded model'],
    [
      'train dictionary --model DIR --corpus texts.jsonl --kind plt --features 4096 --active 32 --out DIR2',
      'for another',
    ],
  ],
  async run({ values, output, task }) {
    const checkpoint = await openCheckpoint(await modelFolder(values));
    const { config } = checkpoint;
    const active = activeOf(values.active ?? [8], config.nLayers, values.features);
    const context = values.context ?? Math.min(LONGEST_CONTEXT, config.contextLength);
    const { vocabularySize } = config;
    const tokenizer = await checkpoint.tokenizer();
    const corpus = await loadCorpus(values.corpus, { tokenizer, vocabularySize, context }, task);
    const { out, threads, 'save-every': saveEvery, 'log-every': logEvery, ...identity } = values;
    const run = await openRunFolder(out, 'config.yaml', {
      ...identity,
      active,
      context,
      model: await checkpoint.identity(),
      corpus: corpusIdentity(corpus),
    });
    if (run.resumes) output.say(`Going on from ${run.stateFile}.`);
    const settings: TranscoderSettings = {
      shape: { kind: values.kind, nLayers: config.nLayers, dModel: config.dModel, nFeatures: values.features },
      seed: values.seed,
      active,
      batch: values.batch,
      beta1: 0.9,
      beta2: 0.99,
      clip: 1,
      deadAfter: DEAD_AFTER,
      threads,
    };
    const { steps } = values;
    const tokensInPool = Math.floor(POOL_BYTES / (8 * config.nLayers * config.dModel));
    const poolTokens = Math.max(values.batch, Math.min(LARGEST_POOL, tokensInPool));
    const harvest = await MlpHarvest.create(config, await checkpointParameters(checkpoint, task), threads);
    let last: TranscoderStepMetrics | undefined;
    const trained = await trainTranscoder(
      {
        settings,
        schedule: { steps, warmup: Math.min(100, Math.ceil(steps / 10)), flat: 0.6, floor: 0.03 },
        learningRate: values['learning-rate'],
        pool: dictionaryPools(corpus, poolTokens, values.seed),
        poolSteps: Math.ceil((POOL_USES * poolTokens) / values.batch),
        resampleEvery: DEAD_AFTER + 50,
        resampleUntil: 0.5,
        annealFrom: 4,
        annealSteps: Math.ceil(steps / 5),
        stateFile: run.stateFile,
        saveEvery,
        onStep: (step, metrics) => {
          last = metrics;
          if (step % logEvery === 0 || step === steps) report(step, steps, metrics, output);
        },
      },
      harvest,
      task,
    );
    const dictionary = {
      kind: values.kind,
      dModel: config.dModel,
      modelName: basename(resolve(checkpoint.dir)),
      inputHook: 'mlp.hook_in',
      outputHook: 'hook_mlp_out',
      dtype: values.dtype,
      layers: exportTranscoder(settings.shape, trained),
    } as const;
    await writeDictionary(out, dictionary, task);
    const agreement = await measureAgreement(checkpoint, out, corpus, threads);
    output.printJsonLine({
      dictionary: out,
      ...(last && metricsJson(last)),
      top_1: agreement.topOne,
      kl: agreement.divergence,
    });
    output.print(
      `Dictionary of ${grouped(values.features * config.nLayers)} features written to ${out}.`,
      `Replacement model: the likeliest token is the same at ${scoreText(agreement.topOne)} of ${agreement.positions} positions, KL ${agreement.divergence.toFixed(4)} nats (texts of the corpus).`,
    );
    return undefined;
  },
});

const LONGEST_CONTEXT = 256;
/** Steps without firing after which a feature is dead. */
const DEAD_AFTER = 200;
/** Activations that are held at a time, and how often each token of them is drawn on average. */
const POOL_BYTES = 512e6;
const LARGEST_POOL = 200_000;
const POOL_USES = 4;
/** Sequences on which the replacement model is compared with the model. */
const COMPARED = 64;

function activeOf(given: readonly number[], nLayers: number, features: number): number[] {
  const active = given.length === 1 ? Array<number>(nLayers).fill(given[0]) : [...given];
  if (active.length === nLayers && active.every(k => k < features)) return active;
  throw new CircuitError(
    'usage',
    `--active ${given.join()} does not fit ${nLayers} layers of ${features} features.`,
    'Give one number below --features, or one for each layer.',
  );
}

/** Replacement against original, on sequences spread over the corpus. */
async function measureAgreement(
  checkpoint: Checkpoint,
  out: string,
  corpus: readonly Int32Array[],
  threads: number | undefined,
) {
  const step = Math.max(1, Math.floor(corpus.length / COMPARED));
  const sequences = corpus.filter((_, i) => i % step === 0).slice(0, COMPARED);
  const dictionary = await openDictionary(out);
  const intervention = createIntervention(checkpoint, dictionary, threads === undefined ? {} : { threads });
  const original = await intervention.run(
    sequences.map(tokens => ({ tokens })),
    { logits: 'all' },
  );
  const replaced = await intervention.replacementLogits(sequences, 'all');
  await intervention.dispose();
  return agreementOf(
    original.map(({ logits }) => logits),
    replaced,
    checkpoint.config.vocabularySize,
  );
}

function metricsJson({ loss, unexplained, active, dead }: TranscoderStepMetrics) {
  return { loss, fvu: [...unexplained], l0: [...active], dead };
}

function report(step: number, steps: number, metrics: TranscoderStepMetrics, output: Output): void {
  const list = (values: ArrayLike<number>, digits: number): string =>
    Array.from(values, number => number.toFixed(digits)).join(' ');
  output.printJsonLine({ step, ...metricsJson(metrics) });
  output.print(
    `step ${step} of ${steps}  loss ${metrics.loss.toFixed(4)}  FVU ${list(metrics.unexplained, 3)}  L0 ${list(metrics.active, 1)}  dead ${metrics.dead.join(' ')}`,
  );
}
