import { featureCard } from '../../features/index.ts';
import { cantorPair } from '../../graph/feature-number.ts';
import { CircuitError } from '../../errors.ts';
import { featureIndexOf, FEATURE_OPTIONS } from '../features/feature-folder.ts';
import { defineCommand } from '../frame/command.ts';
import { under, valueOr } from '../frame/options.ts';
import { integer } from '../frame/value-readers.ts';

export const featuresShow = defineCommand({
  name: 'features show',
  description:
    'A feature of a dictionary: its automatic label with the scores that it has on unseen examples, how often and how strongly it fires, the tokens that it promotes and suppresses, and its top activating examples with the peak token marked «like this».',
  positionals: [
    {
      name: 'FEATURE',
      description: "LAYER/INDEX, a graph's node id (LAYER_INDEX_POSITION), or a feature number of a graph file",
    },
  ],
  options: {
    ...FEATURE_OPTIONS,
    ...under('Output', { examples: valueOr('N', 'top examples shown', integer(0), 10) }),
  },
  examples: [
    ['features show 3/204', 'a feature of the embedded dictionary'],
    ['features show 3_204_12 --dictionary DIR', 'the feature of a node'],
  ],
  async run({ values, positionals: [named], output, task }) {
    const { layer, feature } = readFeature(named);
    const index = await featureIndexOf(values, task);
    const record = await index.read(layer, feature);
    if (record === undefined) {
      throw new CircuitError(
        'usage',
        `${index.folder} holds nothing of feature ${layer}/${feature}.`,
        'Choose another feature: circuit features list.',
      );
    }
    output.printJson({ layer, feature, ...record });
    output.print(featureCard(record, { layer, feature, width: output.width, examples: values.examples }).trimEnd());
    return undefined;
  },
});

function readFeature(text: string): { layer: number; feature: number } {
  const parts = /^(\d+)[/_:,](\d+)(?:[/_:,]\d+)?$/.exec(text);
  if (parts !== null) return { layer: Number(parts[1]), feature: Number(parts[2]) };
  const pair = /^\d+$/.test(text) ? cantorPair(Number(text)) : undefined;
  if (pair !== undefined) return { layer: pair.layer, feature: pair.index };
  throw new CircuitError('usage', `${JSON.stringify(text)} names no feature.`, 'Write LAYER/INDEX, such as 3/204.');
}
