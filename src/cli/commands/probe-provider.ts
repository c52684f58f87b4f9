import { answerProbe } from '../../onnx/index.ts';
import { defineCommand } from '../frame/command.ts';
import { oneOf } from '../frame/value-readers.ts';
import { PROVIDERS } from '../model/model-options.ts';

/** Tries one execution provider in a process of its own, which a broken driver may take down. */
export const probeProvider = defineCommand({
  name: '__probe-provider',
  positionals: [{ name: 'NAME', description: 'an execution provider' }],
  options: {},
  examples: [],
  async run({ positionals: [name] }) {
    const provider = oneOf(PROVIDERS)(name, 'provider');
    if (provider !== 'auto') await answerProbe(provider);
    return undefined;
  },
});
