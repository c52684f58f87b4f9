import type { FeatureCard } from '../../../webview/card-protocol.ts';

/** A feature's card as the host makes it, with everything on it. */
export function exampleCard(change: Partial<FeatureCard> = {}): FeatureCard {
  const texts = [
    ['The', ' capital', ' of', ' Texas', ' is', ' Austin', '.'],
    [' and', ' then', '\n', ' Dallas', ',', ' Texas', ' has', ' many', ' people'],
    [' Houston', ' is', ' in', ' Texas', ' too'],
  ];
  const example = (tokens: readonly string[], peak: number, most: number) => ({
    tokens,
    tokens_acts_list: tokens.map((_, i) => (i === peak ? most : i === peak - 1 ? most / 3 : 0)),
    train_token_ind: peak,
    is_repeated_datapoint: false,
  });
  const groups = ['Top activations', 'Decile 9', 'Decile 5', 'Decile 1'];
  return {
    layer: 2,
    feature: 1203,
    name: 'Texas',
    places: [
      { node: '2_1203_3', position: 3, token: ' Dallas', activation: 3.21, influence: 0.31 },
      { node: '2_1203_5', position: 5, token: ' state', activation: 1.04, influence: 0.62 },
    ],
    data: {
      layer: 2,
      feature: 1203,
      record: {
        index: 730_000,
        examples_quantiles: groups.map((quantile_name, i) => ({
          quantile_name,
          examples: texts.map((tokens, j) => example(tokens, [3, 5, 3][j], (4.2 - j * 0.3) / (i + 1))),
        })),
        act_min: 0,
        act_max: 4.2,
        histogram: Array.from({ length: 50 }, (_, i) => Math.round(4000 * Math.exp(-i / 5))),
        activation_frequency: 0.0042,
        label: {
          text: 'Texas',
          rule: 'token',
          detectionF1: 0.91,
          fuzzing: 0.88,
          sampleSize: 40,
          agreesWithWeights: true,
        },
      },
      topLogits: [' Austin', ' Houston', ' Dallas', ' Texans', ' Rangers'].map((text, i) => ({
        text,
        weight: 2.1 - i * 0.3,
      })),
      bottomLogits: [' Sacramento', ' Boston', ' Paris'].map((text, i) => ({ text, weight: -1.4 + i * 0.2 })),
    },
    loading: false,
    annotation: { layer: 2, feature: 1203, note: 'Fires on cities, too.', tags: ['place'], verdict: 'relevant' },
    elsewhere: [{ file: 'other.circuit.json', annotation: { layer: 2, feature: 1203, label: 'the state of Texas' } }],
    inputs: [
      { node: 'E_77_3', name: 'Dallas', token: ' Dallas', weight: 2.2, share: 0.61 },
      { node: '1_40_3', name: 'not California', token: ' Dallas', weight: -0.4, share: 0.11 },
    ],
    outputs: [{ node: '5_9_6', name: 'say a capital', token: ' is', weight: 1.2, share: 0.2 }],
    readOnly: false,
    hasModel: true,
    canImproveLabel: true,
    ...change,
  };
}
