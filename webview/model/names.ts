import { isErrorKind } from '../../src/graph/node-kinds.ts';
import type { Annotation, Investigation } from '../../src/graph/investigation/types.ts';
import type { GraphNode } from '../../src/graph/types.ts';
import { featureKey, type GraphModel } from './graph-model.ts';

/** [N]; what each node is called: a person's label, else one from elsewhere, else the automatic one, else its number. */
export function nodeNames(
  model: GraphModel,
  annotations: ReadonlyMap<string, Annotation>,
  labelsElsewhere: Readonly<Record<string, string>>,
): string[] {
  return model.nodes.map(node => {
    const key = featureKey(node);
    const given = key === undefined ? undefined : (annotations.get(key)?.label ?? own(labelsElsewhere, key));
    return given ?? (node.label?.trim() || fallbackName(node, model.tokens));
  });
}

export function annotationsByFeature(investigation: Investigation | null): Map<string, Annotation> {
  return new Map((investigation?.annotations ?? []).map(item => [`${item.layer}/${item.feature}`, item]));
}

function own(labels: Readonly<Record<string, string>>, key: string): string | undefined {
  return Object.hasOwn(labels, key) ? labels[key] : undefined;
}

function fallbackName(node: GraphNode, tokens: readonly string[]): string {
  if (node.kind === 'logit') return tokenName(node.text ?? `token ${node.token ?? '?'}`);
  if (node.kind === 'token') return tokenName(tokens[node.position]);
  if (isErrorKind(node.kind)) return node.kind === 'error' ? 'error' : node.kind;
  if (node.feature !== undefined) return `${node.kind === 'feature' ? '' : `${node.kind} `}#${node.feature}`;
  return node.kind;
}

/** A token as a person reads it: without its leading space; blanks and line breaks made visible. */
export function tokenName(text: string): string {
  const shown = text.replaceAll('\n', '⏎').replaceAll('\t', '⇥').replaceAll('\r', '␍');
  return shown.trim() === '' ? shown.replaceAll(' ', '␣') || '∅' : shown.trim();
}

/** The layer as rows are labelled: "E", "L3", "logits". */
export function layerName(node: Pick<GraphNode, 'kind' | 'layer'>): string {
  if (node.kind === 'logit') return 'logits';
  return node.layer < 0 ? 'E' : `L${node.layer}`;
}

/** Where a node is: "L3 · Dallas". */
export function placeName(model: GraphModel, node: number): string {
  const { nodes, tokens } = model;
  return `${layerName(nodes[node])} · ${tokenName(tokens[nodes[node].position])}`;
}
