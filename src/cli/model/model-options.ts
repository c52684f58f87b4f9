import { under, value, valueOr } from '../frame/options.ts';
import { integer, oneOf, path } from '../frame/value-readers.ts';

/** Which model is meant. */
export const MODEL_OPTIONS = under('Model', {
  model: value(
    'DIR|ID',
    'a Hugging Face checkpoint: its folder, or an id that circuit model add has fetched (owner/name[@revision]); the embedded model without it',
    path,
  ),
});

/** Which dictionary is meant. */
export const DICTIONARY_OPTIONS = under('Model', {
  dictionary: value(
    'DIR|ID',
    'a dictionary in any published layout: its folder or id (owner/name[//folder][@revision]); the embedded one without --model',
    path,
  ),
});

export type Basis = 'dictionary' | 'neurons';

/** What graphs are made of. */
export const BASIS_OPTIONS = under('Model', {
  basis: value(
    'BASIS',
    'what the nodes are: dictionary (features), or neurons, which every model has; neurons where --model is given without --dictionary',
    oneOf<Basis>(['dictionary', 'neurons']),
  ),
});

export const PROVIDERS = ['auto', 'cpu', 'cuda', 'dml', 'webgpu', 'coreml'] as const;

/** What computes. */
export const ENGINE_OPTIONS = under('Engine', {
  provider: valueOr('NAME', `execution provider: ${PROVIDERS.join(', ')}`, oneOf(PROVIDERS), 'cpu'),
  threads: value('N', 'threads of the CPU; one a core without it', integer(1, 1024)),
});
