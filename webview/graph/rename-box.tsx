import { useEffect, useRef } from 'preact/hooks';
import { t } from './texts.ts';
import type { Box } from './camera.ts';

/** A field over a group's box. Enter gives the name, Escape null. */
export function RenameBox({
  name,
  box,
  done,
}: {
  readonly name: string;
  readonly box: Box;
  readonly done: (name: string | null) => void;
}) {
  const field = useRef<HTMLInputElement>(null);
  const finished = useRef(false);
  useEffect(() => {
    const input = field.current;
    if (input === null) return;
    input.style.transform = `translate(${Math.max(2, box.x)}px, ${Math.max(2, box.y)}px)`;
    input.style.width = `${Math.max(120, box.width)}px`;
    input.focus();
    input.select();
  }, []);
  const finish = (result: string | null): void => {
    if (finished.current) return;
    finished.current = true;
    done(result === null || result.trim() === '' ? null : result.trim());
  };
  return (
    <input
      ref={field}
      class="rename"
      aria-label={t('Name of the group')}
      defaultValue={name}
      onBlur={event => finish(event.currentTarget.value)}
      onKeyDown={event => {
        event.stopPropagation();
        if (event.key === 'Enter') finish(event.currentTarget.value);
        if (event.key === 'Escape') finish(null);
      }}
    />
  );
}
