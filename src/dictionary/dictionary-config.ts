import * as v from 'valibot';
import { parseDocument } from 'yaml';
import { parseFields } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';

/** Where features read (TransformerLens names): the residual stream before the MLP's norm, or the norm's output. */
export const INPUT_HOOKS = ['hook_resid_mid', 'ln2.hook_normalized', 'mlp.hook_in'] as const;
/** Where features write: the MLP's output before, or after, the norm that Gemma applies to it. */
export const OUTPUT_HOOKS = ['mlp.hook_out', 'hook_mlp_out'] as const;

export type InputHook = (typeof INPUT_HOOKS)[number];
export type OutputHook = (typeof OUTPUT_HOOKS)[number];
export type DictionaryKind = 'plt' | 'clt';

/** config.yaml of a dictionary folder, in circuit-tracer's words. */
export interface DictionaryConfig {
  readonly path: string;
  readonly kind: DictionaryKind;
  readonly inputHook: InputHook;
  readonly outputHook: OutputHook;
  readonly modelName: string | undefined;
  /** What the file claims; without a claim, thresholds decide between relu and jumprelu. */
  readonly activation: 'relu' | 'jumprelu' | 'topk' | undefined;
  readonly k: number | undefined;
  /** Where the published files of the layers lie (hf://owner/repo/path), in layer order. */
  readonly transcoders: readonly string[] | undefined;
}

/** A configuration is under a kilobyte, with `transcoders` listed a few: anything longer is another file. */
const LARGEST_CONFIG = 1_000_000;

const Fields = v.looseObject({
  model_kind: v.string(),
  feature_input_hook: v.string(),
  feature_output_hook: v.string(),
  model_name: v.nullish(v.string()),
  activation: v.nullish(v.string()),
  k: v.nullish(v.pipe(v.number(), v.integer(), v.minValue(1))),
  transcoders: v.nullish(v.array(v.string())),
});

const KINDS = { transcoder_set: 'plt', cross_layer_transcoder: 'clt' } as const;
const ACTIVATIONS = { relu: 'relu', jumprelu: 'jumprelu', jump_relu: 'jumprelu', topk: 'topk' } as const;

/** Parses config.yaml. Errors: `file-damaged` naming the field, `file-unsupported` listing what is known. */
export function parseDictionaryConfig(path: string, text: string): DictionaryConfig {
  const fields = parseFields(path, Fields, parseYaml(path, text));
  const activation = fields.activation == null ? undefined : known(path, 'activation', fields.activation, ACTIVATIONS);
  if (activation === 'topk' && fields.k == null) {
    throw new CircuitError(
      'file-damaged',
      `${path}: field "k" is missing; "activation" is topk.`,
      'Say how many features stay active at a position, such as k: 64.',
    );
  }
  return {
    path,
    kind: known(path, 'model_kind', fields.model_kind, KINDS),
    inputHook: known(path, 'feature_input_hook', fields.feature_input_hook, identity(INPUT_HOOKS)),
    outputHook: known(path, 'feature_output_hook', fields.feature_output_hook, identity(OUTPUT_HOOKS)),
    modelName: fields.model_name ?? undefined,
    activation,
    k: activation === 'topk' ? (fields.k ?? undefined) : undefined,
    transcoders: fields.transcoders ?? undefined,
  };
}

function parseYaml(path: string, text: string): unknown {
  if (text.length > LARGEST_CONFIG) {
    throw new CircuitError(
      'file-damaged',
      `${path} is ${text.length} characters long.`,
      'This is not a dictionary configuration.',
    );
  }
  try {
    const document = parseDocument(text, { logLevel: 'error' });
    if (document.errors.length > 0) throw document.errors[0];
    // Aliases that multiply ("billion laughs") make this throw.
    return document.toJS();
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message.split('\n')[0].replace(/[.:]+$/, '') : String(cause);
    throw new CircuitError('file-damaged', `${path} is not YAML: ${reason}.`, 'Correct the file, or fetch it again.', {
      cause,
    });
  }
}

function identity<Name extends string>(names: readonly Name[]): Readonly<Record<Name, Name>> {
  return Object.fromEntries(names.map(name => [name, name])) as Record<Name, Name>;
}

function known<Value>(path: string, field: string, name: string, values: Readonly<Record<string, Value>>): Value {
  if (Object.hasOwn(values, name)) return values[name];
  throw new CircuitError(
    'file-unsupported',
    `${path}: field "${field}" is "${name}", which is not known.`,
    `Known are ${Object.keys(values).join(', ')}.`,
  );
}
