import * as vscode from 'vscode';
import type { LikelyToken } from '../../src/engine/protocol.ts';
import { failureOf } from '../common/failure.ts';
import { askCheckedText } from './ask-text.ts';
import { differenceChoices, tokenChoices, typedTargets, type TargetChoice } from './target-choices.ts';

/** What a graph explains, and its tokens; undefined: the salient tokens. */
export type ChosenTarget = Pick<TargetChoice, 'target' | 'tokens'>;

/** The tokens of a target as the model knows them. Errors: what the engine says of a target that is none. */
export type LookUpTarget = (target: string) => Promise<readonly LikelyToken[]>;

interface TargetItem extends vscode.QuickPickItem {
  readonly choose?: () => Promise<ChosenTarget | undefined> | ChosenTarget;
}

/** Asks what a graph is to explain; undefined if the person leaves. */
export async function askTarget(
  top: readonly LikelyToken[],
  current: string | undefined,
  lookUp: LookUpTarget,
): Promise<ChosenTarget | undefined> {
  const items: TargetItem[] = [
    {
      label: vscode.l10n.t('Salient logits'),
      description: vscode.l10n.t('the likeliest tokens, until they hold the probability of the settings'),
      choose: () => ({ target: undefined, tokens: [] }),
    },
    {
      label: vscode.l10n.t('Difference of two tokens…'),
      description: vscode.l10n.t('why this answer and not that one'),
      choose: () => askDifference(top, lookUp),
    },
    {
      label: vscode.l10n.t('Another token…'),
      description: vscode.l10n.t('typed as text or as an id'),
      choose: () => typeTarget(current ?? '', lookUp),
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

async function askDifference(top: readonly LikelyToken[], lookUp: LookUpTarget): Promise<ChosenTarget | undefined> {
  const plus = await vscode.window.showQuickPick(
    tokenChoices(top).map((choice, i) => ({ ...itemOf(choice), token: top[i] })),
    { title: vscode.l10n.t('Why this token …'), ignoreFocusOut: true },
  );
  if (plus === undefined) return undefined;
  const other: TargetItem = {
    label: vscode.l10n.t('Another token…'),
    description: vscode.l10n.t('typed as text or as an id'),
    choose: () => typeTarget(`${plus.token.text.trim()} - `, lookUp),
  };
  const pairs = differenceChoices(plus.token, top).map((choice): TargetItem => ({
    ...itemOf(choice),
    choose: () => choice,
  }));
  const pair = await vscode.window.showQuickPick([...pairs, other], {
    title: vscode.l10n.t('… and not that one?'),
    ignoreFocusOut: true,
  });
  return pair?.choose?.();
}

async function typeTarget(value: string, lookUp: LookUpTarget): Promise<ChosenTarget | undefined> {
  let chosen: ChosenTarget | undefined;
  await askCheckedText({
    title: vscode.l10n.t('What the graph explains'),
    prompt: vscode.l10n.t(
      'A word, token texts in quotes (with their space), ids, or a difference: Austin - Sacramento',
    ),
    value,
    problem: async text => {
      let problem = vscode.l10n.t('Type a token.');
      // A word is looked for with the space in front that it has in a text, then without.
      for (const target of typedTargets(text)) {
        try {
          chosen = { target, tokens: await lookUp(target) };
          return undefined;
        } catch (error) {
          const { message, remedy } = failureOf(error);
          problem = `${message} ${remedy}`;
        }
      }
      return problem;
    },
  });
  return chosen;
}

function itemOf({ label, detail }: TargetChoice): vscode.QuickPickItem {
  return { label, description: detail };
}
