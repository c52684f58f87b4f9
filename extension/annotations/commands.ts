import * as vscode from 'vscode';
import { featureCards, type FeatureCardData } from '../../src/engine/protocol.ts';
import { CircuitError } from '../../src/errors.ts';
import {
  ANNOTATION_COLOURS,
  VERDICTS,
  type Annotation,
  type AnnotationColour,
  type AnnotationChange,
} from '../../src/graph/investigation/types.ts';
import { applyEdit } from '../../src/graph/investigation/apply-edit.ts';
import { nameSource, nodeName } from '../../src/graph/naming.ts';
import type { CardView } from '../card/card-view.ts';
import { selectedFeature } from '../card/feature-card.ts';
import { treeWords } from '../features-tree/feature-items.ts';
import { modelOf } from '../investigation/model-of.ts';
import type { InvestigationServices } from '../investigation/services.ts';
import type { Session } from '../investigation/session.ts';
import { isFeature, type Targets } from './feature-targets.ts';
import { askForLabel, chooseLanguageModel } from './improve-label.ts';

type Feature = Targets['features'][number];

export interface AnnotationParts {
  readonly services: Pick<InvestigationServices, 'engine' | 'findModel'>;
  readonly card: CardView;
}

/** A command about features: what it does to those that it was called on. */
export type FeatureCommand = (session: Session, targets: Targets) => Promise<void>;

/** The commands `circuit.feature.*`, by the last part of their name. */
export function featureCommands({ services, card }: AnnotationParts): Readonly<Record<string, FeatureCommand>> {
  const annotating: Readonly<Record<string, FeatureCommand>> = {
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
      await annotate(session, features, {
        verdict: await pick(vscode.l10n.t('Judge Feature'), VERDICTS, treeWords().verdicts),
      });
    },
    colour: async (session, { features }) => {
      await annotate(session, features, {
        colour: await pick(vscode.l10n.t('Colour Feature'), ANNOTATION_COLOURS, colourNames()),
      });
    },
    addEvidence: async (session, { features }) => {
      const title = vscode.l10n.t('Add Evidence');
      const line = await ask(title, '', vscode.l10n.t('an example, the outcome of an intervention, a reference'));
      if (line === undefined || line === '') return;
      await annotateEach(session, features, feature => {
        const { evidence = [] } = known(session, feature);
        return { evidence: [...evidence, line] };
      });
    },
    improveLabel: async (session, { features }) => {
      const model = await chooseLanguageModel();
      if (model === undefined) return;
      const target = ofCard(session, features);
      const { layer, feature } = target;
      const choice = await modelOf(session, services);
      const request = { ...choice, features: [[layer, feature]] as const, logits: 'where-unknown' as const };
      const [data] = await services.engine.request(featureCards, request);
      if (data.record === null) throw nothingToShow(data);
      const { automatic, name } = known(session, target);
      await annotate(session, [target], { label: await askForLabel(model, data, automatic ?? name) });
    },
  };
  return {
    ...Object.fromEntries(Object.entries(annotating).map(([id, command]) => [id, inInvestigations(command)])),
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

/** A graph file on its own holds no annotations: that is said before anything is asked. */
function inInvestigations(command: FeatureCommand): FeatureCommand {
  return async (session, targets) => {
    if (session.readOnly) {
      throw new CircuitError(
        'usage',
        vscode.l10n.t('A graph file on its own cannot be annotated.'),
        vscode.l10n.t('Start an investigation with it.'),
      );
    }
    await command(session, targets);
  };
}

type Change = { readonly [Field in keyof AnnotationChange]: AnnotationChange[Field] | undefined };

/** Fields that are undefined were not answered: nothing happens. */
async function annotate(session: Session, features: readonly Feature[], change: Change): Promise<void> {
  const given = Object.fromEntries(
    Object.entries(change).filter(([, value]) => value !== undefined),
  ) as AnnotationChange;
  if (Object.keys(given).length === 0) return;
  await annotateEach(session, features, () => given);
}

/** All in one change, which one undo takes back. */
function annotateEach(
  session: Session,
  features: readonly Feature[],
  changeOf: (feature: Feature) => AnnotationChange,
): Promise<void> {
  return session.change(investigation =>
    features.reduce(
      (changed, feature) => applyEdit(changed, { kind: 'annotate', ...feature, change: changeOf(feature) }),
      investigation,
    ),
  );
}

/** Of several features the one that the card shows, whose button this may be; else the first. */
function ofCard(session: Session, features: readonly Feature[]): Feature {
  const shown = selectedFeature(session);
  return features.find(({ layer, feature }) => layer === shown?.layer && feature === shown.feature) ?? features[0];
}

function nothingToShow({ layer, feature, problem }: FeatureCardData): CircuitError {
  return new CircuitError(
    'file-missing',
    problem ?? vscode.l10n.t('The index holds no texts that activate feature {0} of layer {1}.', feature, layer),
    vscode.l10n.t('A language model can only judge by examples: write the label by hand.'),
  );
}

interface Known extends Partial<Annotation> {
  readonly name: string;
  /** The automatic label. */
  readonly automatic?: string | undefined;
}

function known({ graph, investigation }: Session, { layer, feature }: Feature): Known {
  const annotation = investigation?.annotations.find(item => item.layer === layer && item.feature === feature);
  const node = graph.nodes.find(one => isFeature(one) && one.layer === layer && one.feature === feature);
  const name =
    node === undefined ? `#${feature}` : nodeName(node, nameSource(graph, investigation?.annotations ?? [], {}));
  return { ...annotation, name, automatic: node?.label };
}

/** Undefined if the person changes their mind; an empty text removes what is there. */
async function ask(title: string, value: string, placeHolder = ''): Promise<string | undefined> {
  return vscode.window.showInputBox({ title, value, placeHolder });
}

async function pick<T extends string>(
  title: string,
  values: readonly T[],
  named: Readonly<Record<T, string>>,
): Promise<T | null | undefined> {
  const none = vscode.l10n.t('none');
  const picked = await vscode.window.showQuickPick(
    [...values.map(value => ({ label: named[value], value })), { label: none, value: null }],
    { title },
  );
  return picked?.value;
}

function colourNames(): Readonly<Record<AnnotationColour, string>> {
  return {
    red: vscode.l10n.t('red'),
    orange: vscode.l10n.t('orange'),
    yellow: vscode.l10n.t('yellow'),
    green: vscode.l10n.t('green'),
    blue: vscode.l10n.t('blue'),
    purple: vscode.l10n.t('purple'),
  };
}
