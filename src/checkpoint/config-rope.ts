import * as v from 'valibot';
import { CircuitError } from '../errors.ts';
import { positive, size } from './config-fields.ts';
import type { RopeScaling } from './model-config-types.ts';
import { parseFields } from './read-fields.ts';

const Scaling = v.looseObject({
  rope_type: v.optional(v.string()),
  /** The name that transformers used before 4.45. */
  type: v.optional(v.string()),
  rope_theta: v.optional(positive),
});
const Linear = v.looseObject({ factor: positive });
const Llama3 = v.looseObject({
  factor: positive,
  low_freq_factor: positive,
  high_freq_factor: positive,
  original_max_position_embeddings: size,
});

/** The fields that say how positions are rotated; `rope_parameters` is how transformers 5 writes both. */
export const ropeFields = (theta: number) => ({
  rope_theta: v.optional(positive, theta),
  rope_scaling: v.nullish(v.looseObject({})),
  rope_parameters: v.nullish(v.looseObject({})),
});

export interface Rope {
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | undefined;
}

interface RopeClaims {
  readonly rope_theta: number;
  readonly rope_scaling?: object | null | undefined;
  readonly rope_parameters?: object | null | undefined;
}

/** Base and scaling of the rotary embedding. Errors: `file-damaged`, `file-unsupported` (an unknown scaling). */
export function ropeOf(path: string, claims: RopeClaims): Rope {
  const raw = claims.rope_parameters ?? claims.rope_scaling;
  if (raw == null) return { ropeTheta: claims.rope_theta, ropeScaling: undefined };
  const scaling = parseFields(path, Scaling, raw);
  return { ropeTheta: scaling.rope_theta ?? claims.rope_theta, ropeScaling: scalingOf(path, scaling) };
}

function scalingOf(path: string, fields: v.InferOutput<typeof Scaling>): RopeScaling | undefined {
  const type = fields.rope_type ?? fields.type ?? 'default';
  if (type === 'default') return undefined;
  const at = `${path}: rope_scaling`;
  if (type === 'linear') return { kind: 'linear', factor: parseFields(at, Linear, fields).factor };
  if (type === 'llama3') {
    const llama3 = parseFields(at, Llama3, fields);
    return {
      kind: 'llama3',
      factor: llama3.factor,
      lowFrequencyFactor: llama3.low_freq_factor,
      highFrequencyFactor: llama3.high_freq_factor,
      originalContextLength: llama3.original_max_position_embeddings,
    };
  }
  throw new CircuitError(
    'file-unsupported',
    `${path}: "rope_scaling" is of the type "${type}", which is not known.`,
    'Known are default, linear, llama3.',
  );
}
