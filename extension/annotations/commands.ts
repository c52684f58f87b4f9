import * as vscode from 'vscode';
import { featureCards } from '../../src/engine/protocol.ts';
import {
  ANNOTATION_COLOURS,
  VERDICTS,
  type Annotation,
  type AnnotationChange,
} from '../../src/graph/investigation/types.ts';
import { nameSource, nodeName } from '../../src/graph/naming.ts';
import type { CardView } from '../card/card-view.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session } from '../investigation/session.ts';
import { isFeature, type Targets } from './feature-targets.ts';
import { askForLabel } from './improve-label.ts';

type Feature = Targets['features'][number];

export interface AnnotationParts {
  readonly services: Pick<InvestigationServices, 'engine' | 'findModel'>;
  readonly card: CardView;
}

/** A command about features: what it does to those that it was called on. */
export type FeatureCommand = (session: Session, targets: Targets) => Promise<void>;

/** The commands `circuit.feature.*`, by the last part of their name. */
export function featureCommands({ services, card }: AnnotationParts): Readonly<Record<string, FeatureCommand>> {
  return {
    rename: async (session, { features }) => {
      const { label, name } = known(session, features[0]);
      await annotate(session, features, {
        label: await ask(vscode.l10n.t('Rename Feature'), label ?? '', name),
      });
    },
    note: async (session, { features }) => {
      const { note } = known(session, features[0]);
      await annotate(session, features, { note: await ask(vscode.l10n.t('Note on Feature'), note ?? '') });
    },
    tag: async (session, { features }) => {
      const { tags } = known(session, features[0]);
      const text = await ask(
        vscode.l10n.t('Tags of Feature'),
        tags?.join(', ') ?? '',
        vscode.l10n.t('separated by commas'),
      );
      await annotate(session, features, { tags: text?.split(',') });
    },
    verdict: async (session, { features }) => {
      await annotate(session, features, { verdict: await pick(vscode.l10n.t('Judge Feature'), VERDICTS) });
    },
    colour: async (session, { features }) => {
      await annotate(session, features, { colour: await pick(vscode.l10n.t('Colour Feature'), ANNOTATION_COLOURS) });
    },
    addEvidence: async (session, { features }) => {
      const title = vscode.l10n.t('Add Evidence');
      const line = await ask(title, '', vscode.l10n.t('an example, the outcome of an intervention, a reference'));
      if (line === undefined || line === '') return;
      for (const feature of features) {
        const { evidence = [] } = known(session, feature);
        await annotate(session, [feature], { evidence: [...evidence, line] });
      }
    },
    improveLabel: async (session, { features }) => {
      const [{ layer, feature }] = features;
      const choice = await modelOf(session, services);
      const [data] = await services.engine.request(featureCards, { ...choice, features: [[layer, feature]] });
      await annotate(session, [features[0]], { label: await askForLabel(data, known(session, features[0]).name) });
    },
    showCard: async (session, { nodes }) => {
      session.select(nodes);
      await card.focus();
    },
    testText: async (session, { nodes }) => {
      session.select(nodes);
      await card.focus({ type: 'focus-test' });
    },
  };
}

type Change = { readonly [Field in keyof AnnotationChange]: AnnotationChange[Field] | undefined };

/** Fields that are undefined were not answered: nothing happens. */
async function annotate(session: Session, features: readonly Feature[], change: Change): Promise<void> {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as AnnotationChange;
  if (Object.keys(given).length === 0) return;
  for (const feature of features) await session.edit({ kind: 'annotate', ...feature, change: given });
}

function known({ graph, investigation }: Session, { layer, feature }: Feature): Partial<Annotation> & { name: string } {
  const annotation = investigation?.annotations.find(item => item.layer === layer && item.feature === feature);
  const node = graph.nodes.find(one => isFeature(one) && one.layer === layer && one.feature === feature);
  const name =
    node === undefined ? `#${feature}` : nodeName(node, nameSource(graph, investigation?.annotations ?? [], {}));
  return { ...annotation, name };
}

/** Undefined if the person changes their mind; an empty text removes what is there. */
async function ask(title: string, value: string, placeHolder = ''): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, value, placeHolder });
}

async function pick<T extends string>(title: string, values: readonly T[]): Promise<T | null | undefined> {
  const none = vscode.l10n.t('none');
  const picked = await vscode.window.showQuickPick(
    [...values.map(value => ({ label: value, value })), { label: none, value: null }],
    { title },
  );
  return picked?.value;
}
