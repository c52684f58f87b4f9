import { useEffect, useRef } from 'preact/hooks';
import { fieldValue, TextField } from '../ui/toolkit.ts';
import { isFiltering } from '../model/filter.ts';
import { usePanel, type Popover } from './panel.ts';
import { FilterForm } from './filter-form.tsx';
import { Keys, Legend } from './help.tsx';
import { Suggestions } from './suggestions.tsx';

export function Toolbar() {
  const { store, commands } = usePanel();
  return (
    <div class="toolbar" role="toolbar" aria-label="Graph tools">
      <div class="switch" role="group" aria-label="View">
        <Toggle name="Graph" on={store.view.value === 'graph'} press={() => (store.view.value = 'graph')} />
        <Toggle
          name={`Subgraph${store.pinned.value.size > 0 ? ` (${store.pinned.value.size})` : ''}`}
          on={store.view.value === 'subgraph'}
          press={() => (store.view.value = 'subgraph')}
        />
      </div>
      <Search />
      {store.view.value === 'graph' ? <Thresholds /> : <SubgraphTools />}
      <span class="spring" />
      <Opener name="Filter" popover="filter" marked={isFiltering(store.filter.value)} />
      <button type="button" class="tool" title="Show all (F)" onClick={() => commands.canvas?.fit()}>
        Fit
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Zoom out"
        title="Zoom out (−)"
        onClick={() => commands.canvas?.zoom(0.8)}
      >
        −
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Zoom in"
        title="Zoom in (+)"
        onClick={() => commands.canvas?.zoom(1.25)}
      >
        +
      </button>
      <button
        type="button"
        class="tool"
        aria-label="Full screen"
        title="Full screen"
        onClick={() => store.host.post({ type: 'run', command: 'circuit.graph.fullScreen' })}
      >
        <svg class="icon" viewBox="0 0 16 16" aria-hidden="true">
          <path d="M2 6V2h4M10 2h4v4M14 10v4h-4M6 14H2v-4" />
        </svg>
      </button>
      <Toggle name="Lists" on={store.listsOpen.value} press={() => (store.listsOpen.value = !store.listsOpen.value)} />
      <Opener name="Legend" popover="legend" />
      <Opener name="?" popover="keys" label="Keys" />
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

const CONTENTS: Readonly<Record<Popover, () => preact.JSX.Element | null>> = {
  filter: FilterForm,
  suggestions: Suggestions,
  legend: Legend,
  keys: Keys,
};

/** A button that opens a small window under it. */
export function Opener({
  name,
  popover,
  label,
  marked = false,
}: {
  readonly name: string;
  readonly popover: Popover;
  readonly label?: string;
  readonly marked?: boolean;
}) {
  const panel = usePanel();
  const box = useRef<HTMLDivElement>(null);
  const isOpen = panel.popover.value === popover;
  const Content = CONTENTS[popover];
  useEffect(() => {
    if (!isOpen) return;
    const close = (event: Event): void => {
      if (event.target instanceof Node && box.current?.contains(event.target) === true) return;
      panel.popover.value = null;
    };
    document.addEventListener('pointerdown', close, true);
    return () => document.removeEventListener('pointerdown', close, true);
  }, [isOpen]);
  return (
    <div class="opener" ref={box}>
      <button
        type="button"
        class={`tool ${marked ? 'marked' : ''}`}
        aria-expanded={isOpen}
        {...(label === undefined ? {} : { 'aria-label': label, title: label })}
        onClick={() => (panel.popover.value = isOpen ? null : popover)}
      >
        {name}
      </button>
      {isOpen && (
        <div
          class="popover"
          role="dialog"
          aria-label={label ?? name}
          onKeyDown={event => {
            if (event.key !== 'Escape') return;
            panel.popover.value = null;
            box.current?.querySelector('button')?.focus();
          }}
        >
          <Content />
        </div>
      )}
    </div>
  );
}

function Search() {
  const { store, commands } = usePanel();
  const field = useRef<HTMLElement>(null);
  useEffect(() => {
    commands.search = () => field.current?.focus();
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
        aria-label="Search labels, tokens and feature numbers"
        placeholder="Search labels, tokens, #ids"
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
          {found.length === 0 ? 'nothing' : `${found.length} found`}
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
        name="Nodes"
        tip="Node threshold: the strongest nodes that together hold this share of all influence"
        value={nodeThreshold}
        set={value => store.setThresholds({ nodeThreshold: value, edgeThreshold })}
      />
      <Slider
        name="Edges"
        tip="Edge threshold: among these nodes the strongest edges that together hold this share"
        value={edgeThreshold}
        set={value => store.setThresholds({ nodeThreshold, edgeThreshold: value })}
      />
    </div>
  );
}

function Slider({
  name,
  tip,
  value,
  set,
}: {
  readonly name: string;
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
        aria-label={`${name} threshold`}
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
      <button type="button" class="tool" title="Place the boxes anew" onClick={() => commands.canvas?.arrange()}>
        Arrange
      </button>
      {supernodes.value.length > 0 && (
        <button
          type="button"
          class="tool"
          onClick={() => (open.value = allOpen ? new Set() : new Set(supernodes.value.map(({ id }) => id)))}
        >
          {allOpen ? 'Close groups' : 'Open groups'}
        </button>
      )}
      {!store.readOnly.value && <Opener name="Suggest groups" popover="suggestions" />}
    </div>
  );
}
