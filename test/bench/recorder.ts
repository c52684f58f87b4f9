import type { AttributionResult } from '../../src/attribution/attribute.ts';
import type { ReplacementModel } from '../../src/attribution/replacement-model.ts';
import { nameOfCopy, type OnnxSession, type Tensors } from '../../src/onnx/index.ts';
import type { Place } from './needed-flop.ts';
import { readProduct, transportProducts, type Product, type Sizes } from './products.ts';

/** What the waves of a trace gave to ONNX Runtime. */
export interface WaveRecord {
  /** Everything that was injected, in all waves. */
  readonly places: Place[];
  readonly products: Product[];
  /** Seconds inside runs, by kind, and of attribution as a whole. */
  readonly seconds: { transport: number; read: number; attribute: number };
  runs: number;
}

/** Runs `trace` and takes the sizes of every run of the transport's sessions from the tensors that are fed to it. */
export async function recordWaves(
  model: ReplacementModel,
  sizes: Sizes,
  trace: () => Promise<AttributionResult>,
): Promise<WaveRecord> {
  const { sessions } = model;
  const original = {
    transport: sessions.transport.bind(sessions),
    read: sessions.read.bind(sessions),
    residualRead: sessions.residualRead.bind(sessions),
    head: sessions.head.bind(sessions),
  };
  const record: WaveRecord = { places: [], products: [], seconds: { transport: 0, read: 0, attribute: 0 }, runs: 0 };
  const inject = (level: number, points: Tensors[string]): void => {
    const numbers = points.data as BigInt64Array;
    for (let i = 0; i < numbers.length; i += 2) record.places.push({ level, position: Number(numbers[i]) });
  };
  const watch = (session: OnnxSession, kind: 'transport' | 'read', onRun: (feeds: Tensors) => void): OnnxSession => ({
    run: async (feeds, into) => {
      onRun(feeds);
      const start = performance.now();
      const outputs = await session.run(feeds, into);
      record.seconds[kind] += (performance.now() - start) / 1000;
      record.runs++;
      return outputs;
    },
    dispose: () => session.dispose(),
  });
  const readFeeds = (feeds: Tensors): void => {
    for (let copy = 0; nameOfCopy('cotangent', copy) in feeds; copy++) {
      const [nTokens, rows] = feeds[nameOfCopy('cotangent', copy)].dims;
      record.products.push(readProduct(sizes, nTokens, rows, feeds[nameOfCopy('sources', copy)].dims[1]));
    }
  };
  sessions.transport = async (layer, options) =>
    watch(await original.transport(layer, options), 'transport', ({ cotangent, points }) => {
      const [nTokens, carried] = cotangent.dims;
      // Without points no row enters.
      const entering = options.passing === true ? 0 : points.dims[0];
      if (entering > 0) inject(layer, points);
      record.products.push(...transportProducts(sizes, nTokens, carried + entering, carried));
    });
  sessions.head = async () =>
    watch(await original.head(), 'transport', ({ points }) => {
      inject(sizes.nLayers, points);
    });
  sessions.read = async (...read) => watch(await original.read(...read), 'read', readFeeds);
  sessions.residualRead = async segments => watch(await original.residualRead(segments), 'read', readFeeds);
  try {
    record.seconds.attribute = (await trace()).seconds.attribute;
  } finally {
    Object.assign(sessions, original);
  }
  return record;
}
