import * as vscode from 'vscode';
import { askWhileTyping } from '../common/ask-while-typing.ts';
import type { Commands } from '../investigation/commands.ts';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import type { FeatureItem } from './feature-items.ts';
import { GROUPINGS, type Grouping } from './feature-tree.ts';
import type { FeaturesView } from './features-view.ts';
import { selectAsInTree } from './tree-selection.ts';

/** The commands of the Features view itself, by what follows `circuit.`. */
export function featuresCommands(
  features: FeaturesView,
  tree: vscode.TreeView<FeatureItem>,
  sessions: OpenSessions,
): Commands {
  const show = (): void => {
    tree.description = features.filter === '' ? '' : vscode.l10n.t('“{0}”', features.filter);
  };
  return {
    'features.groupBy': async () => {
      const names: Readonly<Record<Grouping, string>> = {
        layer: vscode.l10n.t('Layer'),
        position: vscode.l10n.t('Position in the prompt'),
        supernode: vscode.l10n.t('Supernode'),
        label: vscode.l10n.t('Label'),
      };
      const items = GROUPINGS.map(grouping => ({
        label: names[grouping],
        description: grouping === features.grouping ? vscode.l10n.t('now') : '',
        grouping,
      }));
      const picked = await vscode.window.showQuickPick(items, { title: vscode.l10n.t('Group Features By') });
      if (picked !== undefined) features.grouping = picked.grouping;
    },
    'features.filter': async () => {
      const before = features.filter;
      const filter = await askWhileTyping(
        {
          title: vscode.l10n.t('Filter Features'),
          value: before,
          placeholder: vscode.l10n.t('words of labels, tags, tokens; or layer/feature'),
        },
        text => {
          features.filter = text;
          show();
        },
      );
      features.filter = filter ?? before;
      show();
    },
    // A click on what is selected in the tree already changes nothing there: the graph may have gone elsewhere.
    'features.select': () => selectAsInTree(sessions, tree),
    'features.clearFilter': () => {
      features.filter = '';
      show();
    },
  };
}
