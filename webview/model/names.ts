import { layerName, nodeName, tokenName } from '../../src/graph/naming.ts';
import type { Annotation, Investigation } from '../../src/graph/investigation/types.ts';
import type { GraphModel } from './graph-model.ts';

export { layerName, tokenName };

/** [N]; what each node is called (`nodeName`). */
export function nodeNames(
  { nodes, tokens }: GraphModel,
  annotations: ReadonlyMap<string, Annotation>,
  labelsElsewhere: Readonly<Record<string, string>>,
): string[] {
  return nodes.map(node => nodeName(node, { tokens, annotations, labelsElsewhere }));
}

/** By "layer/feature". */
export function annotationsByFeature(investigation: Investigation | null): Map<string, Annotation> {
  return new Map((investigation?.annotations ?? []).map(item => [`${item.layer}/${item.feature}`, item]));
}

/** Where a node is: "L3 · Dallas". */
export function placeName({ nodes, tokens }: GraphModel, node: number): string {
  return `${layerName(nodes[node])} · ${tokenName(tokens[nodes[node].position])}`;
}
