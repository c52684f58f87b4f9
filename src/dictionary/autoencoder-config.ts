import * as v from 'valibot';
import { parseFields } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/** What an autoencoder reads and writes: the residual stream, attention's output, the MLP's, or another value. */
export type AutoencoderSite = 'residual stream' | 'attention output' | 'MLP output' | 'MLP' | 'other';

/** cfg.json of SAELens, of all its versions, in one form. */
export interface AutoencoderConfig {
  readonly path: string;
  /** Whether it maps one place to another (SAELens' transcoders) instead of a place to itself. */
  readonly isTranscoder: boolean;
  readonly hasSkip: boolean;
  readonly activation: 'relu' | 'jumprelu' | 'topk';
  /** Of topk only. */
  readonly k: number | undefined;
  readonly dIn: number;
  readonly nFeatures: number;
  readonly dOut: number;
  /** TransformerLens' name of the value that is read, such as blocks.8.hook_resid_pre. */
  readonly hookName: string;
  readonly layer: number | undefined;
  readonly site: AutoencoderSite;
  readonly modelName: string | undefined;
  /** Whether b_dec is taken off the input first. */
  readonly subtractsDecoderBias: boolean;
}

const size = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(2 ** 24));
const text = v.nullish(v.string());
const flag = v.nullish(v.boolean());

const Fields = v.looseObject({
  architecture: text,
  d_in: size,
  d_sae: size,
  d_out: v.nullish(size),
  k: v.nullish(size),
  apply_b_dec_to_input: flag,
  normalize_activations: v.nullish(v.union([v.string(), v.boolean()])),
  rescale_acts_by_decoder_norm: flag,
  // SAELens 6 keeps the place under metadata; before, these stood at the top, under names that changed.
  metadata: v.nullish(v.looseObject({ hook_name: text, model_name: text })),
  hook_name: text,
  hook_point: text,
  model_name: text,
  activation_fn: text,
  activation_fn_str: text,
  activation_fn_kwargs: v.nullish(v.looseObject({ k: v.nullish(size) })),
});

const ARCHITECTURES = {
  standard: { activation: 'relu', isTranscoder: false, hasSkip: false },
  jumprelu: { activation: 'jumprelu', isTranscoder: false, hasSkip: false },
  topk: { activation: 'topk', isTranscoder: false, hasSkip: false },
  transcoder: { activation: 'relu', isTranscoder: true, hasSkip: false },
  skip_transcoder: { activation: 'relu', isTranscoder: true, hasSkip: true },
  jumprelu_transcoder: { activation: 'jumprelu', isTranscoder: true, hasSkip: false },
  jumprelu_skip_transcoder: { activation: 'jumprelu', isTranscoder: true, hasSkip: true },
} as const;

/** Inputs that are rescaled by a constant were folded into the weights when the file was written. */
const NORMALIZATIONS = { none: true, expected_average_only_in: true } as const;

/** Parses cfg.json. Errors: `file-damaged` naming the field, `file-unsupported` listing what is known. */
export function parseAutoencoderConfig(path: string, json: unknown): AutoencoderConfig {
  const fields = parseFields(path, Fields, json);
  const named = fields.activation_fn ?? fields.activation_fn_str ?? 'relu';
  // Before SAELens 6 a topk SAE was a standard one with another activation function.
  const architecture = named === 'topk' ? 'topk' : (fields.architecture ?? 'standard');
  if (named !== 'relu' && named !== 'topk') throw unknown(path, 'activation_fn', named, ['relu', 'topk']);
  if (!Object.hasOwn(ARCHITECTURES, architecture)) {
    throw unknown(path, 'architecture', architecture, Object.keys(ARCHITECTURES));
  }
  const kind = ARCHITECTURES[architecture as keyof typeof ARCHITECTURES];
  const normalization = fields.normalize_activations ?? 'none';
  if (typeof normalization === 'string' && !Object.hasOwn(NORMALIZATIONS, normalization)) {
    throw unknown(path, 'normalize_activations', normalization, Object.keys(NORMALIZATIONS));
  }
  if (fields.rescale_acts_by_decoder_norm === true) {
    throw unknown(path, 'rescale_acts_by_decoder_norm', 'true', ['false (fold the norms with fold_W_dec_norm)']);
  }
  const k = fields.k ?? fields.activation_fn_kwargs?.k ?? undefined;
  if (kind.activation === 'topk' && k === undefined) throw missing(path, 'k');
  const hookName = fields.metadata?.hook_name ?? fields.hook_name ?? fields.hook_point;
  if (hookName == null) throw missing(path, 'hook_name');
  return {
    path,
    ...kind,
    k: kind.activation === 'topk' ? k : undefined,
    dIn: fields.d_in,
    nFeatures: fields.d_sae,
    dOut: kind.isTranscoder ? (fields.d_out ?? fields.d_in) : fields.d_in,
    hookName,
    layer: layerOf(hookName),
    site: siteOf(hookName),
    modelName: fields.metadata?.model_name ?? fields.model_name ?? undefined,
    subtractsDecoderBias: !kind.isTranscoder && (fields.apply_b_dec_to_input ?? true),
  };
}

function layerOf(hookName: string): number | undefined {
  const layer = /^blocks\.(\d{1,4})\./.exec(hookName)?.[1];
  return layer === undefined ? undefined : Number(layer);
}

function siteOf(hookName: string): AutoencoderSite {
  if (/\.hook_resid_(pre|mid|post)$/.test(hookName)) return 'residual stream';
  if (/\.(hook_attn_out|attn\.hook_(z|result|attn_out))$/.test(hookName)) return 'attention output';
  if (/\.(hook_mlp_out|mlp\.hook_out)$/.test(hookName)) return 'MLP output';
  return /\.(mlp\.|hook_mlp_in$|ln2\.)/.test(hookName) ? 'MLP' : 'other';
}

function missing(path: string, field: string): CircuitError {
  return new CircuitError('file-damaged', `${path}: field "${field}" is missing.`, 'Fetch the file again.');
}

function unknown(path: string, field: string, value: string, known: readonly string[]): CircuitError {
  return new CircuitError(
    'file-unsupported',
    `${path}: field "${field}" is "${value.slice(0, 80)}", which is not known.`,
    `Known are ${known.join(', ')}.`,
  );
}
