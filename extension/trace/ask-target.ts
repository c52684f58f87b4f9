import * as vscode from 'vscode';
import type { LikelyToken } from '../../src/engine/protocol.ts';
import { differenceChoices, tokenChoices, typedTarget, type TargetChoice } from './target-choices.ts';

type Chosen = Pick<TargetChoice, 'target'>;

interface TargetItem extends vscode.QuickPickItem {
  readonly choose: () => Promise<Chosen | undefined> | Chosen;
}

/** Asks what a graph is to explain; undefined if the person leaves. */
export async function askTarget(top: readonly LikelyToken[], current: string | undefined): Promise<Chosen | undefined> {
  const items: (TargetItem | (vscode.QuickPickItem & { choose?: undefined }))[] = [
    {
      label: vscode.l10n.t('Salient logits'),
      description: vscode.l10n.t('the likeliest tokens, until they hold the probability of the settings'),
      choose: () => ({ target: undefined }),
    },
    {
      label: vscode.l10n.t('Difference of two tokens…'),
      description: vscode.l10n.t('why this answer and not that one'),
      choose: () => askDifference(top),
    },
    {
      label: vscode.l10n.t('Another token…'),
      description: vscode.l10n.t('typed as text or as an id'),
      choose: () => typeTarget(current),
    },
    { label: vscode.l10n.t('One of the likeliest tokens'), kind: vscode.QuickPickItemKind.Separator },
    ...tokenChoices(top).map(choice => ({ ...itemOf(choice), choose: () => choice })),
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title: vscode.l10n.t('What the graph explains'),
    ignoreFocusOut: true,
  });
  return picked?.choose?.();
}

async function askDifference(top: readonly LikelyToken[]): Promise<Chosen | undefined> {
  const plus = await vscode.window.showQuickPick(
    tokenChoices(top).map((choice, i) => ({ ...itemOf(choice), token: top[i] })),
    { title: vscode.l10n.t('Why this token …'), ignoreFocusOut: true },
  );
  if (plus === undefined) return undefined;
  const pair = await vscode.window.showQuickPick(
    differenceChoices(plus.token, top).map(choice => ({ ...itemOf(choice), choice })),
    { title: vscode.l10n.t('… and not that one?'), ignoreFocusOut: true },
  );
  return pair?.choice;
}

async function typeTarget(current: string | undefined): Promise<Chosen | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('What the graph explains'),
    prompt: vscode.l10n.t(
      'A word, token texts in quotes (with their space), ids, or a difference: Austin - Sacramento',
    ),
    value: current ?? '',
    ignoreFocusOut: true,
  });
  const target = text === undefined ? undefined : typedTarget(text);
  return target === undefined ? undefined : { target };
}

function itemOf({ label, detail }: TargetChoice): vscode.QuickPickItem {
  return { label, description: detail };
}
