import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { CircuitError } from '../errors.ts';

/** The language model and its dictionary that come with the program, in the published formats. */
export interface EmbeddedPack {
  readonly model: string;
  readonly dictionary: string;
}

/** What `npm run trace` traces: its combination of city and relation was kept out of the embedded model's training. */
export const DEMO_PROMPT = 'Fact: the capital of the state containing Dallas is';

/** Errors: `file-missing` where the program was installed without the pack. */
export function embeddedPack(): EmbeddedPack {
  const folder = join(programFolder(), 'models', 'pack');
  const pack = { model: join(folder, 'model'), dictionary: join(folder, 'dictionary') };
  if (existsSync(pack.model)) return pack;
  throw new CircuitError(
    'file-missing',
    `The embedded model is not in ${folder}.`,
    'Choose another model, or get the complete program.',
    { commandLine: 'Give --model and --dictionary, or get the complete program.' },
  );
}

/** The folder of package.json: above dist/ for the bundle, above src/ for the sources. */
function programFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'package.json')) && dirname(folder) !== folder) folder = dirname(folder);
  return folder;
}
