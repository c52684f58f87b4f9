/**
 * ONNX Runtime's own rate of matrix products: what analyses are measured against.
 *
 *   npx tsx test/bench/matmul-rate.ts                    a table of usual shapes
 *   npx tsx test/bench/matmul-rate.ts 128 2304 9216 2    rows m, inner size k, columns n, threads
 */
import { pathToFileURL } from 'node:url';
import { createSession, encodeModel, Graph, linear, matmul, slice, tensor } from '../../src/onnx/index.ts';

/** Enough runs for the best to be free of other work on the machine. */
const RUNS = 8;
const LEAST_MS = 150;

export interface MatmulRateOptions {
  /** Read the second matrix transposed, [n, k], as the weights of a forward pass are. */
  readonly transposed?: boolean;
}

/**
 * GFLOP/s of [m, k] x [k, n] in float32 on the CPU, best of several runs, counting 2mkn. Neither matrix is prepacked, as
 * mapped weights are not, and one element of the result is fetched, so that no copy is timed.
 */
export async function measureMatmulRate(
  m: number,
  k: number,
  n: number,
  threads: number,
  { transposed = false }: MatmulRateOptions = {},
): Promise<number> {
  const graph = new Graph();
  const a = graph.input('a', 'float32', [m, k]);
  const bShape = transposed ? [n, k] : [k, n];
  const b = graph.input('b', 'float32', bShape);
  const product = transposed ? linear(a, b) : matmul(a, b);
  const y = slice(slice(product, 0, 0, 1), 1, 0, 1);
  const session = await createSession(encodeModel(graph, { y }), { threads });
  const numbers = (size: number) => Float32Array.from({ length: size }, (_, i) => ((i * 7919) % 1009) / 1009 - 0.5);
  const feeds = { a: tensor(numbers(m * k), [m, k]), b: tensor(numbers(k * n), bShape) };
  await session.run(feeds);
  let best = Infinity;
  const end = performance.now() + LEAST_MS;
  for (let run = 0; run < RUNS || performance.now() < end; run++) {
    const start = performance.now();
    await session.run(feeds);
    best = Math.min(best, performance.now() - start);
  }
  await session.dispose();
  return (2 * m * k * n) / (best * 1e6);
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const given = process.argv.slice(2).map(Number);
  const shapes = given.length >= 3 ? [given] : [8, 64, 512].flatMap(m => [[m, 256, 1024, 2], [m, 2304, 9216, 2]]); // prettier-ignore
  console.log('     m      k      n  threads   GFLOP/s  transposed');
  for (const [m, k, n, threads = 1] of shapes) {
    const plain = await measureMatmulRate(m, k, n, threads);
    const transposed = await measureMatmulRate(m, k, n, threads, { transposed: true });
    const sizes = [m, k, n].map(size => String(size).padStart(6)).join(' ');
    console.log(
      `${sizes} ${String(threads).padStart(8)} ${plain.toFixed(1).padStart(9)} ${transposed.toFixed(1).padStart(11)}`,
    );
  }
}
