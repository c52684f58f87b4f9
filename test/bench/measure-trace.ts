/** One measurement in a process of its own, whose memory is then that of one trace: started by `trace.ts`. */
import { attribute } from '../../src/attribution/attribute.ts';
import { layerStarts } from '../../src/attribution/active-features.ts';
import { loadReplacementModel, type ReplacementModel } from '../../src/attribution/replacement-model.ts';
import type { AttributionResult, AttributionTimings } from '../../src/attribution/attribute.ts';
import { openCheckpoint } from '../../src/checkpoint/index.ts';
import { openDictionary } from '../../src/dictionary/index.ts';
import { MatmulMeter } from './matmul-meter.ts';
import { neededFlop } from './needed-flop.ts';
import { privateMemory } from './private-memory.ts';
import { encoderProducts, flop, forwardProducts, sizesOf, STAGES, totalFlop, type Product } from './products.ts';
import { promptOf } from './prompts.ts';
import { recordWaves, type WaveRecord } from './recorder.ts';
import { median } from './statistics.ts';

export interface TraceRequest {
  readonly model: string;
  readonly dictionary: string;
  readonly nTokens: number;
  /** The prompt itself; sentences of the corpus when undefined. */
  readonly tokens?: readonly number[];
  /** ONNX Runtime's own choice when undefined. */
  readonly threads?: number;
  /** All when undefined. */
  readonly maxFeatureNodes: number | undefined;
  readonly repeats: number;
}

export interface TraceMeasurement {
  readonly nTokens: number;
  readonly activeFeatures: number;
  readonly featureNodes: number;
  readonly nodes: number;
  /** Medians. */
  readonly seconds: AttributionTimings & { readonly total: number };
  /** Of the first trace, which opens the sessions. */
  readonly firstSeconds: number;
  /** Of each stage, done. */
  readonly flop: Readonly<Record<string, number>>;
  /** Of all, without what is known to be zero. */
  readonly neededFlop: number;
  /** Seconds of those products alone at the rates measured beside each trace, median. */
  readonly floor: number;
  /** Time over floor, each trace against the rates measured right after it; median. */
  readonly ratio: number;
  /** The same in processor time of all threads, of all traces together. */
  readonly processorRatio: number;
  /** Processor time of one trace, all threads; the mean. */
  readonly processorSeconds: number;
  /** Of the slowest and the fastest of the traces. */
  readonly spread: number;
  /** Of one trace: seconds in ONNX Runtime's transport and read-out runs and how many, and in attribution as a whole. */
  readonly waves: {
    readonly transport: number;
    readonly read: number;
    readonly attribute: number;
    readonly runs: number;
  };
  /** Private bytes with the model open and nothing run. */
  readonly loadedMemory: number | undefined;
}

export type MeasurementMessage =
  { readonly kind: 'traced' } | { readonly kind: 'done'; readonly measurement: TraceMeasurement };

/** A first trace, of which the parent watches the memory; then timed ones. */
async function measure(request: TraceRequest, onTraced: () => Promise<void>): Promise<TraceMeasurement> {
  const checkpoint = await openCheckpoint(request.model);
  const dictionary = await openDictionary(request.dictionary);
  const { threads } = request;
  const model = await loadReplacementModel(checkpoint, dictionary, threads === undefined ? {} : { threads });
  const sizes = sizesOf(checkpoint.config, dictionary);
  const tokens = request.tokens ?? (await promptOf(checkpoint, request.nTokens));
  const options = { maxFeatureNodes: request.maxFeatureNodes ?? Infinity };
  const loadedMemory = privateMemory();
  const result = await attribute(model, tokens, options);
  const firstSeconds = totalOf(result.seconds);
  await onTraced();

  const record = await recordWaves(model, sizes, () => attribute(model, tokens, options));
  const products = [
    ...forwardProducts(sizes, tokens.length),
    ...encoderProducts(sizes, tokens.length),
    ...record.products,
  ];
  const meters = await metersOf(products, threads);
  const timings: (AttributionTimings & { total: number })[] = [];
  const floors: number[] = [];
  const processor = { traces: 0, floors: 0 };
  for (let i = 0; i < request.repeats; i++) {
    const start = process.cpuUsage();
    const { seconds } = await attribute(model, tokens, options);
    const { user, system } = process.cpuUsage(start);
    processor.traces += (user + system) / 1e6;
    timings.push({ ...seconds, total: totalOf(seconds) });
    let floor = 0;
    for (const { meter, work } of meters) {
      const cost = await meter.cost();
      floor += work * cost.seconds;
      processor.floors += work * cost.processorSeconds;
    }
    floors.push(floor);
  }
  const medianOf = (part: 'forward' | 'attribute' | 'prune' | 'total'): number =>
    median(timings.map(timing => timing[part]));
  const totals = timings.map(({ total }) => total);
  return {
    nTokens: tokens.length,
    activeFeatures: result.allActive.layers.length,
    featureNodes: result.selected.length,
    nodes: result.order.size,
    seconds: {
      forward: medianOf('forward'),
      attribute: medianOf('attribute'),
      prune: medianOf('prune'),
      total: medianOf('total'),
    },
    firstSeconds,
    flop: Object.fromEntries(STAGES.map(stage => [stage, totalFlop(products, stage)])),
    neededFlop: neededOf(model, result, record),
    floor: median(floors),
    ratio: median(totals.map((total, i) => total / floors[i])),
    processorRatio: processor.traces / processor.floors,
    processorSeconds: processor.traces / request.repeats,
    spread: Math.max(...totals) / Math.min(...totals),
    waves: { ...record.seconds, runs: record.runs },
    loadedMemory,
  };
}

function totalOf({ forward, attribute: attributed, prune }: AttributionTimings): number {
  return forward + attributed + prune;
}

/** A meter for each stage, at the shape in the middle of its work: half is done in smaller products, half in larger. */
async function metersOf(
  products: readonly Product[],
  threads: number | undefined,
): Promise<{ meter: MatmulMeter; work: number }[]> {
  const meters: { meter: MatmulMeter; work: number }[] = [];
  for (const stage of STAGES) {
    const ascending = products.filter(product => product.stage === stage).sort((a, b) => flop(a) - flop(b));
    const work = totalFlop(ascending);
    let below = 0;
    const middle = ascending.find(product => (below += flop(product)) >= work / 2);
    if (middle !== undefined) meters.push({ meter: await MatmulMeter.create(middle, threads), work });
  }
  return meters;
}

function neededOf(model: ReplacementModel, { allActive, tokens }: AttributionResult, { places }: WaveRecord): number {
  const { checkpoint, dictionary, nZeroed } = model;
  const { nLayers } = checkpoint.config;
  const sizes = sizesOf(checkpoint.config, dictionary);
  const starts = layerStarts(allActive, nLayers);
  const sourceCounts = Array.from({ length: nLayers }, (_, layer) => {
    const counts = tokens.map((_token, position) => (position < nZeroed ? 0 : 1));
    const first = sizes.crossLayer ? 0 : starts[layer];
    for (let feature = first; feature < starts[layer + 1]; feature++) counts[allActive.positions[feature]]++;
    return counts;
  });
  const { project, mix, read } = neededFlop(sizes, places, sourceCounts);
  return (
    totalFlop(forwardProducts(sizes, tokens.length)) +
    totalFlop(encoderProducts(sizes, tokens.length)) +
    project +
    mix +
    read
  );
}

function send(message: MeasurementMessage): void {
  process.send?.(message);
}

/** The request comes as an argument: a message may arrive before anybody listens. */
const request = JSON.parse(process.argv[2]) as TraceRequest;
const resumed = new Promise<void>(resolve => {
  process.once('message', () => {
    resolve();
  });
});
try {
  const measurement = await measure(request, () => {
    send({ kind: 'traced' });
    return resumed;
  });
  send({ kind: 'done', measurement });
} finally {
  process.disconnect();
}
