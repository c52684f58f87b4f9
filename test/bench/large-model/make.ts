/**
 * Writes a model of Gemma-2-2B's shape with random weights (5.2 GB) and a dictionary for it: 26 x 16k per-layer
 * transcoders (3.9 GB) or a cross-layer transcoder of 426k features (28.5 GB). What is there already is kept.
 *
 *   npx tsx test/bench/large-model/make.ts DIR model plt
 *   npx tsx test/bench/large-model/make.ts DIR clt
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { GEMMA_2_2B, gemmaDictionary } from './shapes.ts';
import { writeDictionary } from './write-dictionary.ts';
import { writeModel } from './write-model.ts';

const MAKERS: Readonly<Record<string, { file: string; write: (folder: string) => Promise<number> }>> = {
  model: { file: 'config.json', write: folder => writeModel(folder, GEMMA_2_2B) },
  plt: { file: 'config.yaml', write: folder => writeDictionary(folder, gemmaDictionary('plt')) },
  clt: { file: 'config.yaml', write: folder => writeDictionary(folder, gemmaDictionary('clt')) },
};

const [target, ...parts] = process.argv.slice(2);
if (target === undefined || parts.length === 0 || !parts.every(part => part in MAKERS)) {
  throw new TypeError(`give a folder and what to make in it: ${Object.keys(MAKERS).join(', ')}`);
}
for (const part of parts) {
  const { file, write } = MAKERS[part];
  const folder = join(target, part);
  if (existsSync(join(folder, file))) {
    console.log(`${folder} is there`);
    continue;
  }
  const start = performance.now();
  const bytes = await write(folder);
  console.log(`${folder}: ${(bytes / 1e9).toFixed(2)} GB in ${((performance.now() - start) / 1000).toFixed(0)} s`);
}
