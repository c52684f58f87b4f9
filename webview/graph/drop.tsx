import { useSignal } from '@preact/signals';
import { useEffect } from 'preact/hooks';
import { t } from './texts.ts';
import { ask, type Store } from './store.ts';
import { usePanel } from './panel.ts';

/** Larger files do not pass through the page. */
const MOST_BYTES = 256 * 2 ** 20;

/** Addresses of files, from the editor's explorer and tabs. */
const ADDRESSES = ['application/vnd.code.uri-list', 'text/uri-list'];

/** Files may be dropped on the page; while one is above it, it says so. */
export function DropTarget() {
  const { store } = usePanel();
  const isOver = useSignal(false);
  useEffect(() => {
    const over = (event: DragEvent): void => {
      if (event.dataTransfer === null || !holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      isOver.value = true;
    };
    const leave = ({ relatedTarget }: DragEvent): void => {
      if (relatedTarget === null) isOver.value = false;
    };
    const drop = (event: DragEvent): void => {
      isOver.value = false;
      if (event.dataTransfer === null || !holdsFiles(event.dataTransfer)) return;
      event.preventDefault();
      void take(store, event.dataTransfer);
    };
    window.addEventListener('dragover', over);
    window.addEventListener('dragleave', leave);
    window.addEventListener('drop', drop);
    return () => {
      window.removeEventListener('dragover', over);
      window.removeEventListener('dragleave', leave);
      window.removeEventListener('drop', drop);
    };
  }, []);
  return isOver.value ? <div class="drop-target">{t('Drop graph files to open them')}</div> : null;
}

function holdsFiles({ types }: DataTransfer): boolean {
  return types.includes('Files') || ADDRESSES.some(type => types.includes(type));
}

/** Reads all of the transfer at once: it is empty after the event. */
async function take(store: Store, data: DataTransfer): Promise<void> {
  const list = ADDRESSES.map(type => data.getData(type)).find(text => text !== '');
  const files = [...data.files];
  if (list !== undefined) await ask(store, { method: 'open-files', uris: list.split(/\r?\n/).filter(Boolean) });
  else for (const file of files) await takeFile(store, file);
}

async function takeFile(store: Store, file: File): Promise<void> {
  if (file.size > MOST_BYTES) {
    const message = t('{0} is too large to be dropped here.', file.name);
    const remedy = t('Open it with the command Open Graph File.');
    store.failure.value = { message, remedy, canRetry: false };
    return;
  }
  const content = new Uint8Array(await file.arrayBuffer());
  await ask(store, { method: 'open-content', name: file.name, content });
}
