import { useEffect, useRef } from 'preact/hooks';
import { isFiltering } from '../model/filter.ts';
import { t } from './texts.ts';
import { fieldValue, TextField } from '../ui/toolkit.ts';
import { FilterForm } from './filter-form.tsx';
import { Help } from './help.tsx';
import { Icon } from './icons.tsx';
import { Opener } from './opener.tsx';
import { usePanel } from './panel.ts';
import { Suggestions } from './suggestions.tsx';

export function Toolbar() {
  const { store } = usePanel();
  const pinned = store.pinned.value.size;
  const filtering = isFiltering(store.filter.value);
  return (
    <div class="toolbar" role="toolbar" aria-label={t('Graph tools')}>
      <div class="switch" role="group" aria-label={t('View')}>
        <Toggle name={t('Graph')} on={store.view.value === 'graph'} press={() => (store.view.value = 'graph')} />
        <Toggle
          name={pinned > 0 ? t('Subgraph ({0})', pinned) : t('Subgraph')}
          on={store.view.value === 'subgraph'}
          press={() => (store.view.value = 'subgraph')}
        />
      </div>
      <Search />
      {store.view.value === 'graph' ? <Thresholds /> : <SubgraphTools />}
      <div class="right">
        <Opener
          popover="filter"
          label={t(filtering ? 'Filter: some nodes are left away' : 'Filter')}
          face={<Icon name="filter" />}
          marked={filtering}
        >
          <FilterForm />
        </Opener>
        <button
          type="button"
          class="tool"
          aria-pressed={store.listsOpen.value}
          aria-label={t('Lists')}
          title={t('Lists')}
          onClick={() => (store.listsOpen.value = !store.listsOpen.value)}
        >
          <Icon name="lists" />
        </button>
        <Opener popover="help" label={t('Legend and keys')} face={<Icon name="help" />}>
          <Help />
        </Opener>
      </div>
    </div>
  );
}

function Toggle({ name, on, press }: { readonly name: string; readonly on: boolean; readonly press: () => void }) {
  return (
    <button type="button" class="tool" aria-pressed={on} onClick={press}>
      {name}
    </button>
  );
}

function Search() {
  const { store, commands } = usePanel();
  const field = useRef<HTMLElement>(null);
  useEffect(() => {
    commands.search = () => field.current?.focus();
    // The toolkit gives its field a name of its own, in English, when it is connected.
    field.current?.setAttribute('aria-label', t('Search labels, tokens and feature numbers'));
  }, []);
  const found = store.found.value;
  const step = (by: number): void => {
    if (found.length === 0) return;
    const at = found.indexOf(store.focused.value ?? -1);
    store.select([found[(at + by + found.length) % found.length]]);
  };
  return (
    <div class="search" role="search">
      <TextField
        element={field}
        aria-label={t('Search labels, tokens and feature numbers')}
        placeholder={t('Search labels, tokens, #ids')}
        value={store.query.value}
        onInput={event => (store.query.value = fieldValue(event))}
        onKeyDown={event => {
          if (event.key === 'Enter') step(event.shiftKey ? -1 : 1);
          if (event.key === 'Escape') {
            store.query.value = '';
            commands.canvas?.focus();
          }
        }}
      />
      {store.query.value.trim() !== '' && (
        <span class="caption" role="status" data-test="found">
          {found.length === 0 ? t('nothing') : t('{0} found', found.length)}
        </span>
      )}
    </div>
  );
}

function Thresholds() {
  const { store } = usePanel();
  const { nodeThreshold, edgeThreshold } = store.thresholds.value;
  if (store.model.value?.cyclic === true) return null;
  return (
    <div class="thresholds">
      <Slider
        name={t('Nodes')}
        label={t('Nodes threshold')}
        tip={t('Node threshold: the strongest nodes that together hold this share of all influence')}
        value={nodeThreshold}
        set={value => store.setThresholds({ nodeThreshold: value, edgeThreshold })}
      />
      <Slider
        name={t('Edges')}
        label={t('Edges threshold')}
        tip={t('Edge threshold: among these nodes the strongest edges that together hold this share')}
        value={edgeThreshold}
        set={value => store.setThresholds({ nodeThreshold, edgeThreshold: value })}
      />
    </div>
  );
}

function Slider({
  name,
  label,
  tip,
  value,
  set,
}: {
  readonly name: string;
  readonly label: string;
  readonly tip: string;
  readonly value: number;
  readonly set: (value: number) => void;
}) {
  return (
    <label class="slider" title={tip}>
      <span>{name}</span>
      <input
        type="range"
        min="0"
        max="1"
        step="0.01"
        value={String(value)}
        aria-label={label}
        onInput={event => set(Number(event.currentTarget.value))}
      />
      <output>{value.toFixed(2)}</output>
    </label>
  );
}

function SubgraphTools() {
  const { store, commands } = usePanel();
  const { supernodes, open } = store;
  const allOpen = supernodes.value.length > 0 && supernodes.value.every(({ id }) => open.value.has(id));
  return (
    <div class="thresholds">
      <button type="button" class="tool" title={t('Place the boxes anew')} onClick={() => commands.canvas?.arrange()}>
        {t('Arrange')}
      </button>
      {supernodes.value.length > 0 && (
        <button
          type="button"
          class="tool"
          onClick={() => (open.value = allOpen ? new Set() : new Set(supernodes.value.map(({ id }) => id)))}
        >
          {t(allOpen ? 'Close groups' : 'Open groups')}
        </button>
      )}
      {!store.readOnly.value && (
        <Opener popover="suggestions" label={t('Suggest groups')}>
          <Suggestions />
        </Opener>
      )}
    </div>
  );
}
