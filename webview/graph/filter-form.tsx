import { kindGroup, NO_FILTER, type KindGroup } from '../model/filter.ts';
import { tokenName } from '../model/names.ts';
import { Checkbox, fieldChecked } from '../ui/toolkit.ts';
import { share } from './node-words.ts';
import { usePanel } from './panel.ts';

const KINDS: readonly (readonly [KindGroup, string])[] = [
  ['feature', 'Features'],
  ['error', 'Errors'],
  ['token', 'Token embeddings'],
  ['logit', 'Outputs'],
  ['other', 'Biases and other kinds'],
];

/** Densities go by powers of ten: the slider's steps are hundredths of one, from 1e-5 to 1. */
const LEAST_DENSITY = -5;

export function FilterForm() {
  const { store } = usePanel();
  const { filter, model } = store;
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
        <legend>Kinds</legend>
        {KINDS.filter(([kind]) => present.has(kind)).map(([kind, name]) => (
          <Checkbox
            key={kind}
            checked={!hiddenKinds.includes(kind)}
            onChange={event => {
              const others = hiddenKinds.filter(one => one !== kind);
              filter.value = { ...filter.value, hiddenKinds: fieldChecked(event) ? others : [...others, kind] };
            }}
          >
            {name}
          </Checkbox>
        ))}
      </fieldset>
      <fieldset>
        <legend>Layers {layers.length === 0 && <span class="caption">all</span>}</legend>
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
        <legend>Tokens {positions.length === 0 && <span class="caption">all</span>}</legend>
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
          <legend>Density</legend>
          <label class="slider">
            <span>Fires on at most</span>
            <input
              type="range"
              min={String(LEAST_DENSITY)}
              max="0"
              step="0.1"
              value={String(mostDense === null ? 0 : Math.log10(mostDense))}
              aria-label="Largest share of tokens on which a feature fires"
              onInput={event => {
                const exponent = Number(event.currentTarget.value);
                filter.value = { ...filter.value, mostDense: exponent >= 0 ? null : 10 ** exponent };
              }}
            />
            <output>{mostDense === null ? 'any' : share(mostDense, mostDense < 0.01 ? 3 : 1)}</output>
          </label>
        </fieldset>
      )}
      <fieldset>
        <legend>Draw</legend>
        <div class="choices">
          {(
            [
              [null, 'by size'],
              ['labels', 'names'],
              ['dots', 'dots'],
            ] as const
          ).map(([mode, name]) => (
            <button
              key={name}
              type="button"
              class="chip"
              aria-pressed={store.modeWish.value === mode}
              onClick={() => (store.modeWish.value = mode)}
            >
              {name}
            </button>
          ))}
        </div>
      </fieldset>
      <button type="button" class="tool" onClick={() => (filter.value = NO_FILTER)}>
        Clear filters
      </button>
    </form>
  );
}
