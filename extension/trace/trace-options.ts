import * as vscode from 'vscode';
import {
  describeModel,
  predictNext,
  type ModelChoice,
  type ModelDescription,
  type PredictResult,
} from '../../src/engine/protocol.ts';
import type { TraceSettings } from '../../src/graph/investigation/types.ts';
import { chooseModel } from '../model/choose-model.ts';
import type { Services } from '../services.ts';
import { chosenModel, DEFAULTS } from '../settings.ts';
import { askTarget } from './ask-target.ts';
import { optionLines, shownPiece, type ChosenOptions, type OptionAction, type OptionLine } from './options-model.ts';
import { shownProbability, shownToken } from './target-choices.ts';
import { withProgress } from './with-progress.ts';

/** What a prompt is traced with. */
export interface TraceOptions {
  readonly choice: ModelChoice;
  readonly settings: TraceSettings;
}

interface Seen {
  readonly model: ModelDescription;
  readonly predicted: PredictResult;
}

/** Shows the prompt as the model sees it and lets a person choose until they trace; undefined if they leave. */
export async function askTraceOptions(
  services: Services,
  prompt: string,
  defaults: { readonly choice: ModelChoice; readonly settings: TraceSettings },
): Promise<TraceOptions | undefined> {
  let { choice } = defaults;
  const { maxLogits, logitProbability, maxFeatureNodes } = { ...DEFAULTS, ...defaults.settings };
  let options: ChosenOptions = { target: undefined, specialAsText: false, chat: false, maxFeatureNodes };
  let seen: Seen | undefined;
  for (;;) {
    seen ??= await look(services, prompt, choice, options);
    if (seen === undefined) return undefined;
    const action = await pickOption(
      optionLines(seen.predicted, seen.model, options, { maxLogits, logitProbability }),
      options,
    );
    switch (action) {
      case undefined:
        return undefined;
      case 'trace':
        return { choice, settings: withOptions(defaults.settings, options) };
      case 'target': {
        const chosen = await askTarget(seen.predicted.top, options.target);
        if (chosen !== undefined) options = { ...options, target: chosen.target };
        break;
      }
      case 'tokens':
        await showTokens(seen.predicted);
        break;
      case 'special':
        options = { ...options, specialAsText: !options.specialAsText };
        seen = undefined;
        break;
      case 'chat':
        options = { ...options, chat: !options.chat };
        seen = undefined;
        break;
      case 'budget':
        options = {
          ...options,
          maxFeatureNodes: (await askBudget(options.maxFeatureNodes)) ?? options.maxFeatureNodes,
        };
        break;
      case 'model':
        await chooseModel(services);
        choice = chosenModel();
        // Another vocabulary: the target may not be a token there.
        options = { ...options, target: undefined };
        seen = undefined;
        break;
    }
  }
}

/** What was chosen, as far as it is not the default. */
function withOptions(settings: TraceSettings, chosen: ChosenOptions): TraceSettings {
  const { target, specialAsText, chat, maxFeatureNodes } = chosen;
  return {
    ...settings,
    ...(target === undefined ? {} : { target }),
    ...(maxFeatureNodes === DEFAULTS.maxFeatureNodes ? {} : { maxFeatureNodes }),
    ...(specialAsText ? { specialAsText } : {}),
    ...(chat ? { chat } : {}),
  };
}

/** The prompt as the model sees it; undefined if that failed or was cancelled. */
async function look(
  services: Services,
  prompt: string,
  choice: ModelChoice,
  { specialAsText, chat }: ChosenOptions,
): Promise<Seen | undefined> {
  for (;;) {
    try {
      const title = vscode.l10n.t('Asking the model for the next token');
      return await withProgress(title, async task => {
        const model = await services.engine.request(describeModel, choice, task);
        services.statusBar.provider = model.provider;
        const request = { ...choice, prompt, specialAsText, chat };
        return { model, predicted: await services.engine.request(predictNext, request, task) };
      });
    } catch (error) {
      if (!(await services.offerRetry(error, vscode.l10n.t('The model could not be asked.')))) return undefined;
    }
  }
}

interface OptionItem extends vscode.QuickPickItem {
  readonly action: OptionAction;
}

async function pickOption(lines: readonly OptionLine[], options: ChosenOptions): Promise<OptionAction | undefined> {
  const items = lines.map((line): OptionItem => ({ action: line.action, ...wording(line, options) }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Trace Attribution'),
    placeHolder: vscode.l10n.t('Trace, or choose what to change first'),
    ignoreFocusOut: true,
    matchOnDetail: true,
  });
  return picked?.action;
}

function wording({ action, value, detail }: OptionLine, options: ChosenOptions): vscode.QuickPickItem {
  switch (action) {
    case 'trace':
      return { label: `$(play) ${vscode.l10n.t('Trace')}`, detail: vscode.l10n.t('The model says: {0}', value) };
    case 'target': {
      const salient = options.target === undefined ? vscode.l10n.t('salient logits') : vscode.l10n.t('chosen');
      return { label: `$(target) ${vscode.l10n.t('Target')}`, description: salient, detail: value };
    }
    case 'tokens':
      return {
        label: `$(symbol-string) ${vscode.l10n.t('Tokens')}`,
        description: value,
        ...(detail === undefined ? {} : { detail }),
      };
    case 'special':
      return {
        label: `$(symbol-misc) ${vscode.l10n.t('Special tokens in the text')}`,
        description: options.specialAsText
          ? vscode.l10n.t('taken as text')
          : vscode.l10n.t('taken as tokens: {0}', value),
      };
    case 'chat':
      return {
        label: `$(comment-discussion) ${vscode.l10n.t('Chat template')}`,
        description: options.chat ? vscode.l10n.t('the prompt is a message to the model') : vscode.l10n.t('off'),
      };
    case 'budget':
      return {
        label: `$(dashboard) ${vscode.l10n.t('Budget')}`,
        description: vscode.l10n.t('{0} features at most', value),
      };
    case 'model':
      return {
        label: `$(package) ${vscode.l10n.t('Model')}`,
        description: detail === undefined ? value : `${value} · ${detail}`,
      };
  }
}

/** The tokens one by one, to be read. */
async function showTokens({ tokens, top }: PredictResult): Promise<void> {
  const items: vscode.QuickPickItem[] = [
    ...tokens.map((token, position) => ({ label: shownPiece(token), description: `${position} · id ${token.id}` })),
    { label: vscode.l10n.t('Likeliest next tokens'), kind: vscode.QuickPickItemKind.Separator },
    ...top.map(({ id, text, probability }) => ({
      label: shownToken(text),
      description: `${shownProbability(probability)} · id ${id}`,
    })),
  ];
  await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('The prompt as the model reads it'),
    placeHolder: vscode.l10n.t('Press Enter or Escape to go back'),
    ignoreFocusOut: true,
  });
}

async function askBudget(current: number): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Budget'),
    prompt: vscode.l10n.t('Features in the graph before it is pruned, at most'),
    value: String(current),
    ignoreFocusOut: true,
    validateInput: value =>
      /^[1-9]\d{0,6}$/.test(value.trim()) ? undefined : vscode.l10n.t('Give a whole number from 1 to 9999999.'),
  });
  return text === undefined ? undefined : Number(text);
}
