import * as vscode from 'vscode';
import { featureCards, type FeatureCardData } from '../../src/engine/protocol.ts';
import type { AnnotationColour } from '../../src/graph/investigation/types.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import { failureOf } from '../common/failure.ts';
import { plainMarkdown, type Piece } from '../common/plain-markdown.ts';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session } from '../investigation/session.ts';
import { cardRows, type CardRow } from './card-rows.ts';
import { featureTree, type Grouping, type TreeFeature, type TreeGroup } from './feature-tree.ts';

export type FeatureItem = TreeGroup | TreeFeature | (CardRow & { readonly parentFeature: TreeFeature });

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
/** A drag of the editor names its source by this. */
const MIME = 'application/vnd.code.tree.circuit.features';

/** The tree of the active investigation's features; children of a feature are asked of the engine when it is opened. */
export class FeaturesView
  implements vscode.TreeDataProvider<FeatureItem>, vscode.TreeDragAndDropController<FeatureItem>
{
  readonly dragMimeTypes = [MIME];
  readonly dropMimeTypes = [MIME];
  readonly #changed = new vscode.EventEmitter<FeatureItem | undefined>();
  readonly onDidChangeTreeData = this.#changed.event;
  readonly #sessions: OpenSessions;
  readonly #services: Pick<InvestigationServices, 'engine' | 'log' | 'findModel'>;
  readonly #labelsElsewhere: (id: string) => Readonly<Record<string, string>>;
  readonly #cards = new Map<string, Promise<FeatureCardData>>();
  #groups: readonly TreeGroup[] | undefined;
  #grouping: Grouping = 'layer';
  #filter = '';

  constructor(
    sessions: OpenSessions,
    services: Pick<InvestigationServices, 'engine' | 'log' | 'findModel'>,
    labelsElsewhere: (id: string) => Readonly<Record<string, string>>,
  ) {
    this.#sessions = sessions;
    this.#services = services;
    this.#labelsElsewhere = labelsElsewhere;
  }

  get grouping(): Grouping {
    return this.#grouping;
  }

  set grouping(grouping: Grouping) {
    this.#grouping = grouping;
    this.refresh();
  }

  get filter(): string {
    return this.#filter;
  }

  set filter(filter: string) {
    this.#filter = filter;
    this.refresh();
  }

  refresh(): void {
    this.#groups = undefined;
    this.#changed.fire(undefined);
  }

  /** The active session changed: cards of another model do not fit. */
  forgetCards(): void {
    this.#cards.clear();
  }

  /** The items of nodes, for showing them. */
  itemsOf(nodes: readonly string[]): TreeFeature[] {
    const wanted = new Set(nodes);
    return this.#tree().flatMap(({ features }) => features.filter(({ node }) => wanted.has(node.id)));
  }

  getChildren(item?: FeatureItem): FeatureItem[] | Promise<FeatureItem[]> {
    if (item === undefined) return [...this.#tree()];
    if (item.kind === 'group') return [...item.features];
    return item.kind === 'feature' ? this.#rows(item) : [];
  }

  getParent(item: FeatureItem): FeatureItem | undefined {
    if (item.kind === 'group') return undefined;
    if (item.kind === 'feature') return this.#tree().find(({ id }) => id === item.parent);
    return item.parentFeature;
  }

  getTreeItem(item: FeatureItem): vscode.TreeItem {
    if (item.kind === 'group') return groupItem(item, this.#filter !== '');
    if (item.kind === 'feature') return featureItem(item, this.#sessions.active?.readOnly ?? true);
    return rowItem(item);
  }

  resolveTreeItem(shown: vscode.TreeItem, item: FeatureItem): vscode.TreeItem {
    shown.tooltip = plainMarkdown(tooltipLines(item));
    return shown;
  }

  handleDrag(items: readonly FeatureItem[], data: vscode.DataTransfer): void {
    const nodes = items.flatMap(item =>
      item.kind === 'feature' ? [item.node.id] : item.kind === 'group' ? item.features.map(({ node }) => node.id) : [],
    );
    data.set(MIME, new vscode.DataTransferItem(JSON.stringify(nodes)));
  }

  /** On a supernode: into it. On a feature: into its supernode, or both into a new one. Elsewhere: out of theirs. */
  async handleDrop(target: FeatureItem | undefined, data: vscode.DataTransfer): Promise<void> {
    const session = this.#sessions.active;
    const text = await data.get(MIME)?.asString();
    if (session === undefined || text === undefined) return;
    const nodes = (JSON.parse(text) as unknown[]).filter(node => typeof node === 'string');
    const feature = target?.kind === 'feature' ? target : undefined;
    const group = target?.kind === 'group' ? target.supernode : feature?.supernode;
    if (target?.kind === 'group' && group === undefined) await session.edit({ kind: 'ungroup', nodes });
    else if (group !== undefined) await session.edit({ kind: 'group', nodes, id: group });
    else if (feature !== undefined)
      await session.edit({ kind: 'group', nodes: [feature.node.id, ...nodes], name: feature.name });
    else await session.edit({ kind: 'ungroup', nodes });
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #tree(): readonly TreeGroup[] {
    const session = this.#sessions.active;
    if (session === undefined) return [];
    const { graph, investigation, id } = session;
    this.#groups ??= featureTree(
      { graph, investigation, labelsElsewhere: this.#labelsElsewhere(id) },
      this.#grouping,
      this.#filter,
    );
    return this.#groups;
  }

  async #rows(item: TreeFeature): Promise<FeatureItem[]> {
    const session = this.#sessions.active;
    if (session === undefined || !isFeature(item.node)) return [];
    try {
      const data = await this.#card(session, item.node.layer, item.node.feature);
      return cardRows(data).map(row => ({ ...row, parentFeature: item }));
    } catch (error) {
      const { message } = failureOf(error);
      return [{ kind: 'nothing', text: message, highlights: [], description: '', parentFeature: item }];
    }
  }

  #card(session: Session, layer: number, feature: number): Promise<FeatureCardData> {
    const key = `${session.id} ${layer}/${feature}`;
    const known = this.#cards.get(key);
    if (known !== undefined) return known;
    const asked = modelOf(session, this.#services).then(async choice => {
      const [card] = await this.#services.engine.request(featureCards, { ...choice, features: [[layer, feature]] });
      return card;
    });
    this.#cards.set(key, asked);
    asked.catch(() => this.#cards.delete(key));
    return asked;
  }
}

function groupItem({ id, title, features, supernode }: TreeGroup, isFiltered: boolean): vscode.TreeItem {
  const { Collapsed, Expanded } = vscode.TreeItemCollapsibleState;
  const item = new vscode.TreeItem(title, isFiltered ? Expanded : Collapsed);
  item.id = id;
  item.description = `${features.length}`;
  item.contextValue = supernode === undefined ? 'group' : 'supernode';
  item.iconPath = new vscode.ThemeIcon(supernode === undefined ? 'layers' : 'group-by-ref-type');
  return item;
}

function featureItem(feature: TreeFeature, readOnly: boolean): vscode.TreeItem {
  const { node, name, place, annotation, isPinned, supernode } = feature;
  const item = new vscode.TreeItem(name, vscode.TreeItemCollapsibleState.Collapsed);
  item.id = `${feature.parent} ${node.id}`;
  const numbers = [
    place,
    node.activation === undefined ? '' : `act ${node.activation.toPrecision(3)}`,
    node.influence === undefined ? '' : `infl ${node.influence.toFixed(2)}`,
    annotation?.verdict ?? '',
  ];
  item.description = numbers.filter(Boolean).join(' · ');
  const icon = annotation?.verdict === 'spurious' ? 'circle-slash' : isPinned ? 'pinned' : 'circle-filled';
  const colour = annotation?.colour;
  item.iconPath = new vscode.ThemeIcon(icon, colour === undefined ? undefined : new vscode.ThemeColor(COLOURS[colour]));
  const states = [
    isPinned ? 'pinned' : 'unpinned',
    readOnly ? '' : 'editable',
    supernode === undefined ? '' : 'grouped',
  ];
  item.contextValue = ['feature', ...states].filter(Boolean).join(' ');
  item.accessibilityInformation = { label: `${name}, ${item.description}${isPinned ? ', pinned' : ''}` };
  return item;
}

function rowItem({ kind, text, highlights, description }: CardRow): vscode.TreeItem {
  const item = new vscode.TreeItem({ label: text, highlights: highlights.map(([start, end]) => [start, end]) });
  item.description = description;
  item.iconPath = new vscode.ThemeIcon(ROW_ICONS[kind]);
  item.contextValue = 'row';
  return item;
}

function tooltipLines(item: FeatureItem): Piece[][] {
  if (item.kind === 'group') return [[{ strong: item.title }, vscode.l10n.t('{0} features', item.features.length)]];
  if (item.kind !== 'feature') {
    const [before, peak, after] = item.parts ?? [item.text, '', ''];
    return [[before, { strong: peak }, after]];
  }
  const { node, name, place, annotation } = item;
  return [
    [{ strong: name }],
    [`${place} · ${node.layer}/${node.feature ?? ''}`],
    ...(node.label === undefined || node.label === name ? [] : [[vscode.l10n.t('Automatic label: {0}', node.label)]]),
    ...(annotation?.note === undefined ? [] : [[annotation.note]]),
    ...(annotation?.tags === undefined ? [] : [[annotation.tags.join(', ')]]),
    ...(annotation?.evidence ?? []).map(line => [`• ${line}`]),
  ];
}
