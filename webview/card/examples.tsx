import { useSignal } from '@preact/signals';
import type { ExampleGroup, FeatureRecord } from '../../src/features/feature-record.ts';
import { aroundPeak, heatTokens, largestActivation, shownGroups } from '../model/card-model.ts';
import { HeatedText } from './heated-text.tsx';
import { t } from './texts.ts';

const FIRST = 6;
/** Tokens shown around the peak until an example is opened. */
const AROUND = { before: 14, after: 6 };

/** All groups of examples, the top one open. */
export function Examples({ record }: { readonly record: FeatureRecord }) {
  const groups = shownGroups(record);
  const most = largestActivation(record);
  if (groups.length === 0) return <p class="caption">{t('No text was seen on which it fires.')}</p>;
  return (
    <>
      {groups.map((group, i) => (
        <Group key={group.quantile_name} group={group} most={most} open={i === 0} />
      ))}
    </>
  );
}

function Group({ group, most, open }: { readonly group: ExampleGroup; readonly most: number; readonly open: boolean }) {
  const all = useSignal(false);
  const { examples } = group;
  return (
    <details open={open}>
      <summary>
        {group.quantile_name} <span class="caption">{examples.length}</span>
      </summary>
      <ul class="examples">
        {examples.slice(0, all.value ? undefined : FIRST).map((example, i) => {
          const { from, to } = all.value
            ? { from: 0, to: example.tokens.length }
            : aroundPeak(example, AROUND.before, AROUND.after);
          const tokens = heatTokens(example.tokens, example.tokens_acts_list, most, example.train_token_ind);
          return (
            <li key={i}>
              {from > 0 && '…'}
              <HeatedText tokens={tokens.slice(from, to)} />
              {to < tokens.length && '…'}
            </li>
          );
        })}
      </ul>
      <button type="button" class="more" onClick={() => (all.value = !all.value)}>
        {all.value ? t('Less') : t('All {0}, in full', examples.length)}
      </button>
    </details>
  );
}
