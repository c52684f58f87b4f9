import * as v from 'valibot';
import { ANNOTATION_COLOURS, VERDICTS } from '../../src/graph/investigation/types.ts';
import type { PanelMessage } from '../../webview/protocol.ts';

/**
 * The panel's messages as schemas: labels and graphs of strangers are shown in it, so the host believes nothing that it
 * says without looking.
 */
const text = v.pipe(v.string(), v.maxLength(2_000_000));
const nodes = v.pipe(v.array(v.string()), v.maxLength(500_000));
const index = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const colour = v.picklist(ANNOTATION_COLOURS);

const change = v.object({
  label: v.exactOptional(v.nullable(text)),
  note: v.exactOptional(v.nullable(text)),
  tags: v.exactOptional(v.nullable(v.array(text))),
  verdict: v.exactOptional(v.nullable(v.picklist(VERDICTS))),
  colour: v.exactOptional(v.nullable(colour)),
  evidence: v.exactOptional(v.nullable(v.array(text))),
});

export const annotateSchema = v.object({ kind: v.literal('annotate'), layer: index, feature: index, change });

const edit = v.variant('kind', [
  v.object({ kind: v.literal('pin'), nodes }),
  v.object({ kind: v.literal('unpin'), nodes }),
  v.object({ kind: v.literal('group'), nodes, id: v.exactOptional(v.string()), name: v.exactOptional(text) }),
  v.object({ kind: v.literal('ungroup'), nodes }),
  v.object({ kind: v.literal('rename-group'), id: v.string(), name: text }),
  v.object({ kind: v.literal('colour-group'), id: v.string(), colour: v.nullable(colour) }),
  annotateSchema,
  v.object({ kind: v.literal('notes'), text }),
  v.object({ kind: v.literal('thresholds'), nodeThreshold: v.number(), edgeThreshold: v.number() }),
]);

const id = v.pipe(v.number(), v.safeInteger());
const request = { type: v.literal('request'), id } as const;

export const activationsSchema = v.object({
  ...request,
  method: v.literal('activations'),
  layer: index,
  feature: index,
  text,
});

export const problemSchema = v.object({
  type: v.literal('problem'),
  message: text,
  stack: v.exactOptional(v.optional(text)),
});

/** The commands that a page may ask for: this program's own. */
export const runSchema = v.object({
  type: v.literal('run'),
  command: v.pipe(v.string(), v.regex(/^circuit\.[\w.]+$/)),
});

const message = v.union([
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('edit'), edit }),
  v.object({ type: v.literal('selected'), nodes }),
  v.object({ type: v.literal('pointed'), position: v.nullable(index) }),
  v.object({ type: v.literal('retry') }),
  runSchema,
  problemSchema,
  v.object({ ...request, method: v.literal('card'), layer: index, feature: index }),
  activationsSchema,
  v.object({ ...request, method: v.literal('retarget'), target: v.nullable(text) }),
  v.object({
    ...request,
    method: v.literal('save-image'),
    kind: v.picklist(['svg', 'png']),
    content: v.union([v.string(), v.instance(Uint8Array)]),
  }),
  v.object({ ...request, method: v.literal('facts') }),
  v.object({ ...request, method: v.literal('open-files'), uris: v.pipe(v.array(text), v.maxLength(1000)) }),
  v.object({ ...request, method: v.literal('open-content'), name: text, content: v.instance(Uint8Array) }),
]);

/** The message, or undefined for anything that is none. */
export function readPanelMessage(value: unknown): PanelMessage | undefined {
  const result = v.safeParse(message, value);
  return result.success ? (result.output as PanelMessage) : undefined;
}

/** The number of a request that could not be read, so that its sender does not wait for ever. */
export function requestId(value: unknown): number | undefined {
  const result = v.safeParse(v.object(request), value);
  return result.success ? result.output.id : undefined;
}
