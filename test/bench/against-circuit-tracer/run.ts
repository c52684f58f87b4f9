/**
 * The same traces by circuit-tracer and by this engine: same checkpoint, dictionary, tokens and targets, one process each
 * in turn, two threads each.
 *
 *   npx tsx test/bench/against-circuit-tracer/run.ts --model DIR --python .ct/bin/python --work DIR
 *     --tokens 8,16,32,64 --features 2000 --width 16384 --active 100 [--gpt2] [--kind clt] [--no-peer] [--cap SECONDS]
 *
 * MODEL is a Llama checkpoint, or with --gpt2 a folder for a random one of GPT-2 small's shape; peer.py says how its
 * Python is set up. The dictionary is random, made by peer.py anew for each number of tokens in WORK/dictionary (2.3 GB for
 * SmolLM2-135M); a cross-layer one is traced by this engine alone. circuit-tracer is ended after --cap seconds.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { measureApart } from '../measure-apart.ts';
import { STAGES } from '../products.ts';
import { formatTable } from '../statistics.ts';

const THREADS = 2;

/** A peer that was ended has taken longer than this, in seconds, and has no other results. */
interface Capped {
  readonly longerThan: number;
}

interface PeerResult {
  readonly active: number;
  readonly kept: number;
  readonly seconds: number;
  readonly peak_bytes: number;
}

const { values } = parseArgs({
  options: {
    model: { type: 'string' },
    python: { type: 'string', default: 'python3' },
    work: { type: 'string' },
    tokens: { type: 'string', default: '16' },
    features: { type: 'string', default: '2000' },
    width: { type: 'string', default: '16384' },
    active: { type: 'string', default: '100' },
    repeats: { type: 'string', default: '3' },
    gpt2: { type: 'boolean', default: false },
    kind: { type: 'string', default: 'plt' },
    'no-peer': { type: 'boolean', default: false },
    cap: { type: 'string', default: '480' },
  },
});
const { model, work } = values;
if (model === undefined || work === undefined) throw new TypeError('--model and --work are needed');
const dictionary = path.join(work, 'dictionary');

const withoutPeer = values['no-peer'] || values.kind === 'clt';
const rows: string[][] = [];
for (const nTokens of values.tokens.split(',')) {
  for (const [index, features] of values.features.split(',').entries()) {
    const answer = runPeer(nTokens, features, index > 0);
    const peer = answer !== undefined && 'seconds' in answer ? answer : undefined;
    const least = answer !== undefined && 'longerThan' in answer ? answer.longerThan : peer?.seconds;
    const bound = peer === undefined ? '>' : '';
    const tokens = JSON.parse(readFileSync(path.join(dictionary, 'tokens.json'), 'utf8')) as number[];
    const { measurement, peak } = await measureApart({
      model,
      dictionary,
      nTokens: tokens.length,
      tokens,
      threads: THREADS,
      maxFeatureNodes: Number(features),
      repeats: Number(values.repeats),
    });
    const { seconds, firstSeconds, floor, ratio, flop, neededFlop, activeFeatures, featureNodes } = measurement;
    const work = STAGES.reduce((sum, stage) => sum + flop[stage], 0);
    rows.push([
      nTokens,
      features,
      `${peer?.active ?? '-'} / ${activeFeatures}`,
      `${peer?.kept ?? '-'} / ${featureNodes}`,
      least === undefined ? '-' : `${bound}${least.toFixed(1)}`,
      firstSeconds.toFixed(2),
      seconds.total.toFixed(2),
      least === undefined ? '-' : `${bound}${(least / firstSeconds).toFixed(0)} x`,
      (work / 1e12).toFixed(3),
      `${((100 * neededFlop) / work).toFixed(0)} %`,
      floor.toFixed(2),
      ratio.toFixed(2),
      measurement.processorRatio.toFixed(2),
      peer === undefined ? '-' : (peer.peak_bytes / 1e9).toFixed(2),
      peak === undefined ? 'not measured' : (peak / 1e9).toFixed(2),
    ]);
    console.error(rows.at(-1)?.join('  '));
  }
}
console.log(
  'Seconds: circuit-tracer, our first trace (which opens the sessions), the median of later ones. Faster: the',
);
console.log(
  'peer against our first. Floor: the products of the trace alone, by ONNX Runtime, timed beside each trace.',
);
console.log("GB: the peer's resident memory at its peak, our private memory at its peak.\n");
const headings =
  'tokens|features|active|kept|peer s|first s|later s|faster|TFLOP|needed|floor s|time/floor|processor/floor|peer GB|our GB';
console.log(formatTable(headings.split('|'), rows));

/** Writes the dictionary and times circuit-tracer on it; undefined without it. */
function runPeer(nTokens: string, features: string, isWritten: boolean): PeerResult | Capped | undefined {
  if (withoutPeer && isWritten) return undefined;
  const script = path.join(import.meta.dirname, 'peer.py');
  const options = ['--tokens', nTokens, '--features', features, '--width', values.width, '--active', values.active];
  options.push('--kind', values.kind, '--threads', String(THREADS), ...(values.gpt2 ? ['--gpt2'] : []));
  const longerThan = Number(values.cap);
  const { status, stdout, error } = spawnSync(
    values.python,
    [script, model!, dictionary, ...options, ...(withoutPeer ? ['--only-write'] : [])],
    { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], timeout: 1000 * longerThan },
  );
  if (error !== undefined && 'code' in error && error.code === 'ETIMEDOUT') return { longerThan };
  if (status !== 0) throw new Error(`circuit-tracer ended with exit code ${status}`);
  return withoutPeer ? undefined : (JSON.parse(stdout.trim().split('\n').at(-1)!) as PeerResult);
}
