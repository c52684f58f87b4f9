import type { IdentityCheck } from '../../attribution/selfcheck/identity-check.ts';
import { checkNeurons } from '../../attribution/selfcheck/neurons.ts';
import { selfCheck } from '../../attribution/selfcheck/selfcheck.ts';
import { openCheckpoint } from '../../checkpoint/index.ts';
import { quoted } from '../display/distribution.ts';
import { defineCommand } from '../frame/command.ts';
import { EXIT } from '../frame/exit-codes.ts';
import type { Output } from '../frame/output.ts';
import { clipped, wrapped } from '../frame/text.ts';
import { DEMO_PROMPT } from '../../trace/embedded-pack.ts';
import { openTraceable } from '../../trace/open-model.ts';
import { modelInBasis } from '../model/folders.ts';
import { BASIS_OPTIONS, DICTIONARY_OPTIONS, ENGINE_OPTIONS, MODEL_OPTIONS } from '../model/model-options.ts';
import { sessionSettings } from '../model/session-settings.ts';
import { readPromptOr } from '../prompt/prompt.ts';
import { PROMPT_OPTIONS } from '../prompt/prompt-options.ts';

export const selfcheck = defineCommand({
  name: 'selfcheck',
  description: `Checks on one prompt that the numbers are what they claim to be: identities that hold on any model and dictionary, such as that each row of the graph sums to the feature's pre-activation. Each is printed with its largest error as a share of the largest value, and with what 32-bit arithmetic explains. Ends with exit code ${EXIT.no} if one fails.`,
  options: { ...PROMPT_OPTIONS, ...MODEL_OPTIONS, ...DICTIONARY_OPTIONS, ...BASIS_OPTIONS, ...ENGINE_OPTIONS },
  examples: [
    ['selfcheck', 'the embedded model on this machine'],
    ['selfcheck --model DIR', 'the neurons of a model without a dictionary, as far as the identities hold for them'],
    ['selfcheck --model DIR --dictionary DIR --provider webgpu', 'another pair, on the graphics card'],
  ],
  async run({ values, output, task }) {
    const folders = await modelInBasis(values);
    const checkpoint = await openCheckpoint(folders.model);
    const prompt = await readPromptOr(DEMO_PROMPT, checkpoint, values);
    const settings = await sessionSettings(values, output, task);
    const model = await openTraceable(checkpoint, folders.dictionary, settings, task);
    const checks = await (model.unitKind === 'neuron'
      ? checkNeurons(model, prompt.ids, task)
      : selfCheck(model, prompt.ids, task));
    await model.dispose();
    const passed = checks.every(check => check.passed);
    output.printJson({
      prompt: prompt.text,
      passed,
      checks: checks.map(({ maxError, ...check }) => ({ ...check, max_error: maxError })),
      provider: settings.provider,
    });
    output.print(...checkLines(prompt.text, checks, output));
    return passed ? EXIT.ok : EXIT.no;
  },
});

function checkLines(prompt: string, checks: readonly IdentityCheck[], { style, width }: Output): string[] {
  const failed = checks.filter(check => !check.passed).length;
  return [
    `${style.bold('Identities')} on ${clipped(quoted(prompt), width - 14)}`,
    ...checks.flatMap(({ name, description, maxError, tolerance, passed }) => [
      `  ${passed ? style.green('holds') : style.red('FAILS')}  ${style.bold(name)}: largest error ${maxError.toExponential(1)}, allowed ${tolerance.toExponential(0)}`,
      ...wrapped(description, width - 9).map(line => `         ${style.dim(line)}`),
    ]),
    failed === 0 ? `All ${checks.length} hold.` : `${failed} of ${checks.length} fail.`,
  ];
}
