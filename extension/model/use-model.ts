import * as vscode from 'vscode';
import { describeModel, type ModelChoice } from '../../src/engine/protocol.ts';
import type { Services } from '../services.ts';
import { chosenModel, keepSetting } from '../settings.ts';
import { withProgress } from '../trace/with-progress.ts';

/** A model and its dictionary by folders or hub ids; neither: the embedded pair. */
export type ModelFolders = Pick<ModelChoice, 'model' | 'dictionary'>;

/** Opens a model to see that it can be used, and makes it the one of the settings. Errors: EngineError. */
export async function useModel(services: Services, folders: ModelFolders): Promise<void> {
  const { provider, threads } = chosenModel();
  const choice = {
    ...folders,
    ...(provider === undefined ? {} : { provider }),
    ...(threads === undefined ? {} : { threads }),
  };
  const described = await withProgress(vscode.l10n.t('Opening the model'), task =>
    services.engine.request(describeModel, choice, task),
  );
  await services.models.remember(described, choice);
  await keepSetting('model', folders.model);
  await keepSetting('dictionary', folders.dictionary);
  services.statusBar.provider = described;
}
