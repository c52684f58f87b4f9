import { useSignal } from '@preact/signals';
import type { LikelyToken } from '../../src/engine/protocol.ts';
import { tokenName } from '../model/names.ts';
import type { Snapshot } from '../protocol.ts';
import { share } from './node-words.ts';
import { usePanel } from './panel.ts';
import { t } from './texts.ts';

/** Clicking a token traces it; Ctrl-clicking two traces their difference. */
export function NextTokens() {
  const { store } = usePanel();
  const first = useSignal<LikelyToken | null>(null);
  const snapshot = store.snapshot.value;
  if (snapshot === null || snapshot.top.length === 0) return null;
  const likely = snapshot.top.filter(({ probability }, i) => i < 3 || (i < 8 && probability >= 0.001));
  const obstacle = obstacleOf(snapshot);
  const can = obstacle === null && store.busy.value === null;
  const traced = new Set(
    store.model.value?.nodes.filter(({ kind }) => kind === 'logit').map(({ token }) => token) ?? [],
  );
  const choose = (token: LikelyToken, difference: boolean): void => {
    if (!can) return;
    if (!difference) {
      first.value = null;
      void store.retarget(targetOf(token));
    } else if (first.value === null || first.value.id === token.id) {
      first.value = first.value === null ? token : null;
    } else {
      const target = `${targetOf(first.value)} - ${targetOf(token)}`;
      first.value = null;
      void store.retarget(target);
    }
  };
  return (
    <div class="next" role="group" aria-label={t('Likeliest next tokens')}>
      <span class="caption">{t('next')}</span>
      {likely.map(token => (
        <button
          key={token.id}
          type="button"
          class={`chip ${traced.has(token.id) ? 'traced' : ''}`}
          aria-pressed={first.value?.id === token.id}
          // Not `disabled`: what cannot be focused does not say why.
          aria-disabled={!can}
          title={[
            t('{0}, {1}.', JSON.stringify(token.text), share(token.probability, 3)),
            obstacle ?? t('Click: trace what leads to it. Ctrl-click two: trace their difference.'),
          ].join(' ')}
          onClick={event => choose(token, event.ctrlKey || event.metaKey)}
        >
          {tokenName(token.text)} <span class="number">{chance(token.probability)}</span>
        </button>
      ))}
      {first.value !== null && <span class="caption">{t('− … Ctrl-click the token to subtract')}</span>}
      {store.investigation.value?.settings.target !== undefined && can && (
        <button type="button" class="chip" onClick={() => void store.retarget(null)}>
          {t('All salient outputs')}
        </button>
      )}
    </div>
  );
}

/** Why no other target can be traced; null where one can. */
function obstacleOf({ readOnly, isTrusted, hasModel }: Snapshot): string | null {
  if (isTrusted === false) return t('Nothing is traced in a workspace that is not trusted.');
  if (!hasModel) return t('Other targets cannot be traced: the model is not here.');
  if (readOnly) return t('To trace other targets, start an investigation with this graph.');
  return null;
}

/** Says that the model of the graph is not here, and leads to it. */
export function MissingModel() {
  const { store } = usePanel();
  const snapshot = store.snapshot.value;
  if (snapshot === null || snapshot.hasModel || snapshot.isTrusted === false) return null;
  const model = snapshot.investigation?.model ?? snapshot.graph.metadata.trace?.model;
  // A model is told by its contents: one that the file does not describe cannot be chosen.
  if (model?.sha256 === undefined) {
    return (
      <span
        class="chip"
        title={t(
          'The file does not say which model it is of. The graph and all notes work without it; trace the prompt anew to have examples of features, other targets and interventions.',
        )}
      >
        {t('The model is not known')}
      </span>
    );
  }
  return (
    <button
      type="button"
      class="chip missing"
      title={t(
        'The graph and all notes work without the model; examples of features, other targets and interventions need it. Click to choose or import it.',
      )}
      onClick={() => store.host.post({ type: 'run', command: 'circuit.chooseModel' })}
    >
      {t('Model {0} is not here', model.name)}
    </button>
  );
}

function chance(probability: number): string {
  if (probability < 0.001) return '<0.1 %';
  return share(probability, probability < 0.1 ? 1 : 0);
}

/** As `--target` takes it: the text as JSON writes it. */
function targetOf({ text, id }: LikelyToken): string {
  return text === '' ? String(id) : JSON.stringify(text);
}
