import type { FeatureCardData } from '../../src/engine/protocol.ts';
import { featureKey } from '../../src/graph/investigation/order.ts';
import { nodeName, nameSource, type NameSource } from '../../src/graph/naming.ts';
import { strongestLinks } from '../../src/graph/strongest-links.ts';
import type { NodeId } from '../../src/graph/types.ts';
import type { AnnotationElsewhere, CardLink, CardPlace, FeatureCard } from '../../webview/card-protocol.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import type { Session } from '../investigation/session.ts';

/** Links shown on each side. */
const MOST_LINKS = 12;

export interface CardSource {
  readonly session: Pick<Session, 'graph' | 'investigation' | 'selected' | 'readOnly' | 'hasModel'> & {
    readonly isTrusted?: boolean;
  };
  readonly labelsElsewhere: Readonly<Record<string, string>>;
  readonly elsewhere: readonly AnnotationElsewhere[];
  readonly data: FeatureCardData | null;
  readonly loading: boolean;
  readonly canImproveLabel: boolean;
}

/** The feature that a card is about: that of the node that was selected last. */
export function selectedFeature({
  graph,
  selected,
}: Pick<Session, 'graph' | 'selected'>): { layer: number; feature: number } | undefined {
  const byId = new Map(graph.nodes.map(node => [node.id, node]));
  const node = selected.map(id => byId.get(id)).findLast(found => found !== undefined && isFeature(found));
  return node !== undefined && isFeature(node) ? { layer: node.layer, feature: node.feature } : undefined;
}

/** Everything that is known of a feature of the active graph, whole. */
export function featureCard(source: CardSource, layer: number, feature: number): FeatureCard {
  const { session, labelsElsewhere, elsewhere, data, loading, canImproveLabel } = source;
  const { graph, investigation, selected, readOnly, hasModel, isTrusted = true } = session;
  const names = nameSource(graph, investigation?.annotations ?? [], labelsElsewhere);
  const chosen = new Set<NodeId>(selected);
  const places = [...graph.nodes.entries()]
    .filter(([, node]) => isFeature(node) && node.layer === layer && node.feature === feature)
    .sort(
      ([, a], [, b]) =>
        Number(chosen.has(b.id)) - Number(chosen.has(a.id)) || (b.activation ?? 0) - (a.activation ?? 0),
    );
  const selectedPlaces = places.filter(([, { id }]) => chosen.has(id));
  const of = (selectedPlaces.length > 0 ? selectedPlaces : places).map(([number]) => number);
  const links = (side: 'inputs' | 'outputs'): CardLink[] =>
    strongestLinks(graph, of, side, MOST_LINKS).map(({ other, weight, share }) => ({
      node: graph.nodes[other].id,
      name: nodeName(graph.nodes[other], names),
      token: tokenOf(graph.nodes[other].position, names),
      weight,
      share,
    }));
  const known = places.at(0)?.[1] ?? { id: '', kind: 'feature', layer, feature, position: 0 };
  return {
    layer,
    feature,
    name: nodeName(known, names),
    places: places.map(([, node]): CardPlace => ({
      node: node.id,
      position: node.position,
      token: tokenOf(node.position, names),
      activation: node.activation ?? null,
      influence: node.influence ?? null,
    })),
    data,
    loading,
    annotation: names.annotations.get(featureKey({ layer, feature })) ?? null,
    elsewhere,
    inputs: links('inputs'),
    outputs: links('outputs'),
    readOnly,
    hasModel,
    isTrusted,
    canImproveLabel,
  };
}

function tokenOf(position: number, { tokens }: NameSource): string {
  return tokens[position] ?? '';
}
