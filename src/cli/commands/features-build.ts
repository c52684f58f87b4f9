import { rm } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { BatchEncoder } from '../../attribution/activation-source.ts';
import { openCheckpoint } from '../../checkpoint/index.ts';
import { openDictionary } from '../../dictionary/index.ts';
import { decoderLogits } from '../../features/decoder-logits.ts';
import { buildFeatureIndex } from '../../features/index.ts';
import { defineCommand } from '../frame/command.ts';
import { required, under, value, valueOr } from '../frame/options.ts';
import { byteSize, grouped } from '../frame/text.ts';
import { integer, path } from '../frame/value-readers.ts';
import { modelAndDictionary } from '../model/folders.ts';
import { DICTIONARY_OPTIONS, ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { sessionSettings } from '../model/session-settings.ts';
import { tokenText } from '../../trace/prompt.ts';
import { CORPUS_HELP, readCorpus } from '../train/corpus.ts';

export const featuresBuild = defineCommand({
  name: 'features build',
  description: `Builds the feature index of a dictionary in the published layout, in its folder "features": for each feature its top activating examples and samples of weaker ones, histogram, density, the tokens that it promotes and suppresses, and an automatic label with its scores on examples that it was not made from. One streaming pass over the corpus, which the same command goes on with after an interruption.\n\n${CORPUS_HELP}`,
  options: {
    ...MODEL_OPTIONS,
    ...DICTIONARY_OPTIONS,
    ...under('Data', {
      corpus: required('FILE', 'texts to look for examples in: one a line, or .jsonl', path),
      context: value('N', "longest sequence, in tokens; the model's without it, at most 256", integer(2)),
      out: value('DIR', 'folder to write; "features" in the dictionary\'s folder without it', path),
    }),
    ...under('Index', {
      'promoted-tokens': valueOr('N', 'promoted and suppressed tokens of a feature', integer(1, 1000), 10),
      'alone-vocabulary': valueOr(
        'N',
        'vocabularies up to this size are tried token by token for what fires a feature alone, which labels are compared with',
        integer(0),
        20_000,
      ),
    }),
    ...ENGINE_OPTIONS,
  },
  examples: [
    [
      'features build --model DIR --dictionary DIR --corpus texts.txt',
      'examples and labels for a dictionary of your own',
    ],
  ],
  async run({ values, output, task }) {
    const folders = await modelAndDictionary(values);
    const checkpoint = await openCheckpoint(folders.model);
    const dictionary = await openDictionary(folders.dictionary);
    const tokenizer = await checkpoint.tokenizer();
    const { vocabularySize, contextLength } = checkpoint.config;
    const context = values.context ?? Math.min(LONGEST_CONTEXT, contextLength);
    const settings = await sessionSettings(values, output, task);
    const source = await BatchEncoder.create(checkpoint, dictionary, settings);
    const promoted = await decoderLogits(checkpoint, dictionary, values['promoted-tokens'], settings, task);
    const folder = values.out ?? join(dictionary.dir, 'features');
    const state = `${folder}.building`;
    const bos = tokenizer?.addBeginningOfSequence([]).at(0);
    const asksWeights = bos !== undefined && vocabularySize <= values['alone-vocabulary'];
    const name = dictionary.config.modelName ?? basename(resolve(dictionary.dir));
    const identity = [await checkpoint.identity(), await dictionary.identity(), resolve(values.corpus), context].join(
      ' ',
    );
    const summary = await buildFeatureIndex(
      {
        source,
        corpus: readCorpus(values.corpus, { tokenizer, vocabularySize, context }),
        tokenText: token => tokenText(tokenizer, token),
        promotedTokens: (layer, feature) => promoted[layer][feature],
        ...(asksWeights ? { alone: { bos, vocabularySize } } : {}),
        transcoderId: layer => `${name}-${layer}`,
        folder,
        resume: { path: state, identity, everyBatches: SAVE_EVERY_BATCHES },
        settings: { promotedTokens: values['promoted-tokens'] },
      },
      task,
    );
    await source.dispose();
    await rm(state, { force: true });
    output.printJson({ folder, ...summary });
    output.print(
      `Index of ${grouped(summary.features)} features written to ${folder} (${byteSize(summary.bytes)}),`,
      `from ${grouped(summary.tokens)} tokens in ${grouped(summary.sequences)} sequences:`,
      `${grouped(summary.clear)} labels passed on unseen examples, ${grouped(summary.silent)} features never fired.`,
    );
    return undefined;
  },
});

const LONGEST_CONTEXT = 256;
/** Batches of 64 sequences between two saves. */
const SAVE_EVERY_BATCHES = 200;
