import { useSignal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { heatTokens, largestActivation } from '../model/card-model.ts';
import type { ActivationResult } from '../../src/engine/protocol.ts';
import { RefusedError } from '../host.ts';
import { Button, fieldValue, TextArea } from '../ui/toolkit.ts';
import { useCard } from './card-context.ts';
import { HeatedText } from './heated-text.tsx';
import { t } from './texts.ts';

/** The feature's activations on a text of one's own. `asked` changes when the field is to be focused. */
export function TestText({ asked }: { readonly asked: { readonly text: string | null } | null }) {
  const { host, card } = useCard();
  const text = useSignal('');
  const result = useSignal<ActivationResult | null>(null);
  const trouble = useSignal('');
  const running = useSignal(false);
  const field = useRef<HTMLElement>(null);
  useEffect(() => {
    if (asked === null) return;
    if (asked.text !== null) text.value = asked.text;
    field.current?.focus();
  }, [asked]);
  useEffect(() => {
    result.value = null;
    trouble.value = '';
  }, [card.layer, card.feature]);
  if (!card.hasModel) return <p class="caption">{t('The model’s files are not here, so no text can be tested.')}</p>;
  const test = async (): Promise<void> => {
    if (text.value.trim() === '' || running.value) return;
    running.value = true;
    trouble.value = '';
    const { layer, feature } = card;
    try {
      result.value = await host.request({ method: 'activations', layer, feature, text: text.value });
    } catch (error) {
      result.value = null;
      trouble.value = error instanceof RefusedError ? `${error.message} ${error.remedy}` : String(error);
    } finally {
      running.value = false;
    }
  };
  const activations = result.value?.activations ?? new Float32Array();
  const peak = activations.reduce((best, value, i) => (value > (activations[best] ?? 0) ? i : best), -1);
  const known = card.data?.record == null ? 0 : largestActivation(card.data.record);
  const most = Math.max(known, activations[peak] ?? 0);
  return (
    <div class="test-text">
      <TextArea
        element={field}
        aria-label={t('A text to test the feature on')}
        placeholder={t('Type a text; Ctrl+Enter tests it')}
        rows={2}
        value={text.value}
        onInput={event => (text.value = fieldValue(event))}
        onKeyDown={event => {
          if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) void test();
        }}
      />
      <Button disabled={running.value || text.value.trim() === ''} onClick={() => void test()}>
        {t(running.value ? 'Testing…' : 'Test')}
      </Button>
      {trouble.value !== '' && <p role="alert">{trouble.value}</p>}
      {result.value !== null && (
        <p class="result" role="status" data-test="result">
          <HeatedText
            tokens={heatTokens(
              result.value.tokens.map(token => token.text),
              activations,
              most,
              peak,
            )}
          />
          <span class="caption">
            {peak < 0
              ? t('It does not fire on this text.')
              : known > 0
                ? t(
                    'Strongest: {0}, {1} % of the largest seen.',
                    activations[peak].toPrecision(3),
                    Math.round((100 * activations[peak]) / known),
                  )
                : t('Strongest: {0}.', activations[peak].toPrecision(3))}
          </span>
        </p>
      )}
    </div>
  );
}
