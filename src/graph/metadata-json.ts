import type { GraphMetadata, JsonValue, TraceRecord } from './types.ts';

/** The field of the metadata that holds what only this tool writes. */
export const TRACE_FIELD = 'circuit_explorer';

/** Neuronpedia's upload takes slug and scan of these characters only. */
const NOT_IN_SLUGS = /[^A-Za-z0-9_.-]+/g;
const LONGEST_SLUG = 100;

type JsonFields = Record<string, JsonValue | undefined>;

/** `text` with what a slug may not hold replaced by `-`; never empty. */
export function toSlug(text: string): string {
  const slug = text.replace(NOT_IN_SLUGS, '-').replace(/^-+|-+$/g, '');
  return slug.slice(0, LONGEST_SLUG) || 'graph';
}

/** The metadata object of the interchange JSON in its fixed order of keys; undefined fields are not written. */
export function metadataToJson(metadata: GraphMetadata): JsonFields {
  const { nodeThreshold, edgeThreshold, generator, settings, trace, other } = metadata;
  const { info, ...rest } = other ?? {};
  const pruning = { node_threshold: nodeThreshold, edge_threshold: edgeThreshold };
  return {
    slug: toSlug(metadata.slug),
    scan: toSlug(metadata.scan),
    transcoder_list: [...metadata.transcoders],
    prompt_tokens: [...metadata.promptTokens],
    prompt: metadata.prompt,
    node_threshold: nodeThreshold,
    schema_version: 1,
    info: defined({ ...(isRecord(info) ? info : {}), generator: generator && defined({ ...generator }) }),
    generation_settings: settings,
    pruning_settings: defined(pruning),
    [TRACE_FIELD]: trace && traceToJson(trace),
    ...rest,
  };
}

function traceToJson(trace: TraceRecord): JsonValue | undefined {
  return defined({
    model: trace.model && defined({ ...trace.model }),
    dictionary: trace.dictionary && defined({ ...trace.dictionary }),
    layers: trace.layers,
    token_ids: trace.tokenIds,
    token_offsets: trace.tokenOffsets?.map(offsets => offsets && [offsets.start, offsets.end]),
    replacement_score: trace.replacementScore,
    completeness_score: trace.completenessScore,
    strict_completeness_score: trace.strictCompletenessScore,
    details: trace.details,
  });
}

/** `fields` without those that are undefined, or undefined if none is left. */
function defined(fields: JsonFields): JsonValue | undefined {
  const known = Object.entries(fields).filter((field): field is [string, JsonValue] => field[1] !== undefined);
  return known.length === 0 ? undefined : Object.fromEntries(known);
}

function isRecord(value: JsonValue | undefined): value is { readonly [key: string]: JsonValue } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
