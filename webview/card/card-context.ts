import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { CardMessage, CardReplies, CardRequest, FeatureCard } from '../card-protocol.ts';
import type { Host } from '../host.ts';
import type { AnnotationChange } from '../../src/graph/investigation/types.ts';

export type CardHost = Host<CardMessage, CardRequest, CardReplies>;

interface CardContextValue {
  readonly host: CardHost;
  readonly card: FeatureCard;
}

export const CardContext = createContext<CardContextValue | null>(null);

export function useCard(): CardContextValue & { readonly annotate: (change: AnnotationChange) => void } {
  const value = useContext(CardContext);
  if (value === null) throw new Error('a part of the card stands outside of it');
  const { layer, feature } = value.card;
  return {
    ...value,
    annotate: change => value.host.post({ type: 'edit', edit: { kind: 'annotate', layer, feature, change } }),
  };
}
