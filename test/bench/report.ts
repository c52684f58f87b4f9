import type { TraceMeasurement } from './measure-trace.ts';
import { STAGES } from './products.ts';
import { formatTable, growthExponent } from './statistics.ts';

export interface MeasuredTrace {
  /** All features when undefined. */
  readonly budget: number | undefined;
  readonly measurement: TraceMeasurement;
  /** Private bytes, the highest up to the end of the first trace; undefined where it cannot be measured. */
  readonly peak: number | undefined;
}

const NOT_MEASURED = 'not measured';

/** "peak (above the open model)", in MB */
function memoryOf({ peak, measurement: { loadedMemory } }: MeasuredTrace): string {
  if (peak === undefined || loadedMemory === undefined) return NOT_MEASURED;
  return `${(peak / 1e6).toFixed(0)} (${((peak - loadedMemory) / 1e6).toFixed(0)})`;
}

export function printReport(traces: readonly MeasuredTrace[]): void {
  printTimes(traces);
  printWork(traces);
  printGrowth(traces);
}

function printTimes(traces: readonly MeasuredTrace[]): void {
  console.log(
    'Seconds: medians after a warm-up. Floor: the same products alone, by ONNX Runtime, on this machine now.',
  );
  console.log('Processor/floor is the same in processor time of all threads, which other work changes little.');
  console.log('MB: private memory of a process that traces once, at its peak (of it, above the open model).\n');
  const headings =
    'tokens|active|nodes|seconds|forward|attribute|prune|processor|GFLOP|GFLOP/s|matmul GFLOP/s|time/floor|processor/floor|slowest/fastest|MB';
  const rows = traces.map(trace => {
    const { nTokens, activeFeatures, nodes, seconds, floor, ratio, spread, processorSeconds, processorRatio } =
      trace.measurement;
    const work = totalOf(trace) / 1e9;
    return [
      ...[nTokens, activeFeatures].map(String),
      `${nodes}${trace.budget === undefined ? '' : ` (${trace.budget} f)`}`,
      ...[seconds.total, seconds.forward, seconds.attribute, seconds.prune, processorSeconds].map(value =>
        value.toFixed(3),
      ),
      work.toFixed(2),
      ...[work / seconds.total, work / floor].map(value => value.toFixed(1)),
      ratio.toFixed(2),
      processorRatio.toFixed(2),
      spread.toFixed(2),
      memoryOf(trace),
    ];
  });
  console.log(formatTable(headings.split('|'), rows));
}

function printWork(traces: readonly MeasuredTrace[]): void {
  console.log(
    '\nGFLOP by stage; how much of all is not known to be zero; milliseconds of one trace inside the runs of the',
  );
  console.log('transport, and what attribution takes beside them.\n');
  const headings = ['tokens', 'nodes', ...STAGES, 'needed', 'runs', 'transport ms', 'read ms', 'beside ms'];
  const rows = traces.map(trace => {
    const { nTokens, nodes, flop, neededFlop, waves } = trace.measurement;
    return [
      ...[nTokens, nodes].map(String),
      ...STAGES.map(stage => (flop[stage] / 1e9).toFixed(3)),
      `${((100 * neededFlop) / totalOf(trace)).toFixed(0)} %`,
      String(waves.runs),
      ...[waves.transport, waves.read, waves.attribute - waves.transport - waves.read].map(value =>
        (1000 * value).toFixed(0),
      ),
    ];
  });
  console.log(formatTable(headings, rows));
}

function printGrowth(traces: readonly MeasuredTrace[]): void {
  console.log('\nGrowth: the exponent b of y = a x^b, least squares in logarithms.\n');
  const budgets = [...new Set(traces.map(({ budget }) => budget))];
  const longest = Math.max(...traces.map(({ measurement }) => measurement.nTokens));
  const tokens = (trace: MeasuredTrace): number => trace.measurement.nTokens;
  const rows = budgets.map(budget =>
    growthRow(
      `tokens, ${budget ?? 'all'} features`,
      traces.filter(trace => trace.budget === budget),
      tokens,
    ),
  );
  const all = traces.filter(({ budget }) => budget === undefined);
  rows.push(growthRow('active features, all of them nodes', all, trace => trace.measurement.activeFeatures));
  const spent = traces.filter(trace => trace.budget !== undefined && tokens(trace) === longest);
  rows.push(growthRow(`feature budget, ${longest} tokens`, spent, trace => trace.measurement.featureNodes));
  console.log(
    formatTable(['against', 'points', 'seconds', 'processor seconds', 'GFLOP', 'MB above the open model'], rows),
  );
}

function growthRow(name: string, traces: readonly MeasuredTrace[], x: (trace: MeasuredTrace) => number): string[] {
  const exponent = (y: (trace: MeasuredTrace) => number): string => {
    const value = growthExponent(traces.map(trace => ({ x: x(trace), y: y(trace) })));
    return Number.isFinite(value) ? value.toFixed(2) : NOT_MEASURED;
  };
  return [
    name,
    String(traces.length),
    exponent(trace => trace.measurement.seconds.total),
    exponent(trace => trace.measurement.processorSeconds),
    exponent(totalOf),
    exponent(({ peak = NaN, measurement: { loadedMemory = NaN } }) => peak - loadedMemory),
  ];
}

function totalOf({ measurement: { flop } }: MeasuredTrace): number {
  return STAGES.reduce((sum, stage) => sum + flop[stage], 0);
}
