import { writeSvg } from '../model/svg-writer.ts';
import type { Palette } from '../model/palette.ts';
import type { Commands } from './panel.ts';
import { ask, type Store } from './store.ts';

/** The drawing as it is now, sent to the host, which asks where to put it. */
export async function exportSvg(store: Store, { canvas }: Commands, palette: Palette): Promise<void> {
  if (canvas === null) return;
  const layout = store.view.value === 'graph' ? store.layout.value : null;
  const svg = writeSvg(
    {
      nodes: canvas.scene(),
      links: canvas.links(),
      rows: layout?.rows ?? [],
      columns: layout?.columns ?? [],
      tokens: store.model.value?.tokens ?? [],
      names: layout === null ? [] : store.names.value,
      title: store.snapshot.value?.title ?? '',
    },
    palette,
  );
  await ask(store, { method: 'save-image', kind: 'svg', content: svg });
}

export async function exportPng(store: Store, { canvas }: Commands): Promise<void> {
  const image = await canvas?.image();
  if (image === undefined) return;
  await ask(store, { method: 'save-image', kind: 'png', content: new Uint8Array(await image.arrayBuffer()) });
}
