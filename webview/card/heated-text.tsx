import type { HeatedToken } from '../model/card-model.ts';

/** Text whose tokens are coloured by how strongly the feature fires on them; the peak is underlined. */
export function HeatedText({ tokens }: { readonly tokens: readonly HeatedToken[] }) {
  return (
    <span class="heated">
      {tokens.map(({ text, activation, heat, isPeak }, i) =>
        heat === 0 && !isPeak ? (
          text.replaceAll('\n', '⏎')
        ) : (
          <mark
            key={i}
            class={isPeak ? 'peak' : ''}
            style={{ '--heat': heat.toFixed(3) }}
            title={`${JSON.stringify(text)}: ${activation.toPrecision(3)}`}
          >
            {text.replaceAll('\n', '⏎')}
          </mark>
        ),
      )}
    </span>
  );
}
