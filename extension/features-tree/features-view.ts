import { isDeepStrictEqual } from 'node:util';
import * as vscode from 'vscode';
import { featureCards, type FeatureCardData } from '../../src/engine/protocol.ts';
import type { FeatureFacts } from '../../webview/protocol.ts';
import { isFeature } from '../annotations/feature-targets.ts';
import { failureOf } from '../common/failure.ts';
import { plainMarkdown } from '../common/plain-markdown.ts';
import { loadFacts } from '../investigation/feature-facts.ts';
import type { OpenSessions } from '../investigation/open-sessions.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session } from '../investigation/session.ts';
import { cardRows } from './card-rows.ts';
import { draggedNodes, editOfDrop } from './feature-drag.ts';
import {
  exampleLine,
  featureItem,
  featureTooltip,
  groupItem,
  groupTooltip,
  rowItem,
  treeWords,
  type FeatureItem,
} from './feature-items.ts';
import { featureTree, type Grouping, type TreeFeature, type TreeGroup } from './feature-tree.ts';

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
  /** Those that the groups were made with. */
  #labels: Readonly<Record<string, string>> = {};
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

  /**
   * Another investigation was written. The tree is drawn anew only if that gave features other names: the editor's trees
   * take the focus back when they are, from a palette that is just opening.
   */
  labelsMayDiffer(): void {
    const { active } = this.#sessions;
    if (active !== undefined && !isDeepStrictEqual(this.#labelsElsewhere(active.id), this.#labels)) this.refresh();
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
    const session = this.#sessions.active;
    if (item.kind === 'group') return groupItem(item, this.#filter !== '');
    if (item.kind !== 'feature') return rowItem(item);
    return featureItem(item, { facts: factsOf(session, item), readOnly: session?.readOnly ?? true });
  }

  /** Examples are asked for when the pointer rests on a feature; without the model the rest is shown. */
  async resolveTreeItem(shown: vscode.TreeItem, item: FeatureItem): Promise<vscode.TreeItem> {
    if (item.kind === 'group') {
      shown.tooltip = plainMarkdown(groupTooltip(item));
    } else if (item.kind === 'feature') {
      const session = this.#sessions.active;
      const card = await this.#knownCard(session, item).catch(() => undefined);
      shown.tooltip = plainMarkdown(featureTooltip(item, factsOf(session, item), card));
    } else {
      shown.tooltip = plainMarkdown([exampleLine(item)]);
    }
    return shown;
  }

  /** Asks what the labels are worth, where the model is here. */
  loadFacts(): void {
    const session = this.#sessions.active;
    if (session?.hasModel === true) void loadFacts(session, this.#services);
  }

  handleDrag(items: readonly FeatureItem[], data: vscode.DataTransfer): void {
    data.set(MIME, new vscode.DataTransferItem(JSON.stringify(draggedNodes(items))));
  }

  async handleDrop(target: FeatureItem | undefined, data: vscode.DataTransfer): Promise<void> {
    const session = this.#sessions.active;
    const text = await data.get(MIME)?.asString();
    if (session === undefined || session.readOnly || text === undefined) return;
    const nodes = (JSON.parse(text) as unknown[]).filter(node => typeof node === 'string');
    const on = target !== undefined && 'parentFeature' in target ? target.parentFeature : target;
    const edit = editOfDrop(nodes, on, this.#grouping);
    if (edit !== undefined) await session.edit(edit);
  }

  dispose(): void {
    this.#changed.dispose();
  }

  #tree(): readonly TreeGroup[] {
    const session = this.#sessions.active;
    if (session === undefined) return [];
    const { graph, investigation, id } = session;
    if (this.#groups !== undefined) return this.#groups;
    this.#labels = this.#labelsElsewhere(id);
    const source = { graph, investigation, labelsElsewhere: this.#labels, words: treeWords() };
    this.#groups = featureTree(source, this.#grouping, this.#filter);
    return this.#groups;
  }

  async #rows(item: TreeFeature): Promise<FeatureItem[]> {
    const session = this.#sessions.active;
    if (session === undefined || !isFeature(item.node)) return [];
    try {
      const data = await this.#card(session, item.node.layer, item.node.feature);
      return cardRows(data, treeWords()).map(row => ({ ...row, parentFeature: item }));
    } catch (error) {
      const { message } = failureOf(error);
      return [{ kind: 'nothing', text: message, highlights: [], description: '', parentFeature: item }];
    }
  }

  async #knownCard(session: Session | undefined, { node }: TreeFeature): Promise<FeatureCardData | undefined> {
    if (session?.hasModel !== true || !isFeature(node)) return undefined;
    return this.#card(session, node.layer, node.feature);
  }

  #card(session: Session, layer: number, feature: number): Promise<FeatureCardData> {
    const key = `${session.id} ${layer}/${feature}`;
    const known = this.#cards.get(key);
    if (known !== undefined) return known;
    const asked = modelOf(session, this.#services).then(async choice => {
      const request = { ...choice, features: [[layer, feature]] as const, logits: 'where-unknown' as const };
      const [card] = await this.#services.engine.request(featureCards, request);
      return card;
    });
    this.#cards.set(key, asked);
    asked.catch(() => this.#cards.delete(key));
    return asked;
  }
}

function factsOf(session: Session | undefined, { node }: TreeFeature): FeatureFacts | undefined {
  return session?.facts[`${node.layer}/${node.feature ?? ''}`];
}
