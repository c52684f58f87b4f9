import { t } from './texts.ts';
import { Button } from '../ui/toolkit.ts';
import { usePanel } from './panel.ts';

/** What is going on, what failed and what is missing. */
export function Notices() {
  const { store } = usePanel();
  const { busy, failure, snapshot } = store;
  const action = failure.value?.action;
  const cyclic = store.model.value?.cyclic === true;
  const notices = [
    ...(snapshot.value?.notices ?? []),
    ...(cyclic
      ? [t('This graph has a cycle, so it is no attribution graph: nothing can be pruned, and it has no influence.')]
      : []),
  ];
  return (
    <>
      {failure.value !== null && (
        <div class="notice failed" role="alert">
          <span>
            {failure.value.message} {failure.value.remedy}
          </span>
          {failure.value.canRetry && (
            <Button
              onClick={() => {
                failure.value = null;
                store.host.post({ type: 'retry' });
              }}
            >
              {t('Retry')}
            </Button>
          )}
          {action !== undefined && (
            <Button onClick={() => store.host.post({ type: 'run', command: action.command })}>{action.title}</Button>
          )}
          <Button appearance="secondary" onClick={() => store.host.post({ type: 'run', command: 'circuit.showLog' })}>
            {t('Show log')}
          </Button>
        </div>
      )}
      {busy.value !== null && snapshot.value !== null && (
        <div class="notice" role="status">
          <span class="spinner" />
          <span>{busy.value}</span>
        </div>
      )}
      {snapshot.value?.isTrusted === false && (
        <div class="notice">
          <span>{t('This workspace is not trusted, so no model is loaded: feature cards and tracing wait.')}</span>
          <Button onClick={() => store.host.post({ type: 'run', command: 'circuit.manageTrust' })}>
            {t('Manage Workspace Trust')}
          </Button>
        </div>
      )}
      {snapshot.value?.readOnly === true && (
        <div class="notice">
          <span>{t('This graph file is open read-only.')}</span>
          <Button onClick={() => store.host.post({ type: 'run', command: 'circuit.startInvestigation' })}>
            {t('Start Investigation')}
          </Button>
        </div>
      )}
      {notices.map(notice => (
        <div key={notice} class="notice">
          <span>{notice}</span>
        </div>
      ))}
    </>
  );
}
