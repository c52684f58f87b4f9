import * as vscode from 'vscode';
import { intervene, type FeatureEdit, type ModelChoice } from '../../src/engine/protocol.ts';
import { nameSource, nodeName } from '../../src/graph/naming.ts';
import type { GraphNode } from '../../src/graph/types.ts';
import { isFeature, targetsOf } from '../annotations/feature-targets.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { Session } from '../investigation/session.ts';
import type { Services } from '../services.ts';
import { withProgress } from '../trace/with-progress.ts';
import { outcomeHtml } from './outcome-html.ts';
import { outcomeLine, outcomeRows, type OutcomeRow } from './outcome.ts';

/** Random features that the same change is made on, for comparison. */
const CONTROLS = 10;

type FeatureNode = GraphNode & { readonly feature: number };

/** How activations are changed. */
type Change = Pick<FeatureEdit, 'scale' | 'value'>;

/**
 * Circuit Explorer: Intervene. Changes the selected features where they stand in the graph, and shows what the model says
 * then, beside what it says after the same change of matched random features.
 */
export async function interveneOnFeatures(services: Services, args: readonly unknown[]): Promise<void> {
  const session = services.sessions.active;
  if (session === undefined || !(await services.mayLoadModels())) return;
  const wanted = new Set(targetsOf(session, args).nodes);
  const nodes = session.graph.nodes.filter(isFeature).filter(({ id }) => wanted.has(id));
  if (nodes.length === 0) {
    void vscode.window.showInformationMessage(vscode.l10n.t('Select features in the graph first.'));
    return;
  }
  let change: Change | undefined;
  for (;;) {
    try {
      // A model that is not here is said before anything is asked.
      const choice = await modelOf(session, services);
      change ??= await askChange(nodes);
      if (change !== undefined) await run(services, session, choice, nodes, change);
      return;
    } catch (error) {
      if (!(await services.offerRetry(error, vscode.l10n.t('The intervention could not be made.')))) return;
    }
  }
}

async function run(
  services: Services,
  session: Session,
  choice: ModelChoice,
  nodes: readonly FeatureNode[],
  change: Change,
): Promise<void> {
  const prompt = session.investigation?.prompt ?? session.graph.metadata.prompt;
  const { specialAsText = false, chat = false } = session.investigation?.settings ?? {};
  const edits = nodes.map(({ layer, feature, position }) => ({ layer, feature, positions: [position], ...change }));
  const request = { ...choice, prompt, specialAsText, chat, edits, mode: 'free', controls: CONTROLS } as const;
  const result = await withProgress(vscode.l10n.t('Intervening'), task =>
    services.engine.request(intervene, request, task),
  );
  const rows = outcomeRows(result);
  const changes = nodes.map(node => changeText(session, node, change));
  show(services, prompt, changes, rows);
  const line = outcomeLine(rows, vscode.l10n.t('random features'));
  if (session.readOnly) return;
  const keep = vscode.l10n.t('Add as Evidence');
  const answer = await vscode.window.showInformationMessage(line, keep);
  if (answer === keep) await addEvidence(session, nodes, changes, line);
}

async function askChange(nodes: readonly FeatureNode[]): Promise<Change | undefined> {
  const items: (vscode.QuickPickItem & { readonly choose: () => Promise<Change | undefined> })[] = [
    {
      label: vscode.l10n.t('Ablate'),
      description: vscode.l10n.t('set to 0'),
      choose: () => Promise.resolve({ scale: 0 }),
    },
    {
      label: vscode.l10n.t('Double'),
      description: vscode.l10n.t('twice the activation'),
      choose: () => Promise.resolve({ scale: 2 }),
    },
    {
      label: vscode.l10n.t('Multiply…'),
      description: vscode.l10n.t('negative numbers turn it round'),
      choose: async () => asChange('scale', await askNumber(vscode.l10n.t('Multiply activations by'), '-1')),
    },
    {
      label: vscode.l10n.t('Set to…'),
      description: nodes
        .map(({ activation }) => vscode.l10n.t('now {0}', activation?.toPrecision(3) ?? '?'))
        .join(', '),
      choose: async () => asChange('value', await askNumber(vscode.l10n.t('Set activations to'), '5')),
    },
  ];
  const picked = await vscode.window.showQuickPick(items, {
    title:
      nodes.length === 1
        ? vscode.l10n.t('Intervene on One Feature')
        : vscode.l10n.t('Intervene on {0} Features', nodes.length),
    placeHolder: vscode.l10n.t('Only where they stand in the graph; everything after follows'),
  });
  return picked?.choose();
}

function asChange(field: keyof Change, value: number | undefined): Change | undefined {
  return value === undefined ? undefined : { [field]: value };
}

async function askNumber(prompt: string, value: string): Promise<number | undefined> {
  const text = await vscode.window.showInputBox({
    title: vscode.l10n.t('Intervene'),
    prompt,
    value,
    validateInput: typed =>
      typed.trim() !== '' && Number.isFinite(Number(typed)) ? undefined : vscode.l10n.t('Give a number.'),
  });
  return text === undefined ? undefined : Number(text);
}

function changeText(session: Session, node: FeatureNode, { scale, value }: Change): string {
  const { layer, feature, position, activation } = node;
  const name = nodeName(node, nameSource(session.graph, session.investigation?.annotations ?? [], {}));
  const token = JSON.stringify(session.graph.metadata.promptTokens[position] ?? '');
  const before = activation ?? 0;
  const after = value ?? before * (scale ?? 0);
  return vscode.l10n.t(
    '{0} ({1}/{2}) at token {3}, {4}: activation {5} → {6}',
    name,
    layer,
    feature,
    position,
    token,
    before.toPrecision(3),
    after.toPrecision(3),
  );
}

function show({ context }: Services, prompt: string, changes: readonly string[], rows: readonly OutcomeRow[]): void {
  const title = vscode.l10n.t('Intervention');
  const media = vscode.Uri.joinPath(context.extensionUri, 'media');
  const panel = vscode.window.createWebviewPanel('circuit.intervention', title, vscode.ViewColumn.Active, {
    enableFindWidget: true,
    localResourceRoots: [media],
  });
  const words = {
    title,
    prompt,
    changes,
    explanation: vscode.l10n.t(
      'Probabilities of the next token in the original model, where what these features write is changed and everything after them follows, attention too. Random features: the same change of other features that are active at the same places with similar strength, {0} times; mean, least and most.',
      CONTROLS,
    ),
    token: vscode.l10n.t('Next token'),
    before: vscode.l10n.t('Before'),
    after: vscode.l10n.t('After'),
    control: vscode.l10n.t('Random features'),
  };
  panel.webview.html = outcomeHtml(rows, words, {
    style: panel.webview.asWebviewUri(vscode.Uri.joinPath(media, 'compare.css')).toString(),
    cspSource: panel.webview.cspSource,
    language: vscode.env.language,
  });
}

/** A line for each feature, among its other evidence. */
async function addEvidence(
  session: Session,
  nodes: readonly FeatureNode[],
  changes: readonly string[],
  line: string,
): Promise<void> {
  for (const [i, { layer, feature }] of nodes.entries()) {
    const annotation = session.investigation?.annotations.find(
      known => known.layer === layer && known.feature === feature,
    );
    const together =
      nodes.length === 1 ? '' : ` ${vscode.l10n.t('together with {0} other features', nodes.length - 1)}`;
    const evidence = [...(annotation?.evidence ?? []), `${changes[i]}${together}: ${line}`];
    await session.edit({ kind: 'annotate', layer, feature, change: { evidence } });
  }
}
