import type { ComponentChildren } from 'preact';

export function Section({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

/** ".4 %": with as many digits as say something. */
export function percent(share: number): string {
  const value = share * 100;
  return `${value.toFixed(value >= 9.95 ? 0 : value >= 0.095 ? 1 : 3)} %`;
}
