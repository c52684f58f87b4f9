/**
 * The process of losing-device.gpu.ts: traces a reference case on WebGPU, makes the driver fail at the given read of
 * direct effects, and prints what became of it: `trace-and-lose.ts CASE READ lost|memory`.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { attribute } from '../../src/attribution/attribute.ts';
import { loadReplacementModel } from '../../src/attribution/replacement-model.ts';
import { toDense } from '../../src/attribution/sparse-matrix.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { ProviderInUse } from '../../src/onnx/index.ts';
import { referenceGraph } from '../support/reference-graph.ts';
import { referenceCase } from '../support/reference.ts';
import { relativeError } from '../support/replacement.ts';

/** What the process prints after its name. */
export interface LosingAnswer {
  readonly readsBefore: number;
  readonly provider: string;
  readonly notices: readonly string[];
  readonly error: number;
}

const [name, read, how] = process.argv.slice(2);
const notices: string[] = [];
const inUse = new ProviderInUse('webgpu', notice => notices.push(notice));
const place = await referenceCase(name);
const model = await loadReplacementModel(
  await openCheckpoint(join(place, 'model')),
  await openDictionary(join(place, 'transcoders')),
  { threads: 1, inUse },
);
let reads = 0;
let readsBefore = 0;
const original = model.sessions.read.bind(model.sessions);
model.sessions.read = layer => {
  if (inUse.current === 'webgpu') readsBefore = reads;
  if (++reads === Number(read)) writeFileSync(process.env.LOSING_WHEN!, how);
  return original(layer);
};
const expected = await referenceGraph(name, 'full');
const { matrix } = await attribute(model, expected.inputTokens);
const error = relativeError(toDense(matrix), expected.adjacency);
const answer: LosingAnswer = { readsBefore, provider: inUse.current, notices, error };
process.stdout.write(`answer:${JSON.stringify(answer)}\n`, () => {
  // Tearing a lost device down is the driver's affair.
  process.kill(process.pid, 'SIGKILL');
});
