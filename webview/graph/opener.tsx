import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { usePanel, type Popover } from './panel.ts';

/** A button that opens a small window under it. */
export function Opener({
  popover,
  label,
  face,
  marked = false,
  children,
}: {
  readonly popover: Popover;
  /** What it is called. */
  readonly label: string;
  /** What is on it; absent: the label. */
  readonly face?: ComponentChildren;
  readonly marked?: boolean;
  readonly children: ComponentChildren;
}) {
  const panel = usePanel();
  const box = useRef<HTMLDivElement>(null);
  const isOpen = panel.popover.value === popover;
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
        {...(face === undefined ? {} : { 'aria-label': label, title: label })}
        onClick={() => (panel.popover.value = isOpen ? null : popover)}
      >
        {face ?? label}
      </button>
      {isOpen && (
        <div
          class="popover"
          role="dialog"
          tabIndex={0}
          aria-label={label}
          onKeyDown={event => {
            if (event.key !== 'Escape') return;
            panel.popover.value = null;
            box.current?.querySelector('button')?.focus();
          }}
        >
          {children}
        </div>
      )}
    </div>
  );
}
