import type { ReadonlySignal } from '@preact/signals';
import { explainLabel } from '../../src/features/labels/explain-label.ts';
import type { FeatureRecord } from '../../src/features/feature-record.ts';
import type { FeatureLabel } from '../../src/features/labels/feature-label.ts';
import type { FeatureCard } from '../card-protocol.ts';
import { tokenName } from '../model/names.ts';
import { Button } from '../ui/toolkit.ts';
import { AnnotationForm } from './annotation-form.tsx';
import { CardContext, useCard, type CardHost } from './card-context.ts';
import { Examples } from './examples.tsx';
import { Histogram } from './histogram.tsx';
import { Links, Logits } from './lists.tsx';
import { percent, Section } from './section.tsx';
import { TestText } from './test-text.tsx';
import { t } from './texts.ts';

export interface CardState {
  /** Undefined: the host has not said yet; null: no feature is selected. */
  readonly card: ReadonlySignal<FeatureCard | null | undefined>;
  /** Whether the graph is one of neurons, which have no card. */
  readonly ofNeurons: ReadonlySignal<boolean>;
  readonly focusLabel: ReadonlySignal<object | null>;
  readonly testAsked: ReadonlySignal<{ readonly text: string | null } | null>;
}

export function App({ host, state }: { readonly host: CardHost; readonly state: CardState }) {
  const card = state.card.value;
  if (card === undefined) return <span class="spinner" role="status" aria-label={t('Loading')} />;
  if (card === null) {
    return (
      <p class="caption">
        {state.ofNeurons.value
          ? t(
              'The nodes of this graph are the model’s own neurons, which have no card: what each reads and writes is listed beside the graph.',
            )
          : t('Select a feature in the graph or in the Features view.')}
      </p>
    );
  }
  return (
    <CardContext.Provider value={{ host, card }}>
      <main class="card">
        <Head />
        <Body />
        <Section title={t('Annotation')}>
          <AnnotationForm focusLabel={state.focusLabel.value} />
        </Section>
        <Section title={t('Test your own text')}>
          <TestText asked={state.testAsked.value} />
        </Section>
        <Links title={t('Strongest inputs')} links={card.inputs} />
        <Links title={t('Strongest outputs')} links={card.outputs} />
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
        {t('Layer {0}, feature {1}', card.layer, card.feature)}
        {density !== undefined && ` · ${t('fires on {0} of tokens', percent(density))}`}
      </p>
      {label !== undefined && <LabelScore label={label} name={card.name} />}
      {places.length > 0 && (
        <div class="places" role="group" aria-label={t('Where it fires in this prompt')}>
          {places.map(({ node, token, activation, position }) => (
            <button
              key={node}
              type="button"
              class="chip"
              title={t('Token {0}: show in the graph', position)}
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
function LabelScore({ label, name }: { readonly label: FeatureLabel; readonly name: string }) {
  const { detectionF1, fuzzing, sampleSize, agreesWithWeights } = label;
  const measured = detectionF1 !== null || fuzzing !== null;
  const tip = t(
    'Both are measured on texts on which the label was not fitted. Detection: F1 of telling texts on which the feature fires from others, half of them chosen to look alike; .5 is chance. Fuzzing: balanced accuracy of marking the tokens on which it fires.',
  );
  return (
    <p class="caption" title={tip}>
      {name === label.text
        ? t('Automatic label: {0}.', explainLabel(label))
        : t('Automatic label “{0}”: {1}.', label.text, explainLabel(label))}{' '}
      {measured
        ? t(
            'Detection {0}, fuzzing {1}, on {2} held-out texts.',
            detectionF1?.toFixed(2) ?? '–',
            fuzzing?.toFixed(2) ?? '–',
            sampleSize,
          )
        : t('It was not measured.')}{' '}
      {agreesWithWeights !== null && t(agreesWithWeights ? 'The weights agree.' : 'The weights say otherwise.')}
    </p>
  );
}

function Body() {
  const { card } = useCard();
  if (card.loading)
    return (
      <p class="caption" role="status">
        <span class="spinner" /> {t('Reading the feature index…')}
      </p>
    );
  const { data } = card;
  const record = data?.record ?? null;
  return (
    <>
      <Problem />
      {record === null ? <Missing /> : <Known record={record} />}
      <div class="logits">
        <Logits title={t('Raises')} words={data?.topLogits ?? []} fallback={record?.top_logits ?? []} />
        <Logits title={t('Lowers')} words={data?.bottomLogits ?? []} fallback={record?.bottom_logits ?? []} />
      </div>
    </>
  );
}

/** What went wrong when the engine was asked. */
function Problem() {
  const { card, host } = useCard();
  const problem = card.data?.problem;
  if (problem === undefined) return null;
  return (
    <section role="alert">
      <p>{problem}</p>
      <Button onClick={() => host.post({ type: 'retry' })}>{t('Retry')}</Button>
    </section>
  );
}

/** Why there are no examples. */
function Missing() {
  const { card, host } = useCard();
  if (card.data?.problem !== undefined) return null;
  if (card.isTrusted === false) {
    return (
      <>
        <p class="caption">
          {t('This workspace is not trusted, so no model is loaded: examples and logits are not known.')}
        </p>
        <Button onClick={() => host.post({ type: 'run', command: 'circuit.manageTrust' })}>
          {t('Manage Workspace Trust')}
        </Button>
      </>
    );
  }
  return (
    <p class="caption">
      {t(
        card.hasModel
          ? 'The index holds nothing of this feature.'
          : 'The model’s files are not here: examples and logits are not known.',
      )}
    </p>
  );
}

function Known({ record }: { readonly record: FeatureRecord }) {
  const { card } = useCard();
  return (
    <>
      <Section title={t('Activations')}>
        <Histogram record={record} places={card.places} />
      </Section>
      <Section title={t('Examples')}>
        <Examples record={record} />
      </Section>
    </>
  );
}
