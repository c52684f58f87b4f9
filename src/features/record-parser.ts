import * as v from 'valibot';
import { parseFields } from '../checkpoint/read-fields.ts';
import type { FeatureRecord } from './feature-record.ts';
import { ruleKinds } from './labels/rule.ts';

const number = v.pipe(v.number(), v.finite());

const example = v.pipe(
  v.object({
    tokens: v.array(v.string()),
    tokens_acts_list: v.array(number),
    train_token_ind: v.fallback(v.nullable(v.pipe(v.number(), v.integer())), null),
    is_repeated_datapoint: v.fallback(v.boolean(), false),
  }),
  v.check(
    ({ tokens, tokens_acts_list }) => tokens.length === tokens_acts_list.length,
    'tokens and tokens_acts_list have different lengths',
  ),
  v.transform(parsed => ({ ...parsed, train_token_ind: peakOf(parsed.train_token_ind, parsed.tokens_acts_list) })),
);

/** Logit lists are strings, or pairs of a string and the logit. */
const logits = optional(
  v.array(
    v.union([
      v.string(),
      v.pipe(
        v.looseTuple([v.string()]),
        v.transform(pair => pair[0]),
      ),
    ]),
  ),
);

const share = v.nullable(v.pipe(number, v.minValue(0), v.maxValue(1)));

const label = v.object({
  text: v.string(),
  rule: v.picklist([...ruleKinds, 'none']),
  detectionF1: share,
  fuzzing: share,
  sampleSize: v.pipe(v.number(), v.integer(), v.minValue(0)),
  agreesWithWeights: v.nullable(v.boolean()),
});

const record = v.object({
  index: v.pipe(v.number(), v.integer()),
  examples_quantiles: v.array(v.object({ quantile_name: v.fallback(v.string(), ''), examples: v.array(example) })),
  transcoder_id: optional(v.string()),
  top_logits: logits,
  bottom_logits: logits,
  act_min: optional(number),
  act_max: optional(number),
  quantile_values: optional(v.array(number)),
  histogram: optional(v.array(number)),
  activation_frequency: optional(number),
  tokens_seen: optional(number),
  label: optional(label),
  firing_tokens: optional(v.array(v.string())),
});

/**
 * A record as `FeatureRecord`. `index` and `examples_quantiles` must be there; any other field that is missing or of
 * another form is left out. Errors: `file-damaged`, naming `source` and the field.
 */
export function parseRecord(source: string, value: unknown): FeatureRecord {
  const parsed = parseFields(source, record, value);
  // Leaving out the undefined ones makes the type exact: FeatureRecord has no field that is there and undefined.
  return Object.fromEntries(
    Object.entries(parsed).filter(([, field]) => field !== undefined),
  ) as unknown as FeatureRecord;
}

/** The given index if it points at a token, else that of the largest activation. */
function peakOf(index: number | null, activations: readonly number[]): number {
  if (index !== null && index >= 0 && index < activations.length) return index;
  return activations.reduce((best, value, i) => (value > activations[best] ? i : best), 0);
}

function optional<Schema extends v.GenericSchema>(schema: Schema) {
  return v.fallback(v.optional(schema), undefined);
}
