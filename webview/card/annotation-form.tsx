import { useEffect, useRef } from 'preact/hooks';
import { ANNOTATION_COLOURS, VERDICTS } from '../../src/graph/investigation/types.ts';
import { annotationText, asList, takenOver } from '../model/card-model.ts';
import { Button, fieldValue, TextArea, TextField } from '../ui/toolkit.ts';
import { useCard } from './card-context.ts';
import { t } from './texts.ts';

/** What a person says of the feature. A field is saved when it is left or Enter is pressed. */
export function AnnotationForm({ focusLabel }: { readonly focusLabel: object | null }) {
  const { host, card, annotate } = useCard();
  const label = useRef<HTMLElement>(null);
  useEffect(() => {
    if (focusLabel !== null) label.current?.focus();
  }, [focusLabel]);
  if (card.readOnly) return <p class="caption">{t('Start an investigation to annotate features.')}</p>;
  const { annotation } = card;
  const key = `${card.layer}/${card.feature}`;
  return (
    <form class="annotation" key={key} onSubmit={event => event.preventDefault()}>
      <label>
        <span>{t('Label')}</span>
        <TextField
          element={label}
          aria-label={t('Label')}
          placeholder={card.data?.record?.label?.text ?? card.name}
          value={annotation?.label ?? ''}
          onChange={event => annotate({ label: fieldValue(event).trim() || null })}
        />
      </label>
      {card.canImproveLabel && (
        <Button
          appearance="secondary"
          onClick={() => host.post({ type: 'run', command: 'circuit.feature.improveLabel' })}
        >
          {t('Suggest a label…')}
        </Button>
      )}
      <div class="choice" role="group" aria-label={t('Verdict')}>
        <span>{t('Verdict')}</span>
        {VERDICTS.map(verdict => (
          <button
            key={verdict}
            type="button"
            class="chip"
            aria-pressed={annotation?.verdict === verdict}
            onClick={() => annotate({ verdict: annotation?.verdict === verdict ? null : verdict })}
          >
            {t(verdict)}
          </button>
        ))}
      </div>
      <div class="choice" role="group" aria-label={t('Colour')}>
        <span>{t('Colour')}</span>
        {ANNOTATION_COLOURS.map(colour => (
          <button
            key={colour}
            type="button"
            class={`swatch ${colour}`}
            aria-label={t(colour)}
            title={t(colour)}
            aria-pressed={annotation?.colour === colour}
            onClick={() => annotate({ colour: annotation?.colour === colour ? null : colour })}
          />
        ))}
      </div>
      <label>
        <span>{t('Tags')}</span>
        <TextField
          aria-label={t('Tags, separated by commas')}
          placeholder={t('separated by commas')}
          value={annotation?.tags?.join(', ') ?? ''}
          onChange={event => annotate({ tags: asList(fieldValue(event), /,/).sort() })}
        />
      </label>
      <label>
        <span>{t('Note')}</span>
        <TextArea
          aria-label={t('Note')}
          rows={2}
          value={annotation?.note ?? ''}
          onChange={event => annotate({ note: fieldValue(event).trim() || null })}
        />
      </label>
      <label>
        <span>{t('Evidence')}</span>
        <TextArea
          aria-label={t('Evidence, one item a line')}
          placeholder={t('one item a line')}
          rows={2}
          value={annotation?.evidence?.join('\n') ?? ''}
          onChange={event => annotate({ evidence: asList(fieldValue(event), /\n/) })}
        />
      </label>
      <Elsewhere />
    </form>
  );
}

/** What other investigations of the workspace say of the feature, as far as it is not said here: offered. */
function Elsewhere() {
  const { card, annotate } = useCard();
  return (
    <>
      {card.elsewhere.map(({ file, annotation: theirs }) => {
        const change = takenOver(card.annotation, theirs);
        if (Object.keys(change).length === 0) return null;
        return (
          <div key={file} class="elsewhere">
            <span>
              {annotationText(theirs)} <span class="caption">{t('in {0}', file)}</span>
            </span>
            <Button appearance="secondary" onClick={() => annotate(change)}>
              {t('Take over')}
            </Button>
          </div>
        );
      })}
    </>
  );
}
