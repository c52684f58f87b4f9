import * as vscode from 'vscode';
import type { FeatureCardData } from '../../src/engine/protocol.ts';
import type { AnnotationColour } from '../../src/graph/investigation/types.ts';
import type { FeatureFacts } from '../../webview/protocol.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import type { Piece } from '../common/plain-markdown.ts';
import { exampleRows, type CardRow, type RowWords } from './card-rows.ts';
import { featureNumbers, type NumberWords } from './feature-text.ts';
import type { GroupWords, TreeFeature, TreeGroup } from './feature-tree.ts';

export type RowItem = CardRow & { readonly parentFeature: TreeFeature };
export type FeatureItem = TreeGroup | TreeFeature | RowItem;

/** Shown as icons: the theme's colours by our names. */
const COLOURS: Readonly<Record<AnnotationColour, string>> = {
  red: 'charts.red',
  orange: 'charts.orange',
  yellow: 'charts.yellow',
  green: 'charts.green',
  blue: 'charts.blue',
  purple: 'charts.purple',
};
const ROW_ICONS = { example: 'quote', promotes: 'arrow-up', suppresses: 'arrow-down', nothing: 'info' } as const;
/** Examples of a tooltip. */
const EXAMPLES = 3;

/** The words of the tree in the editor's language. */
export function treeWords(): GroupWords & RowWords & NumberWords {
  return {
    layer: number => vscode.l10n.t('Layer {0}', number),
    noSupernode: vscode.l10n.t('In no supernode'),
    promoted: vscode.l10n.t('promoted'),
    suppressed: vscode.l10n.t('suppressed'),
    nothing: vscode.l10n.t('Nothing is known of this feature.'),
    score: value => vscode.l10n.t('score {0}', value),
    activation: value => vscode.l10n.t('act {0}', value),
    influence: value => vscode.l10n.t('infl {0}', value),
    verdicts: {
      relevant: vscode.l10n.t('relevant'),
      spurious: vscode.l10n.t('spurious'),
      unsure: vscode.l10n.t('unsure'),
    },
  };
}

export function groupItem({ id, title, features, supernode }: TreeGroup, isFiltered: boolean): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(title, isFiltered ? Expanded : Collapsed);
  // The editor remembers by the id what a person closed: what a filter finds is open all the same.
  item.id = isFiltered ? `${id} filtered` : id;
  item.description = `${features.length}`;
  item.contextValue = supernode === undefined ? 'group' : 'supernode';
  item.iconPath = new vscode.ThemeIcon(supernode === undefined ? 'layers' : 'group-by-ref-type');
  return item;
}

export function featureItem(
  feature: TreeFeature,
  { facts, readOnly }: { readonly facts: FeatureFacts | undefined; readonly readOnly: boolean },
): vscode.TreeItem {
  const { node, name, annotation, isPinned, supernode } = feature;
  const { Collapsed, None } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(name, isFeature(node) ? Collapsed : None);
  item.id = `${feature.parent} ${node.id}`;
  item.description = featureNumbers(feature, facts, treeWords());
  const icon = annotation?.verdict === 'spurious' ? 'circle-slash' : isPinned ? 'pinned' : 'circle-filled';
  const colour = annotation?.colour;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(COLOURS[colour]));
  const states = [
    isPinned ? 'pinned' : 'unpinned',
    readOnly ? '' : 'editable',
    supernode === undefined ? '' : 'grouped',
  ];
  item.contextValue = ['feature', ...states].filter(Boolean).join(' ');
  // With a command, a click selects and no more; the arrow opens the examples.
  item.command = { command: 'circuit.features.select', title: vscode.l10n.t('Select') };
  const pinned = isPinned ? `, ${vscode.l10n.t('pinned')}` : '';
  item.accessibilityInformation = { label: `${name}, ${item.description}${pinned}` };
  return item;
}

export function rowItem({ kind, text, highlights, description }: CardRow): vscode.TreeItem {
  const item = new vscode.TreeItem({ label: text, highlights: highlights.map(([start, end]) => [start, end]) });
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(ROW_ICONS[kind]);
  item.contextValue = 'row';
  return item;
}

/** What is said of a feature: with its strongest examples, where they are known. */
export function featureTooltip(
  { node, name, place, annotation }: TreeFeature,
  facts: FeatureFacts | undefined,
  card: FeatureCardData | undefined,
): Piece[][] {
  const label = node.label?.trim();
  const score = facts?.detectionF1?.toFixed(2);
  return [
    [{ strong: name }],
    [`${place} · ${node.layer}/${node.feature ?? ''}`],
    ...(label === undefined
      ? []
      : [
          [
            score === undefined
              ? vscode.l10n.t('Automatic label: {0}', label)
              : vscode.l10n.t('Automatic label: {0} (detection {1} on texts that had no part in it)', label, score),
          ],
        ]),
    ...(annotation?.note === undefined ? [] : [[annotation.note]]),
    ...(annotation?.tags === undefined ? [] : [[annotation.tags.join(', ')]]),
    ...(annotation?.evidence ?? []).map(line => [`• ${line}`]),
    ...exampleRows(card?.record ?? null, EXAMPLES).map(exampleLine),
  ];
}

/** An example whole, its peak in bold. */
export function exampleLine({ text, parts }: CardRow): Piece[] {
  const [before, peak, after] = parts ?? [text, '', ''];
  return [before, { strong: peak }, after];
}

export function groupTooltip({ title, features }: TreeGroup): Piece[][] {
  return [[{ strong: title }], [vscode.l10n.t('{0} features', features.length)]];
}
