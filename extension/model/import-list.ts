import * as vscode from 'vscode';
import type { KnownModels } from '../../src/import/known-models.ts';
import { publishedSetSize } from '../../src/engine/protocol.ts';
import { EngineError } from '../engine/engine-error.ts';
import type { Services } from '../services.ts';
import { setDetail, shownBytes } from './import-text.ts';

export type PublishedEntry = KnownModels['published'][number];

/** What a person chose to import: a published set, any id of the hub, a folder. */
export type ImportChoice = PublishedEntry | 'id' | 'folder';

interface SetItem extends vscode.QuickPickItem {
  readonly choice?: ImportChoice;
}

/** Questions to the hub at a time. */
const AT_ONCE = 4;

/** The list of what can be imported; sizes that nobody has written down come from the hub while it is open. */
export async function chooseImport(
  services: Services,
  published: readonly PublishedEntry[],
): Promise<ImportChoice | undefined> {
  const pick = vscode.window.createQuickPick<SetItem>();
  pick.title = vscode.l10n.t('Import Model');
  pick.placeholder = vscode.l10n.t('What is fetched from the Hugging Face hub into its cache on this machine');
  pick.matchOnDescription = true;
  pick.matchOnDetail = true;
  pick.keepScrollPosition = true;
  // Who looks a repository up in a browser finds the list again.
  pick.ignoreFocusOut = true;
  const sizes = new Map<string, number>();
  const show = (): void => {
    // Lines that are replaced under what a person types or chooses lose their mark.
    if (pick.value !== '') return;
    const active = pick.activeItems.at(0)?.label;
    const moved = active !== undefined && active !== pick.items.at(0)?.label;
    pick.items = itemsOf(published, sizes);
    if (moved) pick.activeItems = pick.items.filter(({ label }) => label === active);
  };
  show();
  pick.onDidChangeValue(show);
  const closed = new AbortController();
  const chosen = new Promise<ImportChoice | undefined>(resolve => {
    pick.onDidAccept(() => {
      // Nothing is selected while the lines are replaced: the one that was marked is meant, and without one the list stays.
      const choice = (pick.selectedItems.at(0) ?? pick.activeItems.at(0))?.choice;
      if (choice === undefined) return;
      resolve(choice);
      pick.hide();
    });
    pick.onDidHide(() => {
      closed.abort();
      pick.dispose();
      resolve(undefined);
    });
  });
  pick.show();
  pick.busy = true;
  void askSizes(services, published, closed.signal, (name, bytes) => {
    sizes.set(name, bytes);
    show();
  }).then(() => {
    if (!closed.signal.aborted) pick.busy = false;
  });
  return chosen;
}

function itemsOf(published: readonly PublishedEntry[], sizes: ReadonlyMap<string, number>): SetItem[] {
  const words = {
    size: (bytes: number) => vscode.l10n.t('dictionary {0}', shownBytes(bytes)),
    several: vscode.l10n.t('dictionaries of several widths'),
    gated: vscode.l10n.t('asks for an account and its terms'),
  };
  return [
    { label: `$(globe) ${vscode.l10n.t('Another model of the Hugging Face hub…')}`, choice: 'id' },
    { label: `$(folder-opened) ${vscode.l10n.t('A folder of this machine…')}`, choice: 'folder' },
    { label: vscode.l10n.t('Published with transcoders'), kind: vscode.QuickPickItemKind.Separator },
    ...published
      .filter(({ unsupported }) => unsupported === undefined)
      .map(set => ({
        label: set.title,
        description: set.here ? vscode.l10n.t('on this machine') : set.name,
        detail: setDetail(set, sizes.get(set.name), words),
        choice: set,
      })),
  ];
}

/** Tells each size when it has come. No more is asked of a hub that cannot be reached, nor for a list that was closed. */
async function askSizes(
  { engine, log }: Services,
  published: readonly PublishedEntry[],
  signal: AbortSignal,
  came: (name: string, bytes: number) => void,
): Promise<void> {
  const left = published.filter(
    set => set.unsupported === undefined && set.folders !== true && set.dictionaryBytes === undefined,
  );
  let isOver = false;
  const work = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined && !isOver; next = left.shift()) {
      try {
        const bytes = await engine.request(publishedSetSize, { name: next.name }, { signal });
        if (bytes !== null && !signal.aborted) came(next.name, bytes);
      } catch (error) {
        isOver ||= signal.aborted || (error instanceof EngineError && error.code === 'network');
        if (!signal.aborted) log.warn(`The size of ${next.dictionary} is not known: ${String(error)}`);
      }
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}
