import { fieldsOf, isFields, listOf, numberOf, textOf, type JsonFields } from './json-fields.ts';
import { TRACE_FIELD } from './metadata-json.ts';
import type { Problems } from './problems.ts';
import type { GraphMetadata, Identity, JsonRecord, JsonValue, TokenOffsets, TraceRecord } from './types.ts';

/** Fields that have a place of their own; the others are kept as they are. */
const KNOWN_FIELDS = new Set([
  ...['slug', 'scan', 'transcoder_list', 'prompt_tokens', 'prompt', 'node_threshold', 'schema_version'],
  ...['generation_settings', 'pruning_settings', TRACE_FIELD],
]);

/** The metadata of a file of any of the known formats; what is missing or wrong is reported and gets a default. */
export function readMetadata(value: unknown, problems: Problems): GraphMetadata {
  if (!isFields(value)) problems.add('metadata', 'metadata');
  const fields = fieldsOf(value);
  const tokens = listOf(fields.prompt_tokens);
  if (tokens === undefined) problems.add('metadata', 'prompt_tokens');
  const promptTokens = (tokens ?? []).map(token => textOf(token) ?? '');
  const prompt = textOf(fields.prompt);
  if (prompt === undefined) problems.add('metadata', 'prompt');
  const pruning = fieldsOf(fields.pruning_settings);
  return {
    slug: textOf(fields.slug) ?? '',
    // Graphs of complete replacement models name their dictionaries sae_series.
    scan: textOf(fields.scan) ?? textOf(fields.sae_series) ?? '',
    prompt: prompt ?? promptTokens.join(''),
    promptTokens,
    schemaVersion: numberOf(fields.schema_version) ?? 0,
    transcoders: texts(fields.transcoder_list) ?? [],
    ...known({
      nodeThreshold: numberOf(fields.node_threshold) ?? numberOf(pruning.node_threshold),
      edgeThreshold: numberOf(pruning.edge_threshold),
      generator: readGenerator(fieldsOf(fieldsOf(fields.info).generator)),
      settings: isFields(fields.generation_settings) ? jsonRecord(fields.generation_settings) : undefined,
      trace: isFields(fields[TRACE_FIELD]) ? readTrace(fields[TRACE_FIELD]) : undefined,
      other: otherFields(fields),
    }),
  };
}

/** `fields` without those that are undefined. */
function known<T extends object>(fields: { [K in keyof T]: T[K] | undefined }): T {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;
}

function readGenerator(fields: JsonFields): GraphMetadata['generator'] {
  const name = textOf(fields.name);
  if (name === undefined) return undefined;
  return {
    name,
    ...known<{ version?: string; url?: string }>({ version: textOf(fields.version), url: textOf(fields.url) }),
  };
}

function readTrace(fields: JsonFields): TraceRecord {
  return known<TraceRecord>({
    model: readIdentity(fields.model),
    dictionary: readIdentity(fields.dictionary),
    layers: numberOf(fields.layers),
    tokenIds: listOf(fields.token_ids)?.map(id => numberOf(id) ?? -1),
    tokenOffsets: listOf(fields.token_offsets)?.map(readOffsets),
    replacementScore: numberOf(fields.replacement_score),
    completenessScore: numberOf(fields.completeness_score),
    strictCompletenessScore: numberOf(fields.strict_completeness_score),
    details: isFields(fields.details) ? jsonRecord(fields.details) : undefined,
  });
}

function readIdentity(value: unknown): Identity | undefined {
  const fields = fieldsOf(value);
  const name = textOf(fields.name);
  if (name === undefined) return undefined;
  return {
    name,
    ...known<Omit<Identity, 'name'>>({ revision: textOf(fields.revision), sha256: textOf(fields.sha256) }),
  };
}

function readOffsets(value: unknown): TokenOffsets {
  const [start, end] = (listOf(value) ?? []).map(numberOf);
  return start === undefined || end === undefined ? null : { start, end };
}

function texts(value: unknown): string[] | undefined {
  return listOf(value)?.map(item => textOf(item) ?? '');
}

/** Fields that this tool does not know, and of `info` all but the generator. */
function otherFields(fields: JsonFields): JsonRecord | undefined {
  const kept = Object.entries(jsonRecord(fields)).filter(([name]) => !KNOWN_FIELDS.has(name));
  const other = kept.flatMap(([name, value]): [string, JsonValue][] => {
    if (name !== 'info' || !isFields(value)) return [[name, value]];
    const info = Object.entries(jsonRecord(value)).filter(([key]) => key !== 'generator');
    return info.length === 0 ? [] : [[name, Object.fromEntries(info)]];
  });
  return other.length === 0 ? undefined : Object.fromEntries(other);
}

/** What JSON.parse gave is JSON. */
function jsonRecord(fields: JsonFields): JsonRecord {
  return fields as JsonRecord;
}
