import * as vscode from 'vscode';
import type { ModelDescription } from '../src/engine/protocol.ts';
import type { EngineState } from './engine/engine-client.ts';
import { setContext } from './context-keys.ts';
import { chosenModel, isNeuronBasis } from './settings.ts';
import { modelName } from './trace/model-name.ts';

/** What the engine said that it computes with, and why. */
type Provider = Pick<ModelDescription, 'provider' | 'providerNotes'>;

/** The status bar's entry: the model in use, what computes, and whether something runs. */
export class StatusBar implements vscode.Disposable {
  readonly #item: vscode.StatusBarItem;
  readonly #subscriptions: readonly { dispose(): unknown }[];
  /** What computes, and the choice of the settings that it was told for. */
  #told: (Provider & { readonly choice: string }) | undefined;
  #state: EngineState = { running: false, requests: 0 };

  constructor(watch: (watcher: (state: EngineState) => void) => () => void) {
    this.#item = vscode.window.createStatusBarItem('circuit.model', vscode.StatusBarAlignment.Right, 90);
    this.#item.name = vscode.l10n.t('Circuit Explorer: Model');
    this.#item.command = 'circuit.chooseModel';
    this.#subscriptions = [
      this.#item,
      new vscode.Disposable(watch(state => this.#update(state))),
      vscode.workspace.onDidChangeConfiguration(change => {
        if (!change.affectsConfiguration('circuit')) return;
        this.#show();
      }),
    ];
    this.#show();
    this.#item.show();
  }

  set provider({ provider, providerNotes }: Provider) {
    this.#told = { provider, providerNotes, choice: JSON.stringify(chosenModel()) };
    this.#show();
  }

  dispose(): void {
    for (const subscription of this.#subscriptions) subscription.dispose();
  }

  #update(state: EngineState): void {
    this.#state = state;
    setContext('circuit.engineBusy', state.requests > 0);
    this.#show();
  }

  #show(): void {
    const { running, requests } = this.#state;
    const choice = chosenModel();
    // The settings' change may arrive before or after what is told of it.
    const told = this.#told?.choice === JSON.stringify(choice) ? this.#told : undefined;
    const name = choice.model === undefined ? vscode.l10n.t('embedded model') : modelName(choice.model);
    const parts = [
      name,
      ...(isNeuronBasis(choice) ? [vscode.l10n.t('neurons')] : []),
      ...(told === undefined ? [] : [told.provider]),
    ];
    this.#item.text = `$(${requests > 0 ? 'loading~spin' : 'type-hierarchy'}) ${parts.join(' · ')}`;
    const tooltip = new vscode.MarkdownString();
    tooltip.appendMarkdown(`**${vscode.l10n.t('Circuit Explorer')}**\n\n`);
    tooltip.appendText(choice.model ?? vscode.l10n.t('The small model that comes with the extension.'));
    if (isNeuronBasis(choice)) {
      tooltip.appendMarkdown('\n\n');
      tooltip.appendText(vscode.l10n.t('It has no dictionary: prompts are traced in the basis of its MLP neurons.'));
    }
    if (told !== undefined) {
      tooltip.appendMarkdown('\n\n');
      tooltip.appendText(vscode.l10n.t('Computed with the provider {0}.', told.provider));
      for (const note of told.providerNotes) {
        tooltip.appendMarkdown('\n\n- ');
        tooltip.appendText(note);
      }
    }
    tooltip.appendMarkdown('\n\n');
    tooltip.appendText(stateText(running, requests));
    tooltip.appendMarkdown('\n\n');
    tooltip.appendText(vscode.l10n.t('Click to choose another model.'));
    this.#item.tooltip = tooltip;
    this.#item.accessibilityInformation = {
      label: vscode.l10n.t('Circuit Explorer, model {0}, {1}', parts.join(', '), stateText(running, requests)),
      role: 'button',
    };
  }
}

function stateText(running: boolean, requests: number): string {
  if (requests > 0) return vscode.l10n.t('The engine is working.');
  return running ? vscode.l10n.t('The engine is ready.') : vscode.l10n.t('The engine starts when it is needed.');
}
