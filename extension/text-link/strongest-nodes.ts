import type { Annotation } from '../../src/graph/investigation/types.ts';
import { isFeatureKind } from '../../src/graph/node-kinds.ts';
import type { AttributionGraph, GraphNode } from '../../src/graph/types.ts';

/** A feature of one token's column, in words. */
export interface ColumnFeature {
  readonly name: string;
  readonly layer: number;
  readonly feature: number | undefined;
  readonly activation: number | undefined;
}

/** The features of a position through which most influence passes, strongest first. */
export function strongestNodes(
  { nodes }: Pick<AttributionGraph, 'nodes'>,
  annotations: readonly Annotation[],
  position: number,
  count = 5,
): ColumnFeature[] {
  return nodes
    .filter(node => node.position === position && isFeatureKind(node.kind))
    .sort((a, b) => share(a) - share(b))
    .slice(0, count)
    .map(node => ({
      name: nameOf(node, annotations),
      layer: node.layer,
      feature: node.feature,
      activation: node.activation,
    }));
}

/** The share that a node and all stronger ones hold: the stronger, the smaller. */
function share({ influence }: GraphNode): number {
  return influence ?? Infinity;
}

/** What a person called the feature, else its automatic label, else its number. */
function nameOf({ layer, feature, label, id }: GraphNode, annotations: readonly Annotation[]): string {
  const own = annotations.find(annotation => annotation.layer === layer && annotation.feature === feature);
  return (
    own?.label ?? (label !== undefined && label !== '' ? label : feature === undefined ? id : `${layer}/${feature}`)
  );
}
