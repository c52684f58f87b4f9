import { encodeModel, Graph, matmul, slice, tensor, type Tensors } from '../../src/onnx/index.ts';
import { loadOnnxRuntime } from '../../src/onnx/runtime.ts';
import { median } from './statistics.ts';

/** A run does at least so many floating-point operations, that the cost of calling it does not count. */
const FLOP_IN_A_RUN = 5e7;
const MOST_COPIES = 32;
const TIMED_RUNS = 5;

export interface MatmulShape {
  readonly batch: number;
  readonly m: number;
  readonly k: number;
  readonly n: number;
  /** A weight is a constant of the model, which ONNX Runtime packs before the run. */
  readonly weight: boolean;
}

export interface Cost {
  readonly seconds: number;
  /** Of all threads together: what other work on the machine changes little. */
  readonly processorSeconds: number;
}

/**
 * ONNX Runtime's own matmul at one shape: a model of nothing but products, of which one number each leaves the runtime.
 * Its session keeps the runtime's defaults (weights packed beforehand, which costs a copy of them), but for idle
 * threads, which do not spin: they would take the processor from what is measured between.
 */
export class MatmulMeter {
  readonly #run: () => Promise<unknown>;
  readonly #flop: number;

  static async create({ batch, m, k, n, weight }: MatmulShape, threads?: number): Promise<MatmulMeter> {
    const flop = 2 * batch * m * k * n;
    const copies = Math.min(MOST_COPIES, Math.max(1, Math.ceil(FLOP_IN_A_RUN / flop)));
    const graph = new Graph();
    const right = weight
      ? graph.constant(noise(k * n), [k, n])
      : graph.input('right', 'float32', batch === 1 ? [k, n] : [batch, k, n]);
    const a = tensor(noise(batch * m * k), batch === 1 ? [m, k] : [batch, m, k]);
    const feeds: Record<string, Tensors[string]> = {};
    if (!weight) feeds.right = tensor(noise(batch * k * n), right.shape.map(Number));
    // Each product has an input of its own name, or the runtime would compute one and use it for all.
    const results = Array.from({ length: copies }, (_, copy) => {
      const name = `left_${copy}`;
      feeds[name] = a;
      const product = matmul(graph.input(name, 'float32', a.dims), right);
      return product.shape.reduce((rest, _size, axis) => slice(rest, axis, 0, 1), product);
    });
    const { bytes } = encodeModel(graph, Object.fromEntries(results.map((value, i) => [`result_${i}`, value])));
    const ort = await loadOnnxRuntime();
    const session = await ort.InferenceSession.create(bytes, {
      ...(threads === undefined ? {} : { intraOpNumThreads: threads }),
      extra: { session: { intra_op: { allow_spinning: '0' } } },
    });
    const meter = new MatmulMeter(() => session.run(feeds), flop * copies);
    await meter.cost();
    return meter;
  }

  private constructor(run: () => Promise<unknown>, flop: number) {
    this.#run = run;
    this.#flop = flop;
  }

  /** What one floating-point operation takes now, over a few runs. */
  async cost(): Promise<Cost> {
    const runs: number[] = [];
    const start = process.cpuUsage();
    for (let i = 0; i < TIMED_RUNS; i++) {
      const from = performance.now();
      await this.#run();
      runs.push((performance.now() - from) / 1000);
    }
    const { user, system } = process.cpuUsage(start);
    return { seconds: median(runs) / this.#flop, processorSeconds: (user + system) / 1e6 / TIMED_RUNS / this.#flop };
  }
}

function noise(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(i));
}
