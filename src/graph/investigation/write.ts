import { rounded } from './order.ts';
import { FIELD_ORDER } from './schema.ts';
import type { Annotation, Investigation, NamedSupernode, TraceSettings } from './types.ts';

/**
 * The file's text: JSON with two spaces, keys in a fixed order, every value on a line of its own, a newline at the end;
 * as `JSON.stringify` writes it, so that formatters leave it as it is. The same investigation gives the same text.
 */
export function writeInvestigation(investigation: Investigation): string {
  return `${JSON.stringify(orderedInvestigation(investigation), null, 2)}\n`;
}

type Ordered = Readonly<Record<string, unknown>>;

/** The investigation as plain data whose keys are in the file's order; numbers are rounded, undefined fields left out. */
export function orderedInvestigation(investigation: Investigation): Ordered {
  const { graph, model, dictionary, source, settings, supernodes, annotations } = investigation;
  return ordered(FIELD_ORDER.investigation, {
    ...investigation,
    graph: ordered(FIELD_ORDER.graph, graph),
    model: model && ordered(FIELD_ORDER.identity, model),
    dictionary: dictionary && ordered(FIELD_ORDER.identity, dictionary),
    source: source && ordered(FIELD_ORDER.source, source),
    settings: orderedSettings(settings),
    supernodes: supernodes.map(orderedSupernode),
    annotations: annotations.map(orderedAnnotation),
  });
}

export function orderedSupernode(supernode: NamedSupernode): Ordered {
  return ordered(FIELD_ORDER.supernode, supernode);
}

export function orderedAnnotation(annotation: Annotation): Ordered {
  return ordered(FIELD_ORDER.annotation, annotation);
}

function orderedSettings(settings: TraceSettings): Ordered {
  const values = Object.entries(settings).map(([name, value]: [string, unknown]) => [
    name,
    typeof value === 'number' ? rounded(value) : value,
  ]);
  return ordered(FIELD_ORDER.settings, Object.fromEntries(values) as object);
}

function ordered(keys: readonly string[], fields: object): Ordered {
  const values = new Map<string, unknown>(Object.entries(fields));
  return Object.fromEntries(keys.filter(key => values.get(key) !== undefined).map(key => [key, values.get(key)]));
}
