import type { FeatureCardData } from '../../src/engine/protocol.ts';
import { exampleText } from '../../src/features/card.ts';
import { topGroup } from '../../src/features/feature-record.ts';

const EXAMPLES = 10;
/** Characters of an example around its peak: a person reads all of it before it is sent. */
const WIDTH = 110;

/** What a language model is asked about a feature: what it fires on, and what it promotes. Nothing of the workspace. */
export function labelPrompt({ record, topLogits }: FeatureCardData, current: string): string {
  const examples = (record === null ? [] : (topGroup(record)?.examples ?? []))
    .filter(example => !example.is_repeated_datapoint)
    .slice(0, EXAMPLES)
    .map(example => `- ${exampleText(example, WIDTH)}`);
  const tokens = topLogits.length > 0 ? topLogits.map(({ text }) => text) : (record?.top_logits ?? []);
  const promoted = tokens.slice(0, EXAMPLES).map(text => JSON.stringify(text));
  return [
    'A feature is a direction inside a language model that is active on some tokens. These texts activate it most; the token on which it is strongest stands in « ».',
    '',
    ...examples,
    '',
    ...(promoted.length === 0 ? [] : [`It makes these next tokens likelier: ${promoted.join(', ')}`, '']),
    `An automatic label says: ${current}`,
    '',
    'Answer with a label of at most six words that says what the texts have in common, and nothing else.',
  ].join('\n');
}
