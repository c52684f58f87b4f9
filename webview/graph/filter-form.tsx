import { useEffect } from 'preact/hooks';
import { kindGroup, NO_FILTER, type KindGroup } from '../model/filter.ts';
import type { LayoutMode } from '../model/layout.ts';
import { tokenName } from '../model/names.ts';
import { t, type GraphText } from './texts.ts';
import { Checkbox, fieldChecked } from '../ui/toolkit.ts';
import { share } from './node-words.ts';
import { usePanel } from './panel.ts';
import { ask } from './store.ts';

const KINDS: readonly (readonly [KindGroup, GraphText])[] = [
  ['feature', 'Features'],
  ['error', 'Errors'],
  ['token', 'Token embeddings'],
  ['logit', 'Outputs'],
  ['other', 'Biases and other kinds'],
];

const MODES: readonly (readonly [LayoutMode, GraphText])[] = [
  ['fitted', 'names that fit'],
  ['labels', 'all names'],
  ['dots', 'marks'],
];

/** Densities go by powers of ten: the slider's steps are hundredths of one, from 1e-5 to 1. */
const LEAST_DENSITY = -5;

export function FilterForm() {
  const { store } = usePanel();
  const { filter, model } = store;
  // Densities are in the index, which is read for those who want it.
  useEffect(() => void ask(store, { method: 'facts' }), []);
  if (model.value === null) return null;
  const { layers, positions, hiddenKinds, mostDense } = filter.value;
  const present = new Set(model.value.nodes.map(({ kind }) => kindGroup(kind)));
  const used = [
    ...new Set(model.value.nodes.filter(({ kind, layer }) => kind !== 'logit' && layer >= 0).map(({ layer }) => layer)),
  ];
  const densities = Object.values(store.facts.value).some(({ density }) => density !== undefined);
  const toggle = <T,>(list: readonly T[], item: T): T[] =>
    list.includes(item) ? list.filter(one => one !== item) : [...list, item];
  return (
    <form class="filter" onSubmit={event => event.preventDefault()}>
      <fieldset>
        <legend>{t('Kinds')}</legend>
        {KINDS.filter(([kind]) => present.has(kind)).map(([kind, name]) => (
          <Checkbox
            key={kind}
            checked={!hiddenKinds.includes(kind)}
            onChange={event => {
              const others = hiddenKinds.filter(one => one !== kind);
              filter.value = { ...filter.value, hiddenKinds: fieldChecked(event) ? others : [...others, kind] };
            }}
          >
            {t(name)}
          </Checkbox>
        ))}
      </fieldset>
      <fieldset>
        <legend>
          {t('Layers')} {layers.length === 0 && <span class="caption">{t('all')}</span>}
        </legend>
        <div class="choices">
          {used
            .sort((a, b) => a - b)
            .map(layer => (
              <button
                key={layer}
                type="button"
                class="chip"
                aria-pressed={layers.includes(layer)}
                onClick={() => (filter.value = { ...filter.value, layers: toggle(layers, layer) })}
              >
                L{layer}
              </button>
            ))}
        </div>
      </fieldset>
      <fieldset>
        <legend>
          {t('Tokens')} {positions.length === 0 && <span class="caption">{t('all')}</span>}
        </legend>
        <div class="choices">
          {model.value.tokens.map((token, position) => (
            <button
              key={position}
              type="button"
              class="chip"
              aria-pressed={positions.includes(position)}
              onClick={() => (filter.value = { ...filter.value, positions: toggle(positions, position) })}
            >
              {tokenName(token)}
            </button>
          ))}
        </div>
      </fieldset>
      {densities && (
        <fieldset>
          <legend>{t('Density')}</legend>
          <label class="slider">
            <span>{t('Fires on at most')}</span>
            <input
              type="range"
              min={String(LEAST_DENSITY)}
              max="0"
              step="0.1"
              value={String(mostDense === null ? 0 : Math.log10(mostDense))}
              aria-label={t('Largest share of tokens on which a feature fires')}
              onInput={event => {
                const exponent = Number(event.currentTarget.value);
                filter.value = { ...filter.value, mostDense: exponent >= 0 ? null : 10 ** exponent };
              }}
            />
            <output>{mostDense === null ? t('any') : share(mostDense, mostDense < 0.01 ? 3 : 1)}</output>
          </label>
        </fieldset>
      )}
      <fieldset>
        <legend>{t('Draw')}</legend>
        <div class="choices">
          {MODES.map(([mode, name]) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={store.mode.value === mode}
              onClick={() => (store.mode.value = mode)}
            >
              {t(name)}
            </button>
          ))}
        </div>
      </fieldset>
      <button type="button" class="tool" onClick={() => (filter.value = NO_FILTER)}>
        {t('Clear filters')}
      </button>
    </form>
  );
}
