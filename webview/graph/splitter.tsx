import { useEffect, useRef } from 'preact/hooks';
import { t } from './texts.ts';
import { usePanel } from './panel.ts';

const LEAST = 0.12;
const MOST = 0.8;

/** Between drawing and lists: dragging it or the arrow keys give the lists more or less room, a double click the usual. */
export function Splitter() {
  const { store } = usePanel();
  const bar = useRef<HTMLDivElement>(null);
  const share = store.listsShare.value;
  useEffect(() => {
    const work = bar.current?.parentElement;
    if (share === null) work?.style.removeProperty('--lists');
    else work?.style.setProperty('--lists', `${(100 * share).toFixed(2)}%`);
  }, [share]);
  const set = (wanted: number): void => {
    store.listsShare.value = Math.min(MOST, Math.max(LEAST, wanted));
  };
  const now = (): number => {
    const [work, lists] = [bar.current?.parentElement, bar.current?.nextElementSibling];
    if (work == null || lists == null) return share ?? 0.3;
    return isBelow(work) ? lists.clientHeight / work.clientHeight : lists.clientWidth / work.clientWidth;
  };
  return (
    <div
      ref={bar}
      class="splitter"
      role="separator"
      tabIndex={0}
      aria-label={t('Size of the lists')}
      aria-valuemin={LEAST * 100}
      aria-valuemax={MOST * 100}
      aria-valuenow={Math.round((share ?? 0.3) * 100)}
      onDblClick={() => (store.listsShare.value = null)}
      onKeyDown={event => {
        const by = { ArrowLeft: 0.03, ArrowUp: 0.03, ArrowRight: -0.03, ArrowDown: -0.03 }[event.key];
        if (by === undefined) return;
        event.preventDefault();
        set(now() + by);
      }}
      onPointerDown={event => {
        event.preventDefault();
        event.currentTarget.setPointerCapture(event.pointerId);
      }}
      onPointerMove={event => {
        const work = bar.current?.parentElement;
        if (work == null || !event.currentTarget.hasPointerCapture(event.pointerId)) return;
        const { right, bottom, width, height } = work.getBoundingClientRect();
        set(isBelow(work) ? (bottom - event.clientY) / height : (right - event.clientX) / width);
      }}
    />
  );
}

function isBelow(work: Element): boolean {
  return getComputedStyle(work).flexDirection === 'column';
}
