/**
 * How long traces take, against the floor of their own matrix products; `npm run bench`.
 *
 *   npx tsx test/bench/trace.ts --model DIR --dictionary DIR --tokens 8,16,32,64 --budgets 100,200,400,all --repeats 5
 */
import { existsSync } from 'node:fs';
import { cpus } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { referenceCase } from '../support/reference.ts';
import { measureApart } from './measure-apart.ts';
import { printReport, type MeasuredTrace } from './report.ts';

const PACK = path.join(import.meta.dirname, '..', '..', 'models', 'pack');
/** A random model, where the embedded one is not there. */
const STAND_IN = 'llama3-clt-relu';

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    dictionary: { type: 'string' },
    tokens: { type: 'string', default: '8,16,32,64' },
    budgets: { type: 'string', default: '100,200,400,all' },
    repeats: { type: 'string', default: '5' },
  },
});
const folders = await modelFolders();
console.log(`model ${folders.model}\ndictionary ${folders.dictionary}`);
console.log(`${cpus().length} x ${cpus()[0]?.model ?? 'unknown processor'}, Node ${process.version}`);
console.log('Other work on the machine changes every time here; each ratio compares a trace with products timed right');
console.log('after it in the same process, and is what counts.\n');

const traces: MeasuredTrace[] = [];
for (const nTokens of numbers(values.tokens)) {
  for (const maxFeatureNodes of numbers(values.budgets)) {
    const request = { ...folders, nTokens, maxFeatureNodes, repeats: Number(values.repeats) };
    if (nTokens === undefined) throw new TypeError('--tokens are numbers');
    const trace = { budget: maxFeatureNodes, ...(await measureApart({ ...request, nTokens })) };
    traces.push(trace);
    const { seconds, ratio } = trace.measurement;
    console.error(
      `${nTokens} tokens, ${maxFeatureNodes ?? 'all'} features: ${seconds.total.toFixed(3)} s, ${ratio.toFixed(1)} x the floor`,
    );
  }
}
printReport(traces);

async function modelFolders(): Promise<{ model: string; dictionary: string }> {
  const { model, dictionary } = values;
  if (model !== undefined && dictionary !== undefined) return { model, dictionary };
  if (model !== undefined || dictionary !== undefined) throw new TypeError('--model and --dictionary go together');
  const pack = { model: path.join(PACK, 'model'), dictionary: path.join(PACK, 'dictionary') };
  if (Object.values(pack).every(existsSync)) return pack;
  console.log(`${PACK} is not complete: the reference case ${STAND_IN} instead`);
  const folder = await referenceCase(STAND_IN);
  return { model: path.join(folder, 'model'), dictionary: path.join(folder, 'transcoders') };
}

/** "8,all" -> [8, undefined] */
function numbers(list: string): (number | undefined)[] {
  return list.split(',').map(word => (word === 'all' ? undefined : Number(word)));
}
