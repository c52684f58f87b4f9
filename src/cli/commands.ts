import type { Command } from './frame/command.ts';

/** A command in the list: what the help of the program says about it, and how its code is loaded. */
export interface CommandEntry {
  /** The words after `circuit`. */
  readonly name: string;
  readonly summary: string;
  readonly hidden?: boolean;
  readonly load: () => Promise<Command>;
}

export const COMMANDS: readonly CommandEntry[] = [
  {
    name: 'trace',
    summary: 'the attribution graph of the next token: file, scores and strongest paths',
    load: async () => (await import('./commands/trace.ts')).trace,
  },
  {
    name: 'predict',
    summary: 'next-token distributions of one prompt or many',
    load: async () => (await import('./commands/predict.ts')).predict,
  },
  {
    name: 'graph',
    summary: 'describe and check any attribution graph file',
    load: async () => (await import('./commands/graph.ts')).graph,
  },
  {
    name: 'model',
    summary: 'describe a checkpoint and dictionary: sizes, identity, memory, execution providers',
    load: async () => (await import('./commands/model.ts')).model,
  },
  {
    name: 'model add',
    summary: 'fetch a model or dictionary from the Hugging Face hub, or remember a folder',
    load: async () => (await import('./commands/model-add.ts')).modelAdd,
  },
  {
    name: 'model list',
    summary: 'models and dictionaries that are here, and those that are published',
    load: async () => (await import('./commands/model-list.ts')).modelList,
  },
  {
    name: 'features list',
    summary: 'the features of a dictionary with their labels and scores',
    load: async () => (await import('./commands/features-list.ts')).featuresList,
  },
  {
    name: 'features show',
    summary: 'one feature: label, examples, histogram, tokens that it promotes',
    load: async () => (await import('./commands/features-show.ts')).featuresShow,
  },
  {
    name: 'features build',
    summary: 'make the feature index of a dictionary: examples, histograms, scored labels',
    load: async () => (await import('./commands/features-build.ts')).featuresBuild,
  },
  {
    name: 'selfcheck',
    summary: 'the identities that must hold on any model, each with its largest error',
    load: async () => (await import('./commands/selfcheck.ts')).selfcheck,
  },
  {
    name: 'train language-model',
    summary: 'a small Llama model from any texts',
    load: async () => (await import('./commands/train-language-model.ts')).trainLanguageModelCommand,
  },
  {
    name: 'train dictionary',
    summary: 'transcoders (cross-layer or per-layer) of a model, from any texts',
    load: async () => (await import('./commands/train-dictionary.ts')).trainDictionary,
  },
  {
    name: 'demo',
    summary: 'traces one prompt with the embedded model; npm run trace runs it',
    load: async () => (await import('./commands/demo.ts')).demo,
  },
  {
    name: '__probe-provider',
    summary: 'tries one execution provider',
    hidden: true,
    load: async () => (await import('./commands/probe-provider.ts')).probeProvider,
  },
];
