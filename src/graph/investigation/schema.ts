import * as v from 'valibot';
import { ANNOTATION_COLOURS, INVESTIGATION_VERSION, VERDICTS } from './types.ts';

/**
 * The current version of the file as a schema. The same limits stand in media/investigation.schema.json, which editors
 * use; they keep a hostile file from filling memory or a view.
 */
export const LIMITS = {
  /** A graph of the engine has at most 2^22 nodes; nobody decides about more than this many. */
  listItems: 200_000,
  id: 300,
  label: 1_000,
  prompt: 1_000_000,
  notes: 1_000_000,
  tags: 100,
  evidence: 1_000,
  path: 4_096,
} as const;

const text = (longest: number) => v.pipe(v.string(), v.maxLength(longest, `is longer than ${longest} characters`));
const nonEmpty = (longest: number) => v.pipe(text(longest), v.minLength(1, 'is empty'));
const list = <Item extends v.GenericSchema>(item: Item, most: number) =>
  v.pipe(v.array(item), v.maxLength(most, `has more than ${most} items`));
const index = v.pipe(v.number(), v.safeInteger('is not a whole number'), v.minValue(0, 'is negative'));
const share = v.pipe(v.number(), v.minValue(0, 'is below 0'), v.maxValue(1, 'is above 1'));
const sha256 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/, 'is not a sha256 in hexadecimal digits'));

/** No scheme, no drive, no backslash: what a relative path means must not depend on the machine. */
const relativePath = v.pipe(
  nonEmpty(LIMITS.path),
  v.check(path => !/^[/\\]|^[a-z][a-z0-9+.-]*:|[\\\0]/i.test(path), 'is not a relative path with forward slashes'),
);

const identity = v.object({
  name: text(LIMITS.label),
  revision: v.exactOptional(text(LIMITS.label)),
  sha256: v.exactOptional(text(LIMITS.id)),
});

const settings = v.object({
  target: v.exactOptional(text(LIMITS.label)),
  maxFeatureNodes: v.exactOptional(index),
  maxLogits: v.exactOptional(index),
  logitProbability: v.exactOptional(share),
  specialAsText: v.exactOptional(v.boolean()),
  chat: v.exactOptional(v.boolean()),
  nodeThreshold: share,
  edgeThreshold: share,
});

const colour = v.picklist(ANNOTATION_COLOURS);

const supernode = v.object({
  id: nonEmpty(LIMITS.id),
  name: text(LIMITS.label),
  members: list(nonEmpty(LIMITS.id), LIMITS.listItems),
  colour: v.exactOptional(colour),
});

const annotation = v.object({
  layer: index,
  feature: index,
  label: v.exactOptional(text(LIMITS.label)),
  note: v.exactOptional(text(LIMITS.notes)),
  tags: v.exactOptional(list(nonEmpty(LIMITS.label), LIMITS.tags)),
  verdict: v.exactOptional(v.picklist(VERDICTS)),
  colour: v.exactOptional(colour),
  evidence: v.exactOptional(list(nonEmpty(LIMITS.notes), LIMITS.evidence)),
});

export const investigationSchema = v.object({
  version: v.literal(INVESTIGATION_VERSION),
  prompt: text(LIMITS.prompt),
  graph: v.object({ file: relativePath, sha256: v.exactOptional(sha256) }),
  model: v.exactOptional(identity),
  dictionary: v.exactOptional(identity),
  source: v.exactOptional(v.object({ file: relativePath, start: index })),
  settings,
  notes: v.exactOptional(text(LIMITS.notes)),
  pinned: list(nonEmpty(LIMITS.id), LIMITS.listItems),
  supernodes: list(supernode, LIMITS.listItems),
  annotations: list(annotation, LIMITS.listItems),
});

/** The keys of each kind of object in the order in which they are written. */
export const FIELD_ORDER = {
  investigation: Object.keys(investigationSchema.entries),
  graph: Object.keys(investigationSchema.entries.graph.entries),
  identity: Object.keys(identity.entries),
  source: ['file', 'start'],
  settings: Object.keys(settings.entries),
  supernode: ['id', 'name', 'colour', 'members'],
  annotation: Object.keys(annotation.entries),
} as const;
