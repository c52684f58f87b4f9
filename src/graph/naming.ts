import type { Annotation } from './investigation/types.ts';
import { isErrorKind } from './node-kinds.ts';
import type { AttributionGraph, GraphNode } from './types.ts';

/** What names are made of besides the node itself. */
export interface NameSource {
  readonly tokens: readonly string[];
  /** By "layer/feature". */
  readonly annotations: ReadonlyMap<string, Annotation>;
  readonly labelsElsewhere: Readonly<Record<string, string>>;
}

export function nameSource(
  graph: Pick<AttributionGraph, 'metadata'>,
  annotations: readonly Annotation[],
  labelsElsewhere: Readonly<Record<string, string>>,
): NameSource {
  return {
    tokens: graph.metadata.promptTokens,
    annotations: new Map(annotations.map(annotation => [`${annotation.layer}/${annotation.feature}`, annotation])),
    labelsElsewhere,
  };
}

/** What a node is called: a person's label, else one given elsewhere, else the automatic one, else its number. */
export function nodeName(node: GraphNode, source: NameSource): string {
  const key = `${node.layer}/${node.feature ?? ''}`;
  const elsewhere = Object.hasOwn(source.labelsElsewhere, key) ? source.labelsElsewhere[key] : undefined;
  const given = source.annotations.get(key)?.label ?? elsewhere ?? node.label?.trim();
  if (given !== undefined && given !== '') return given;
  if (node.kind === 'logit') return tokenName(node.text ?? `token ${node.token ?? '?'}`);
  if (node.kind === 'token') return tokenName(source.tokens[node.position] ?? `token ${node.token ?? '?'}`);
  if (isErrorKind(node.kind)) return node.kind;
  if (node.feature === undefined) return node.kind;
  return `${node.kind === 'feature' ? '' : `${node.kind} `}#${node.feature}`;
}

/** A token as a person reads it: without the blanks around it; blanks and line breaks alone are made visible. */
export function tokenName(text: string): string {
  const shown = text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll('\r', '␍');
  return shown.trim() === '' ? shown.replaceAll(' ', '␣') || '∅' : shown.trim();
}

/** The layer as rows are labelled: "E", "L3", "logits". */
export function layerName(node: Pick<GraphNode, 'kind' | 'layer'>): string {
  if (node.kind === 'logit') return 'logits';
  return node.layer < 0 ? 'E' : `L${node.layer}`;
}
