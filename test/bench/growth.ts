/**
 * How time and memory of a trace grow: with the tokens at one budget of features, and with the budget at one length.
 *
 *   npx tsx test/bench/growth.ts --model DIR --dictionary DIR --tokens 8,16,32,64,128,256 --at-features 2000 \
 *     --features 500,1000,2000,4000,8000 --at-tokens 64
 *
 * Each is in a process of its own; what is printed is its last trace (of 2, or `--repeats`), with sessions open and files
 * cached. Private memory is the highest of all, above that of the open model.
 */
import { parseArgs } from 'node:util';
import { formatTable, growthExponent } from './statistics.ts';
import { traceApart, type StagedTraces } from './trace-apart.ts';

interface Point {
  readonly x: number;
  readonly traced: StagedTraces;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    dictionary: { type: 'string' },
    tokens: { type: 'string', default: '8,16,32,64,128,256' },
    'at-features': { type: 'string', default: '2000' },
    features: { type: 'string', default: '500,1000,2000,4000,8000' },
    'at-tokens': { type: 'string', default: '64' },
    repeats: { type: 'string', default: '2' },
  },
});
const { model, dictionary } = values;
if (model === undefined || dictionary === undefined) throw new TypeError('give --model and --dictionary');
const folders = { model, dictionary };

await table('tokens', numbers(values.tokens), nTokens => [nTokens, Number(values['at-features'])]);
await table('features', numbers(values.features), features => [Number(values['at-tokens']), features]);

async function table(
  variable: string,
  wanted: readonly number[],
  sizesOf: (x: number) => [nTokens: number, maxFeatureNodes: number],
): Promise<void> {
  const points: Point[] = [];
  for (const x of wanted) {
    const [nTokens, maxFeatureNodes] = sizesOf(x);
    const traced = await traceApart({ ...folders, nTokens, maxFeatureNodes, repeats: Number(values.repeats) });
    points.push({ x, traced });
    console.error(`${nTokens} tokens, ${maxFeatureNodes} features: ${lastOf(traced).seconds.toFixed(1)} s`);
  }
  if (points.length === 0) return;
  const rows = points.map(({ traced }) => {
    const { nTokens, active, features, edges, seconds } = lastOf(traced);
    return [
      ...[nTokens, active, features, edges].map(String),
      seconds.toFixed(2),
      processorOf(traced).toFixed(2),
      (traced.peak / 1e6).toFixed(0),
      (memoryOf(traced) / 1e6).toFixed(0),
    ];
  });
  const headings = [
    'tokens',
    'active',
    'features',
    'effects',
    'seconds',
    'processor',
    'peak MB',
    'above the open model',
  ];
  console.log(formatTable(headings, rows));
  const exponent = (y: (traced: StagedTraces) => number): string =>
    growthExponent(points.map(({ x, traced }) => ({ x, y: y(traced) }))).toFixed(2);
  console.log(
    `exponent against ${variable}: seconds ${exponent(traced => lastOf(traced).seconds)},`,
    `processor ${exponent(processorOf)}, memory above the open model ${exponent(memoryOf)}\n`,
  );
}

function lastOf({ traces }: StagedTraces): StagedTraces['traces'][number] {
  return traces[traces.length - 1];
}

/** Of the last trace: its stages begin with a forward pass. */
function processorOf({ stages }: StagedTraces): number {
  const first = stages.findLastIndex(({ stage }) => stage === 'forward');
  return stages.slice(first).reduce((sum, { processorSeconds }) => sum + processorSeconds, 0);
}

function memoryOf({ stages, peak }: StagedTraces): number {
  return peak - stages.find(({ stage }) => stage === 'open')!.privateEnd;
}

function numbers(list: string): number[] {
  return list === '' ? [] : list.split(',').map(Number);
}
