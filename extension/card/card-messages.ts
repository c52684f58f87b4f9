import * as v from 'valibot';
import type { CardMessage } from '../../webview/card-protocol.ts';
import { activationsSchema, annotateSchema, problemSchema, runSchema } from '../investigation/panel-messages.ts';

const message = v.union([
  v.object({ type: v.literal('ready') }),
  v.object({ type: v.literal('retry') }),
  v.object({ type: v.literal('edit'), edit: annotateSchema }),
  v.object({ type: v.literal('select'), node: v.string() }),
  runSchema,
  problemSchema,
  activationsSchema,
]);

/** The message, or undefined for anything that is none. */
export function readCardMessage(value: unknown): CardMessage | undefined {
  const result = v.safeParse(message, value);
  return result.success ? (result.output as CardMessage) : undefined;
}
