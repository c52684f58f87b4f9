import { readFile } from 'node:fs/promises';
import { checkSequence } from '../../attribution/prompt-check.ts';
import { probabilitiesOf } from '../../attribution/targets.ts';
import { openCheckpoint, writeSafetensors, type Checkpoint } from '../../checkpoint/index.ts';
import { CircuitError } from '../../errors.ts';
import { throwIfCancelled } from '../../task.ts';
import { distributionLines } from '../display/distribution.ts';
import { defineCommand } from '../frame/command.ts';
import { under, value, valueOr } from '../frame/options.ts';
import { Stopwatch } from '../frame/stopwatch.ts';
import { integer, path, tokenIds } from '../frame/value-readers.ts';
import { modelFolder } from '../model/folders.ts';
import { likeliest } from '../../trace/likeliest.ts';
import { ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { NextTokenModel } from '../../trace/next-token.ts';
import { sessionSettings } from '../model/session-settings.ts';
import { checkOutputFile } from '../../trace/output-file.ts';
import { promptOfIds, type Prompt } from '../../trace/prompt.ts';
import { readPrompt, textReader, type GivenPrompt } from '../prompt/prompt.ts';
import { PROMPT_OPTIONS } from '../prompt/prompt-options.ts';

const OPTIONS = {
  ...PROMPT_OPTIONS,
  ...under('Prompt', {
    file: value('LINES', 'a text file with a prompt on each line (ids, where the model has no tokenizer)', path),
  }),
  ...under('Output', {
    logits: value('FILE', 'write all logits to this .safetensors file: "logits" [prompts, vocabulary]', path),
    top: valueOr('N', 'likeliest tokens of each prompt that are shown', integer(1), 10),
  }),
  ...MODEL_OPTIONS,
  ...ENGINE_OPTIONS,
};

export const predict = defineCommand({
  name: 'predict',
  description:
    'Runs the model alone, without a dictionary. The JSON object has "predictions" [{prompt, tokens, top}] in the order given, "seconds", "provider" and "logits" (the path); for a single prompt "tokens" and "top" stand at its top level too.',
  options: OPTIONS,
  examples: [
    ['predict --prompt "Fact: the capital of the state containing Dallas is"', 'the likeliest next tokens'],
    ['predict --file prompts.txt --logits logits.safetensors --json', 'many prompts, with all their logits'],
    ['predict --model DIR --tokens 0,5,11', 'any checkpoint, from token ids'],
  ],
  async run({ values, output, task }) {
    const clock = new Stopwatch();
    if (values.logits !== undefined) await checkOutputFile(values.logits);
    const checkpoint = await openCheckpoint(await modelFolder(values));
    const tokenizer = await checkpoint.tokenizer();
    const prompts = await readPrompts(checkpoint, values);
    for (const { ids } of prompts) checkSequence(ids, checkpoint.config);
    const settings = await sessionSettings(values, output, task);
    const model = await NextTokenModel.create(checkpoint, settings);
    const load = clock.lap();
    const { vocabularySize } = checkpoint.config;
    const logits = new Float32Array(prompts.length * vocabularySize);
    const ids = prompts.map(prompt => prompt.ids);
    let done = 0;
    for (const run of model.runs(ids)) {
      throwIfCancelled(task);
      task.progress?.('predict', done, prompts.length);
      const found = await model.logits(run.map(index => ids[index]));
      run.forEach((index, row) => {
        logits.set(found.subarray(row * vocabularySize, (row + 1) * vocabularySize), index * vocabularySize);
      });
      done += run.length;
    }
    if (!logits.every(Number.isFinite)) await blameWeights(checkpoint);
    const seconds = { load, forward: clock.lap() };
    if (values.logits !== undefined) {
      const shape = [prompts.length, vocabularySize];
      await writeSafetensors(values.logits, [{ name: 'logits', dtype: 'F32', shape, data: logits }]);
    }
    await model.dispose();
    const predictions = prompts.map(({ text, tokens }, i) => ({
      prompt: text,
      tokens,
      top: likeliest(
        probabilitiesOf(logits.subarray(i * vocabularySize, (i + 1) * vocabularySize)),
        values.top,
        tokenizer,
      ),
    }));
    const single = predictions.length === 1 ? { tokens: predictions[0].tokens, top: predictions[0].top } : {};
    output.printJson({ ...single, predictions, seconds, provider: settings.provider, logits: values.logits ?? null });
    for (const { prompt, top } of predictions) output.print(...distributionLines(prompt, top, output), '');
    if (values.logits !== undefined) output.say(`The logits are in ${values.logits}.`);
    return undefined;
  },
});

async function readPrompts(
  checkpoint: Checkpoint,
  values: GivenPrompt & { readonly file: string | undefined },
): Promise<Prompt[]> {
  const { file } = values;
  if (file === undefined) return [await readPrompt(checkpoint, values)];
  if (values.prompt !== undefined || values.tokens !== undefined) {
    throw new CircuitError('usage', 'Besides --file a prompt is given.', 'Give one of --file, --prompt and --tokens.');
  }
  const lines = (await readFile(file, 'utf8'))
    .replace(/^\ufeff/, '')
    .replace(/\r?\n$/, '')
    .split(/\r?\n/);
  const empty = lines.indexOf('');
  if (empty >= 0) {
    throw new CircuitError('prompt', `${file}: line ${empty + 1} is empty.`, 'Write one prompt on each line.');
  }
  const tokenizer = await checkpoint.tokenizer();
  if (tokenizer === undefined && !values.chat) {
    return lines.map((line, i) => promptOfIds(tokenizer, tokenIds(line, `file ${file} (line ${i + 1})`)));
  }
  const read = await textReader(checkpoint, values.chat);
  return Promise.all(lines.map(async line => read(line)));
}

/** Finds the tensor that made the logits NaN or infinite. */
async function blameWeights(checkpoint: Checkpoint): Promise<never> {
  await checkpoint.assertFinite();
  throw new CircuitError(
    'file-damaged',
    `${checkpoint.dir}: the model's logits are not finite, though its weights are.`,
    'The numbers overflow in 32 bits: the weights are broken or belong to another configuration.',
  );
}
