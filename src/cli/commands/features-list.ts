import {
  isClear,
  summarizeLabels,
  type FeatureIndex,
  type FeatureLabel,
  type LabelSummary,
} from '../../features/index.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import { percent } from '../display/distribution.ts';
import { featureIndexOf, FEATURE_OPTIONS } from '../features/feature-folder.ts';
import { defineCommand } from '../frame/command.ts';
import { flag, under, value, valueOr } from '../frame/options.ts';
import type { Output } from '../frame/output.ts';
import { clipped, padded, printable } from '../frame/text.ts';
import { anyText, integer, oneOf } from '../frame/value-readers.ts';

/** A row of the list. */
interface ListedFeature {
  readonly layer: number;
  readonly feature: number;
  readonly label: string | null;
  readonly detection_f1: number | null;
  readonly fuzzing: number | null;
  readonly clear: boolean;
  readonly activation_frequency: number | null;
  readonly act_max: number | null;
}

export const featuresList = defineCommand({
  name: 'features list',
  description:
    'The features of a dictionary with their automatic labels. F1 and fuzzing are scores of the label on examples that it was not made from; below .60 a label is not to be relied on.',
  options: {
    ...FEATURE_OPTIONS,
    ...under('Choice', {
      layer: value('N', 'only this layer', integer(0)),
      search: value('TEXT', 'only features whose label holds this text', anyText),
      clear: flag('only features whose label passed on unseen examples'),
      sort: valueOr('BY', 'order: number, score, frequency', oneOf(['number', 'score', 'frequency']), 'number'),
      limit: valueOr('N', 'features listed, at most', integer(1), 50),
      summary: flag('no list: what the labels of each layer are worth'),
    }),
  },
  examples: [
    ['features list --search Texas', 'features that stand for a state'],
    ['features list --layer 3 --sort score --limit 1000 --json', 'a whole layer for programs'],
    ['features list --summary', 'labels that passed, and mean scores, by layer'],
  ],
  async run({ values, output, task }) {
    const index = await featureIndexOf(values);
    const layers = index.layers.filter(layer => values.layer === undefined || layer === values.layer);
    if (values.summary) {
      await printSummary(index, layers, output, task);
      return undefined;
    }
    const search = values.search?.toLowerCase();
    const found: ListedFeature[] = [];
    // Numbers come in order, so that the search can end early: large dictionaries have millions.
    const enough = (): boolean => values.sort === 'number' && found.length >= values.limit;
    for (const layer of layers) {
      await forEachFeature(index, layer, task, enough, row => {
        const matches = search === undefined || (row.label ?? '').toLowerCase().includes(search);
        if (matches && (row.clear || !values.clear)) found.push(row);
      });
    }
    const listed = sorted(found, values.sort).slice(0, values.limit);
    const counts = layers.map(layer => ({ layer, features: index.nFeatures(layer) }));
    output.printJson({ folder: index.folder, layers: counts, features: listed });
    output.print(...listLines(listed, output));
    if (!output.json && found.length >= values.limit) output.say(`The first ${values.limit}; --limit N shows more.`);
    return undefined;
  },
});

async function printSummary(index: FeatureIndex, layers: readonly number[], output: Output, task: Task): Promise<void> {
  const rows: (LabelSummary & { layer: number | 'all' })[] = [];
  const all: FeatureLabel[] = [];
  for (const layer of layers) {
    const labels: FeatureLabel[] = [];
    for (let feature = 0; feature < index.nFeatures(layer); feature++) {
      throwIfCancelled(task);
      task.progress?.(`layer ${layer}`, feature, index.nFeatures(layer));
      const label = (await index.read(layer, feature))?.label;
      if (label !== undefined) labels.push(label);
    }
    rows.push({ layer, ...summarizeLabels(labels) });
    all.push(...labels);
  }
  rows.push({ layer: 'all', ...summarizeLabels(all) });
  output.printJson({ folder: index.folder, layers: rows });
  const score = (value: number | null): string => value?.toFixed(3) ?? '    -';
  output.print(
    output.style.bold('layer  labelled  never fired  clear           mean F1  mean fuzzing'),
    ...rows.map(({ layer, labelled, neverFired, clear, meanF1, meanFuzzing }) => {
      const share = labelled === 0 ? '' : `(${percent(clear / labelled)})`;
      const counts = `${String(labelled).padStart(8)}  ${String(neverFired).padStart(11)}  ${padded(`${clear} ${share}`, 14)}`;
      return `${padded(String(layer), 5)}  ${counts}  ${score(meanF1)}    ${score(meanFuzzing)}`;
    }),
  );
}

async function forEachFeature(
  index: FeatureIndex,
  layer: number,
  task: Task,
  enough: () => boolean,
  visit: (row: ListedFeature) => void,
): Promise<void> {
  const count = index.nFeatures(layer);
  for (let feature = 0; feature < count && !enough(); feature++) {
    throwIfCancelled(task);
    task.progress?.(`layer ${layer}`, feature, count);
    const record = await index.read(layer, feature);
    if (record === undefined) continue;
    const { label, activation_frequency = null, act_max = null } = record;
    visit({ layer, feature, ...labelColumns(label), activation_frequency, act_max });
  }
}

function labelColumns(label: FeatureLabel | undefined) {
  return {
    label: label?.text ?? null,
    detection_f1: label?.detectionF1 ?? null,
    fuzzing: label?.fuzzing ?? null,
    clear: label !== undefined && isClear(label),
  };
}

function sorted(rows: readonly ListedFeature[], by: 'number' | 'score' | 'frequency'): readonly ListedFeature[] {
  if (by === 'number') return rows;
  const key = (row: ListedFeature): number => (by === 'score' ? row.detection_f1 : row.activation_frequency) ?? -1;
  return rows.toSorted((a, b) => key(b) - key(a) || a.layer - b.layer || a.feature - b.feature);
}

function listLines(rows: readonly ListedFeature[], { style, width }: Output): string[] {
  if (rows.length === 0) return ['No feature matches.'];
  const score = (value: number | null): string => (value === null ? '   -' : value.toFixed(2));
  return [
    style.bold(`${padded('feature', 12)}  F1  fuzzing  fires on  label`),
    ...rows.map(row => {
      const frequency = row.activation_frequency === null ? '-' : percent(row.activation_frequency);
      const numbers = `${score(row.detection_f1)}     ${score(row.fuzzing)}  ${frequency.padStart(8)}`;
      const label = clipped(printable(row.label ?? '(no label)'), width - 40);
      return `${padded(`${row.layer}/${row.feature}`, 11)} ${numbers}  ${row.clear ? label : style.dim(label)}`;
    }),
  ];
}
