import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { FeatureLabel } from '../../src/features/labels/feature-label.ts';
import type { CardLink, FeatureCard } from '../card-protocol.ts';
import type { LikelyTokenWeight } from '../../src/engine/protocol.ts';
import { tokenName } from '../model/names.ts';
import { AnnotationForm } from './annotation-form.tsx';
import { CardContext, useCard, type CardHost } from './card-context.ts';
import { Examples } from './examples.tsx';
import { Histogram } from './histogram.tsx';
import { TestText } from './test-text.tsx';

export interface CardState {
  /** Undefined: the host has not said yet; null: no feature is selected. */
  readonly card: ReadonlySignal<FeatureCard | null | undefined>;
  readonly focusLabel: ReadonlySignal<object | null>;
  readonly testAsked: ReadonlySignal<{ readonly text: string | null } | null>;
}

export function App({ host, state }: { readonly host: CardHost; readonly state: CardState }) {
  const card = state.card.value;
  if (card === undefined) return <span class="spinner" role="status" aria-label="Loading" />;
  if (card === null) return <p class="caption">Select a feature in the graph or in the Features view.</p>;
  return (
    <CardContext.Provider value={{ host, card }}>
      <main class="card">
        <Head />
        <Body />
        <Section title="Annotation">
          <AnnotationForm focusLabel={state.focusLabel.value} />
        </Section>
        <Section title="Test your own text">
          <TestText asked={state.testAsked.value} />
        </Section>
        <Links title="Strongest inputs" links={card.inputs} />
        <Links title="Strongest outputs" links={card.outputs} />
      </main>
    </CardContext.Provider>
  );
}

function Head() {
  const { card, host } = useCard();
  const { data, places } = card;
  const label = data?.record?.label;
  const density = data?.record?.activation_frequency;
  return (
    <header>
      <h1>{card.name}</h1>
      <p class="caption">
        Layer {card.layer}, feature {card.feature}
        {density !== undefined && ` · fires on ${percent(density)} of tokens`}
      </p>
      {label !== undefined && <LabelScore label={label} />}
      {places.length > 0 && (
        <div class="places" role="group" aria-label="Where it fires in this prompt">
          {places.map(({ node, token, activation, position }) => (
            <button
              key={node}
              type="button"
              class="chip"
              title={`Token ${position}: show in the graph`}
              onClick={() => host.post({ type: 'select', node })}
            >
              {tokenName(token)} <span class="number">{activation?.toPrecision(3)}</span>
            </button>
          ))}
        </div>
      )}
    </header>
  );
}

/** What the automatic label is worth, in words. */
function LabelScore({ label }: { readonly label: FeatureLabel }) {
  const { detectionF1, fuzzing, sampleSize, agreesWithWeights } = label;
  const measured = detectionF1 !== null || fuzzing !== null;
  const tip =
    'Both are measured on texts on which the label was not fitted. Detection: F1 of telling texts on which the feature fires from others, half of them chosen to look alike; .5 is chance. Fuzzing: balanced accuracy of marking the tokens on which it fires.';
  return (
    <p class="caption" title={tip}>
      Automatic label “{label.text}”:{' '}
      {measured
        ? `detection ${detectionF1?.toFixed(2) ?? '–'}, fuzzing ${fuzzing?.toFixed(2) ?? '–'}, on ${sampleSize} held-out texts`
        : 'not measured'}
      {agreesWithWeights !== null && (agreesWithWeights ? '; the weights agree' : '; the weights say otherwise')}
    </p>
  );
}

function Body() {
  const { card } = useCard();
  if (card.loading)
    return (
      <p class="caption" role="status">
        <span class="spinner" /> Reading the feature index…
      </p>
    );
  const record = card.data?.record ?? null;
  if (record === null) {
    const why = card.hasModel
      ? 'The index holds nothing of this feature.'
      : 'The model’s files are not here: examples and logits are not known.';
    return <p class="caption">{why}</p>;
  }
  return (
    <>
      <Section title="Activations">
        <Histogram record={record} places={card.places} />
      </Section>
      <Section title="Examples">
        <Examples record={record} />
      </Section>
      <div class="logits">
        <Logits title="Raises" words={card.data?.topLogits ?? []} fallback={record.top_logits ?? []} />
        <Logits title="Lowers" words={card.data?.bottomLogits ?? []} fallback={record.bottom_logits ?? []} />
      </div>
    </>
  );
}

function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Logits({
  title,
  words,
  fallback,
}: {
  readonly title: string;
  readonly words: readonly LikelyTokenWeight[];
  readonly fallback: readonly string[];
}) {
  const items = words.length > 0 ? words : fallback.map(text => ({ text, weight: null }));
  if (items.length === 0) return null;
  return (
    <section>
      <h2>{title}</h2>
      <ol class="plain">
        {items.slice(0, 10).map(({ text, weight }, i) => (
          <li key={i}>
            <span>{tokenName(text)}</span>
            {weight !== null && <span class="number">{weight.toFixed(2).replace('-', '−')}</span>}
          </li>
        ))}
      </ol>
    </section>
  );
}

function Links({ title, links }: { readonly title: string; readonly links: readonly CardLink[] }) {
  const { host } = useCard();
  if (links.length === 0) return null;
  return (
    <Section title={title}>
      <ol class="rows">
        {links.map(({ node, name, token, weight, share }) => (
          <li key={node}>
            <button type="button" class="row" onClick={() => host.post({ type: 'select', node })}>
              <span class={`sign ${weight < 0 ? 'negative' : 'positive'}`}>{weight < 0 ? '−' : '+'}</span>
              <span class="name">{name}</span>
              <span class="place">{tokenName(token)}</span>
              <span class="number">{percent(share)}</span>
            </button>
          </li>
        ))}
      </ol>
    </Section>
  );
}

function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value >= 9.95 ? 0 : value >= 0.095 ? 1 : 3)} %`;
}
