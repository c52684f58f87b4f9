/** A model with a dictionary that its authors published for it. */
export interface PublishedSet {
  /** What to type: `circuit model add NAME`. */
  readonly name: string;
  readonly title: string;
  /** Hub ids. */
  readonly model: string;
  readonly dictionary: string;
  readonly kind: 'per-layer' | 'cross-layer';
  /** Bytes of the dictionary where they are published; otherwise the hub is asked when it is added. */
  readonly dictionaryBytes?: number;
  /** Whether the model's authors ask for an account and for their terms to be accepted. */
  readonly gated: boolean;
  /** Whether the repository holds several dictionaries: one of its folders is to be named. */
  readonly folders?: boolean;
  /** Why it cannot be traced yet. */
  readonly unsupported?: string;
}

const GIB = 2 ** 30;

/** The list in circuit-tracer's README ("Available Transcoders"); sizes as far as they have been written down. */
export const PUBLISHED_SETS: readonly PublishedSet[] = [
  {
    name: 'gemma-2-2b',
    title: 'Gemma 2 2B, GemmaScope: 26 layers of 16k features',
    model: 'google/gemma-2-2b',
    dictionary: 'mntss/gemma-scope-transcoders',
    kind: 'per-layer',
    gated: true,
  },
  {
    name: 'gemma-2-2b-clt-426k',
    title: 'Gemma 2 2B, 426k features',
    model: 'google/gemma-2-2b',
    dictionary: 'mntss/clt-gemma-2-2b-426k',
    kind: 'cross-layer',
    gated: true,
  },
  {
    name: 'gemma-2-2b-clt-2.5M',
    title: 'Gemma 2 2B, 2.5M features',
    model: 'google/gemma-2-2b',
    dictionary: 'mntss/clt-gemma-2-2b-2.5M',
    kind: 'cross-layer',
    dictionaryBytes: 160 * GIB,
    gated: true,
  },
  {
    name: 'llama-3.2-1b',
    title: 'Llama 3.2 1B, ReLU with skip connections',
    model: 'meta-llama/Llama-3.2-1B',
    dictionary: 'mntss/transcoder-Llama-3.2-1B',
    kind: 'per-layer',
    gated: true,
  },
  {
    name: 'llama-3.2-1b-clt-524k',
    title: 'Llama 3.2 1B, 524k features',
    model: 'meta-llama/Llama-3.2-1B',
    dictionary: 'mntss/clt-llama-3.2-1b-524k',
    kind: 'cross-layer',
    gated: true,
  },
  ...qwen3('0.6B', 'mwhanna/qwen3-0.6b-transcoders-lowl0'),
  ...qwen3('1.7B', 'mwhanna/qwen3-1.7b-transcoders-lowl0'),
  ...qwen3('4B', 'mwhanna/qwen3-4b-transcoders', 57 * GIB),
  ...qwen3('8B', 'mwhanna/qwen3-8b-transcoders'),
  ...qwen3('14B', 'mwhanna/qwen3-14b-transcoders-lowl0'),
  ...['270m', '1b', '4b', '12b', '27b'].flatMap(size => [...gemma3(size, 'pt'), ...gemma3(size, 'it')]),
  {
    name: 'llama-3.1-8b-instruct',
    title: 'Llama 3.1 8B Instruct, TopK 128',
    model: 'meta-llama/Llama-3.1-8B-Instruct',
    dictionary: 'facebook/crv-8b-instruct-transcoders',
    kind: 'per-layer',
    gated: true,
  },
  {
    name: 'gpt-oss-20b-clt-131k',
    title: 'GPT-OSS 20B, 131k features',
    model: 'openai/gpt-oss-20b',
    dictionary: 'mntss/clt-131k',
    kind: 'cross-layer',
    gated: false,
    unsupported: 'a mixture of experts, which cannot be run here yet',
  },
];

/** The set of that name, in any case. */
export function publishedSet(name: string): PublishedSet | undefined {
  return PUBLISHED_SETS.find(set => set.name.toLowerCase() === name.toLowerCase());
}

/** Sets that a repository is the model or the dictionary of. */
export function setsWith(repo: string): PublishedSet[] {
  const wanted = repo.toLowerCase();
  return PUBLISHED_SETS.filter(({ model, dictionary }) => [model, dictionary].some(id => id.toLowerCase() === wanted));
}

function qwen3(size: string, dictionary: string, dictionaryBytes?: number): PublishedSet[] {
  return [
    {
      name: `qwen3-${size.toLowerCase()}`,
      title: `Qwen 3 ${size}`,
      model: `Qwen/Qwen3-${size}`,
      dictionary,
      kind: 'per-layer',
      ...(dictionaryBytes === undefined ? {} : { dictionaryBytes }),
      gated: false,
    },
  ];
}

/** GemmaScope 2: repositories with a folder for each width and density. The smallest base model has no suffix. */
function gemma3(size: string, variant: 'pt' | 'it'): PublishedSet[] {
  const base = size === '270m' && variant === 'pt' ? 'gemma-3-270m' : `gemma-3-${size}-${variant}`;
  return [
    {
      name: `gemma-3-${size}-${variant}`,
      title: `Gemma 3 ${size.toUpperCase()}${variant === 'it' ? ', instruction-tuned' : ''}, GemmaScope 2`,
      model: `google/${base}`,
      dictionary: `mwhanna/gemma-scope-2-${size}-${variant}`,
      kind: 'per-layer',
      gated: true,
      folders: true,
    },
  ];
}
