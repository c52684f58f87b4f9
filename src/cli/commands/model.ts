import { readdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { openCheckpoint, type Checkpoint, type SafetensorsFile } from '../../checkpoint/index.ts';
import { placeOf } from '../../checkpoint/hub/model-place.ts';
import { checkDictionaryFits, openDictionary, type Dictionary } from '../../dictionary/index.ts';
import { hasFeatureIndex, openFeatureIndex } from '../../features/index.ts';
import { fastestOf, reportProviders, type ProviderReport } from '../../onnx/index.ts';
import { defineCommand } from '../frame/command.ts';
import { flag, under, value, valueOr } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { byteSize, grouped, padded, wrapped } from '../frame/text.ts';
import { integer, path, positive } from '../frame/value-readers.ts';
import { meanActiveFeatures } from '../model/active-features.ts';
import { embeddedPack } from '../../trace/embedded-pack.ts';
import { dictionarySize, estimateMemory, modelSize, type MemoryEstimate } from '../../import/memory-estimate.ts';
import { estimateNeuronMemory } from '../../import/neuron-memory.ts';
import { NEURON_BUDGET } from '../../attribution/neuron-model.ts';
import { DEFAULT_TRACE_SETTINGS } from '../../trace/trace-settings.ts';
import { probeOptions } from '../model/session-settings.ts';

export const model = defineCommand({
  name: 'model',
  description:
    'Describes a checkpoint and a dictionary: sizes, formats, identity hashes (the same for the same contents, whatever the folder is called), the memory that a trace needs, and which execution providers run here and why the others do not. A dictionary is checked against the model.',
  options: {
    ...under('Model', {
      model: value('DIR|ID', 'folder or hub id of a checkpoint; the embedded model without it', path),
      dictionary: value(
        'DIR|ID',
        'folder or hub id of a dictionary; the embedded one without --model, none with it',
        path,
      ),
    }),
    ...under('Memory', {
      tokens: valueOr('N', 'length of the prompt for which memory is estimated', integer(2), 16),
      active: value('N', 'active features of a token in a layer that the estimate assumes', positive),
      'max-feature-nodes': value('N', 'as for trace: 7500 features, without a dictionary 2000 neurons', integer(1)),
    }),
    ...under('Checks', {
      weights: flag('read all weights and fail if one is NaN or infinite'),
      'no-providers': flag('do not try the execution providers'),
    }),
  },
  examples: [
    ['model', 'the embedded model and its dictionary; circuit model list shows others'],
    ['model --model DIR --dictionary DIR --tokens 64', 'any pair, and what 64 tokens need'],
    ['model --model DIR --weights', 'whether a download is whole'],
  ],
  async run({ values, output, task }) {
    const dictionaryFolder = values.dictionary === undefined ? undefined : await placeOf(values.dictionary);
    const folders =
      values.model === undefined
        ? { ...embeddedPack(), ...(dictionaryFolder === undefined ? {} : { dictionary: dictionaryFolder }) }
        : { model: await placeOf(values.model), dictionary: dictionaryFolder };
    const checkpoint = await openCheckpoint(folders.model);
    const dictionary = folders.dictionary === undefined ? undefined : await openDictionary(folders.dictionary);
    if (dictionary !== undefined) checkDictionaryFits(dictionary, checkpoint.config);
    if (values.weights) {
      await checkpoint.assertFinite(task);
      await dictionary?.assertFinite(task);
    }
    const providers = values['no-providers'] ? null : await reportProviders(probeOptions(task));
    const found = {
      model: await describeCheckpoint(checkpoint),
      dictionary: dictionary === undefined ? null : await describeDictionary(dictionary),
      memory: await memoryOf(checkpoint, dictionary, values),
      providers,
      auto: providers === null ? null : fastestOf(providers),
    };
    output.printJson(found);
    output.print(
      ...tableLines('Model', found.model, output),
      ...(found.dictionary === null ? [] : ['', ...tableLines('Dictionary', found.dictionary, output)]),
      '',
      ...memoryLines(found.memory, output),
      ...(found.providers === null ? [] : ['', ...providerLines(found.providers, output)]),
    );
    return undefined;
  },
});

async function describeCheckpoint(checkpoint: Checkpoint) {
  const { config, dir, files } = checkpoint;
  const tokenizer = await checkpoint.tokenizer();
  return {
    folder: resolve(dir),
    architecture: config.architecture,
    layers: config.nLayers,
    d_model: config.dModel,
    heads: config.nHeads,
    key_value_heads: config.nKeyValueHeads,
    d_mlp: config.dMlp,
    vocabulary: config.vocabularySize,
    context: config.contextLength,
    ...storage(files),
    tied_embeddings: config.tieEmbeddings,
    tokenizer: tokenizer?.path ?? null,
    sha256: await checkpoint.identity(),
  };
}

async function describeDictionary(dictionary: Dictionary) {
  const folder = dictionary.featuresDirectory ?? join(dictionary.dir, 'features');
  const index = (await hasFeatureIndex(folder)) ? await openFeatureIndex(folder) : undefined;
  return {
    folder: resolve(dictionary.dir),
    kind: dictionary.kind === 'clt' ? 'cross-layer transcoder' : 'per-layer transcoders',
    activation: dictionary.k === undefined ? dictionary.activation : `${dictionary.activation}, k = ${dictionary.k}`,
    layers: dictionary.nLayers,
    features: dictionary.nFeatures,
    features_per_layer: dictionary.layers.map(({ nFeatures }) => nFeatures),
    skip_connection: dictionary.layers.some(({ wSkip }) => wSkip !== undefined),
    reads: dictionary.inputHook,
    writes: dictionary.outputHook,
    ...storage(dictionary.files),
    feature_index:
      index === undefined ? null : { folder, layers: index.layers.length, bytes: await indexBytes(folder) },
    sha256: await dictionary.identity(),
  };
}

function storage(files: readonly SafetensorsFile[]) {
  const entries = files.flatMap(file => [...file.entries.values()]);
  return {
    parameters: entries.reduce((sum, { shape }) => sum + shape.reduce((a, b) => a * b, 1), 0),
    dtypes: [...new Set(entries.map(({ dtype }) => dtype))],
    files: files.length,
    bytes: files.reduce((sum, { size }) => sum + size, 0),
  };
}

async function indexBytes(folder: string): Promise<number> {
  const sizes = (await readdir(folder)).map(async name => (await stat(join(folder, name))).size);
  return (await Promise.all(sizes)).reduce((sum, size) => sum + size, 0);
}

type ReportedMemory = MemoryEstimate & { readonly basis: 'dictionary' | 'neurons'; readonly active_from: string };

async function memoryOf(
  checkpoint: Checkpoint,
  dictionary: Dictionary | undefined,
  values: { tokens: number; active: number | undefined; 'max-feature-nodes': number | undefined },
): Promise<ReportedMemory> {
  const model = modelSize(checkpoint);
  const nodes = values['max-feature-nodes'];
  if (dictionary === undefined) {
    const estimate = estimateNeuronMemory(model, values.tokens, nodes ?? NEURON_BUDGET);
    return { ...estimate, basis: 'neurons', active_from: 'all of them' };
  }
  const { active, source } =
    values.active === undefined ? await meanActiveFeatures(dictionary) : { active: values.active, source: 'given' };
  const sizes = { model, dictionary: dictionarySize(dictionary) };
  const estimate = estimateMemory(sizes, values.tokens, active, nodes ?? DEFAULT_TRACE_SETTINGS.maxFeatureNodes);
  return { ...estimate, basis: 'dictionary', active_from: source };
}

function tableLines(title: string, table: object, { style, width }: Output): string[] {
  const rows = Object.entries(table).map(([name, entry]) => [name.replaceAll('_', ' '), shown(name, entry)] as const);
  const column = Math.max(...rows.map(([name]) => name.length)) + 2;
  return [
    style.bold(title),
    ...rows.flatMap(([name, text]) =>
      wrapped(text, width - column - 2).map((line, i) => `  ${padded(i === 0 ? name : '', column)}${line}`),
    ),
  ];
}

function shown(name: string, entry: unknown): string {
  if (entry === null || entry === undefined) return 'none';
  if (name === 'bytes' && typeof entry === 'number') return byteSize(entry);
  if (typeof entry === 'number') return grouped(entry);
  if (typeof entry === 'boolean') return entry ? 'yes' : 'no';
  if (Array.isArray(entry)) return new Set(entry).size === 1 ? String(entry[0]) : entry.join(', ');
  if (typeof entry === 'object') {
    return Object.entries(entry)
      .map(([key, part]) => `${key} ${shown(key, part)}`)
      .join(', ');
  }
  return typeof entry === 'string' ? entry : JSON.stringify(entry);
}

function memoryLines(estimate: ReportedMemory, { style }: Output): string[] {
  const { tokens, active_per_layer, active_features, mapped, parts } = estimate;
  const rows = Object.entries(parts).map(([name, bytes]) => `    ${padded(name, 26)}${byteSize(bytes).padStart(9)}`);
  return [
    `${style.bold('Memory')} of a trace of ${tokens} tokens, about ${byteSize(estimate.private)} (an upper estimate)`,
    estimate.basis === 'neurons'
      ? `  without a dictionary nodes are the model's own neurons, ${grouped(active_per_layer)} in a layer at each token: ${grouped(active_features)} in all`
      : `  ${active_per_layer.toPrecision(3)} features of a token active in a layer (${estimate.active_from}): ${grouped(active_features)} in all`,
    ...rows,
    `  besides, ${byteSize(mapped)} of weights are mapped from their files, and give way when memory is short`,
  ];
}

function providerLines(report: readonly ProviderReport[], { style, width }: Output): string[] {
  return [
    style.bold('Execution providers'),
    ...report.flatMap(({ provider, works, reason, remedy }) => {
      const mark = works ? style.green('runs') : style.dim('no  ');
      const text = wrapped(works || remedy === undefined ? reason : `${reason} ${remedy}`, width - 16);
      return text.map((line, i) => (i === 0 ? `  ${padded(provider, 8)}${mark}  ${line}` : `${' '.repeat(16)}${line}`));
    }),
    ...wrapped(fastestOf(report).reason, width - 2).map(line => `  ${line}`),
  ];
}
