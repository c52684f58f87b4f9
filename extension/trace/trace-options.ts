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
import { askTarget, type LookUpTarget } from './ask-target.ts';
import { optionLines, shownPiece, type ChosenOptions, type OptionAction, type OptionLine } from './options-model.ts';
import { shownProbability, shownToken } from './target-choices.ts';
import { withProgress } from './with-progress.ts';

/** What a prompt is traced with. */
export interface TraceOptions {
  readonly choice: ModelChoice;
  readonly settings: TraceSettings;
}

interface Seen {
  readonly choice: ModelChoice;
  readonly model: ModelDescription;
  readonly predicted: PredictResult;
}

/** Shows the prompt as the model sees it and lets a person choose until they trace; undefined if they leave. */
export async function askTraceOptions(
  services: Services,
  prompt: string,
  defaults: { readonly choice: ModelChoice; readonly settings: TraceSettings },
): Promise<TraceOptions | undefined> {
  const { specialAsText = false, chat = false, maxFeatureNodes } = defaults.settings;
  const { maxLogits, logitProbability } = { ...DEFAULTS, ...defaults.settings };
  // A target that was asked for before and did not do is not asked for again.
  let options: ChosenOptions = { explained: SALIENT, specialAsText, chat, maxFeatureNodes };
  let { choice } = defaults;
  let seen: Seen | undefined;
  for (;;) {
    if (seen === undefined) {
      seen = await look(services, prompt, choice, options);
      if (seen === undefined) return undefined;
      choice = seen.choice;
      // What is added to the prompt changes what the model says of a target, too.
      const { target: tokens } = seen.predicted;
      if (tokens !== undefined) options = { ...options, explained: { ...options.explained, tokens } };
    }
    const lines = optionLines(seen.predicted, seen.model, options, { maxLogits, logitProbability });
    const action = await pickOption(lines, options, seen.model);
    switch (action) {
      case undefined:
        return undefined;
      case 'trace':
        return { choice, settings: withOptions(defaults.settings, options, seen.model) };
      case 'target': {
        const lookUp = targetLookUp(services, prompt, choice, options);
        const chosen = await askTarget(seen.predicted.top, options.explained.target, lookUp);
        if (chosen !== undefined) options = { ...options, explained: chosen };
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
          maxFeatureNodes:
            (await askBudget(options.maxFeatureNodes ?? seen.model.defaultBudget, seen.model)) ??
            options.maxFeatureNodes,
        };
        break;
      case 'model':
        await chooseModel(services);
        choice = chosenModel();
        // Another vocabulary: the target may not be a token there.
        options = { ...options, explained: SALIENT };
        seen = undefined;
        break;
    }
  }
}

const SALIENT: ChosenOptions['explained'] = { target: undefined, tokens: [] };

/** What was chosen, as far as it is not the default. */
function withOptions(
  settings: TraceSettings,
  { explained: { target }, specialAsText, chat, maxFeatureNodes }: ChosenOptions,
  { defaultBudget }: ModelDescription,
): TraceSettings {
  const asked = new Set(['target', 'specialAsText', 'chat', 'maxFeatureNodes']);
  const rest = Object.fromEntries(Object.entries(settings).filter(([name]) => !asked.has(name)));
  return {
    ...(rest as unknown as TraceSettings),
    ...(target === undefined ? {} : { target }),
    ...(maxFeatureNodes === undefined || maxFeatureNodes === defaultBudget ? {} : { maxFeatureNodes }),
    ...(specialAsText ? { specialAsText } : {}),
    ...(chat ? { chat } : {}),
  };
}

/** Asks the engine for the tokens of a target that was typed. */
function targetLookUp(
  services: Services,
  prompt: string,
  choice: ModelChoice,
  { specialAsText, chat }: ChosenOptions,
): LookUpTarget {
  return async target => {
    const request = { ...choice, prompt, specialAsText, chat, target };
    return (await services.engine.request(predictNext, request)).target ?? [];
  };
}

/** The prompt as the model sees it; undefined if that failed or was cancelled. */
async function look(
  services: Services,
  prompt: string,
  choice: ModelChoice,
  { specialAsText, chat, explained: { target } }: ChosenOptions,
): Promise<Seen | undefined> {
  for (;;) {
    try {
      const title = vscode.l10n.t('Asking the model for the next token');
      return await withProgress(title, async task => {
        const model = await services.engine.request(describeModel, choice, task);
        services.statusBar.provider = model;
        const request = { ...choice, prompt, specialAsText, chat, ...(target === undefined ? {} : { target }) };
        return { choice, model, predicted: await services.engine.request(predictNext, request, task) };
      });
    } catch (error) {
      if (!(await services.offerRetry(error, vscode.l10n.t('The model could not be asked.')))) return undefined;
      choice = chosenModel();
    }
  }
}

interface OptionItem extends vscode.QuickPickItem {
  readonly action: OptionAction;
}

async function pickOption(
  lines: readonly OptionLine[],
  options: ChosenOptions,
  model: ModelDescription,
): Promise<OptionAction | undefined> {
  const items = lines.map((line): OptionItem => ({ action: line.action, ...wording(line, options, model) }));
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('Trace Attribution'),
    placeHolder: vscode.l10n.t('Trace, or choose what to change first'),
    ignoreFocusOut: true,
    matchOnDetail: true,
  });
  return picked?.action;
}

function wording(
  { action, value, detail }: OptionLine,
  options: ChosenOptions,
  { dictionary }: ModelDescription,
): vscode.QuickPickItem {
  switch (action) {
    case 'trace':
      return { label: `$(play) ${vscode.l10n.t('Trace')}`, detail: vscode.l10n.t('The model says: {0}', value) };
    case 'target': {
      const salient =
        options.explained.target === undefined ? vscode.l10n.t('salient logits') : vscode.l10n.t('chosen');
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
        description:
          dictionary === undefined
            ? vscode.l10n.t('{0} neurons at most', value)
            : vscode.l10n.t('{0} features at most', value),
      };
    case 'model':
      return {
        label: `$(package) ${vscode.l10n.t('Model')}`,
        description: detail === undefined ? value : `${value} · ${detail}`,
        ...(dictionary === undefined ? { detail: vscode.l10n.t('No dictionary: its MLP neurons are traced.') } : {}),
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

async function askBudget(current: number, { dictionary }: ModelDescription): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Budget'),
    prompt:
      dictionary === undefined
        ? vscode.l10n.t('Neurons in the graph before it is pruned, at most')
        : vscode.l10n.t('Features in the graph before it is pruned, at most'),
    value: String(current),
    ignoreFocusOut: true,
    validateInput: value =>
      /^[1-9]\d{0,6}$/.test(value.trim()) ? undefined : vscode.l10n.t('Give a whole number from 1 to 9999999.'),
  });
  return text === undefined ? undefined : Number(text);
}
