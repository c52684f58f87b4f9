import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { writeFileAtomically } from '../../../src/checkpoint/index.ts';
import { DEMO_PROMPT, vocabularyOf } from '../../corpus/index.ts';
import { DICTIONARY, INDEX_SENTENCES, LANGUAGE_MODEL, LANGUAGE_SCHEDULE, SHAPE } from '../settings.ts';
import { CONTROLS, PATH_SELECTIVITY } from './graphs.ts';
import type { Measurements } from './measure-pack.ts';
import { figures, isMet, type Figure } from './targets.ts';

/** Writes the model card (README.md) of a pack from its measurements.json. */
export async function writeCard(folder: string): Promise<void> {
  const measured = JSON.parse(await readFile(path.join(folder, 'measurements.json'), 'utf8')) as Measurements;
  await writeFileAtomically(path.join(folder, 'README.md'), [Buffer.from(cardOf(measured))]);
}

/** The card's text. */
export function cardOf(measured: Measurements): string {
  const all = figures(measured);
  const short = all.filter(figure => !isMet(figure));
  const graphs = Object.entries(measured.graphs);
  return `# The embedded model

A small Llama (${SHAPE.nLayers} layers, width ${SHAPE.dModel}, ${SHAPE.nHeads} heads, MLP ${SHAPE.dMlp}, ${vocabularyOf().size} tokens) that was trained on true
statements about US states, countries, opposites in three languages, rhymes and indirect objects, so that the circuits of
the literature occur in it; and a cross-layer transcoder of ${DICTIONARY.shape.nFeatures} features a layer, with an index of examples and
labels. Everything is in published formats and is opened by the code that opens any other model.

- \`model/\`: config.json, model.safetensors (16 bits), tokenizer.json
- \`dictionary/\`: circuit-tracer's layout (reads \`mlp.hook_in\`, writes \`hook_mlp_out\`, JumpReLU), and \`features/\`
- \`measurements.json\`: the figures below

The default prompt is "${DEMO_PROMPT}". What the model was trained on, and where the facts come from, is in
\`models/corpus/SOURCES.md\`. It knows nothing else: a word outside its ${vocabularyOf().size} tokens is spelled, and means nothing to it.

## How it was made

\`npm run recipe\` trains and measures all of it, and goes on where it was interrupted: ${LANGUAGE_SCHEDULE.steps} steps of Muon and AdamW (seed
${LANGUAGE_MODEL.seed}) with a frozen random input embedding, no attention in the first layer and a small penalty on what the MLPs write;
then the transcoder (first reconstruction, then also the replacement model's predictions); then the feature index over
${INDEX_SENTENCES} sentences. Settings: \`models/recipe/settings.ts\`.

## What it shows

Measured by \`npm run recipe -- measure\`; \`test/pack\` measures the committed pack again.
"Held-out" combinations occur in no training sentence of either model.

| figure | wanted | measured | |
|---|---|---|---|
${all.map(row).join('\n')}

${short.length === 0 ? 'All are reached.' : `Not reached: ${short.map(({ name }) => name).join('; ')}.`}

Held-out prompts traced for the graph figures: ${graphs.map(([name, g]) => `${name} ${g.prompts} (${g.activeFeatures.toFixed(0)} active features each)`).join(', ')}.
A path leads over links of the graph pruned by default from the token that calls the concept up, through a feature that
fires on at least ${percent(PATH_SELECTIVITY.leastShare)} of the concept's other prompts, on at most ${percent(PATH_SELECTIVITY.mostElsewhere)} of all others and ${percent(PATH_SELECTIVITY.mostOfOne ?? 1)} of
any one other concept's, to a logit that answers. Another concept's: the mean of ${CONTROLS} drawn at random for each prompt.
Swaps: own features at -(s - 1) times their activation, the other state's at s times their mean, at the city's and the
last token; ${measured.swaps.strength2.count} swaps on held-out prompts with features found on trained ones.
Dictionary figures: ${measured.dictionary.tokens} tokens, position 0 excluded.

| replacement model's accuracy | |
|---|---|
${Object.entries(measured.replacementAccuracy)
  .map(([name, value]) => `| ${name} | ${value.toFixed(3)} |`)
  .join('\n')}

## Limits

One seed. Settings were chosen while looking at the held-out sets. The sentences are made from templates: what is found
here shows that a method works, not how large models work.
`;
}

function row(figure: Figure): string {
  const { name, value, least, most } = figure;
  const wanted = least === undefined ? (most === undefined ? 'high' : `<= ${most}`) : `>= ${least}`;
  return `| ${name} | ${wanted} | ${value.toPrecision(3)} | ${isMet(figure) ? '' : 'not reached'} |`;
}

function percent(share: number): string {
  return `${Number((100 * share).toPrecision(3))} %`;
}
