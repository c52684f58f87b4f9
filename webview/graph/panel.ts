import type { ReadonlySignal, Signal } from '@preact/signals';
import { createContext } from 'preact';
import { useContext } from 'preact/hooks';
import type { Palette } from '../model/palette.ts';
import type { SceneLink, SceneNode } from '../model/scene.ts';
import type { Store } from './store.ts';

/** What the drawing does on request. */
export interface CanvasCommands {
  readonly fit: () => void;
  readonly zoom: (factor: number) => void;
  readonly reveal: (node: number) => void;
  readonly focus: () => void;
  /** Places the boxes of the subgraph anew. */
  readonly arrange: () => void;
  /** Opens the field for the name of the focused node's group, else asks the host to rename the feature. */
  readonly rename: () => void;
  readonly scene: () => readonly SceneNode[];
  readonly links: () => readonly SceneLink[];
  readonly image: () => Promise<Blob>;
}

export type Popover = 'filter' | 'suggestions' | 'help';

export interface Commands {
  canvas: CanvasCommands | null;
  search: () => void;
  /** Opens the suggestions of groups. */
  readonly suggest: () => void;
  /** Opens legend and keys. */
  readonly help: () => void;
  readonly exportSvg: () => Promise<void>;
  readonly exportPng: () => Promise<void>;
}

export interface Panel {
  readonly store: Store;
  readonly palette: ReadonlySignal<Palette>;
  readonly commands: Commands;
  /** The small window that is open. */
  readonly popover: Signal<Popover | null>;
}

export const PanelContext = createContext<Panel | null>(null);

export function usePanel(): Panel {
  const panel = useContext(PanelContext);
  if (panel === null) throw new Error('a part of the panel stands outside of it');
  return panel;
}
