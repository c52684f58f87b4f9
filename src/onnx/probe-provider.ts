import { Graph } from './graph.ts';
import { encodeModel } from './model-proto.ts';
import { relu } from './ops/activation.ts';
import { linear, matmul } from './ops/matmul.ts';
import { slice } from './ops/shape.ts';
import { createSession } from './create-session.ts';
import { loadOnnxRuntime } from './runtime.ts';
import { tensor } from './session.ts';
import type { ExecutionProvider } from './types.ts';

/** What a probe finds: that the provider computes, and how fast; or what it threw. */
export type ProbeAnswer =
  { readonly works: true; readonly gigaflops: number } | { readonly works: false; readonly message: string };

/** Marks the line of stdout that holds the answer. */
export const ANSWER = 'circuit-probe:';

/** Attribution needs float32: a product of TensorFloat-32 or 16-bit numbers is off by more than 1e-3. */
export const TOLERANCE = 1e-5;

/**
 * The work of a probe's process: writes one line with a ProbeAnswer to stdout. What ONNX Runtime logs stays on stderr,
 * where the parent reads it.
 */
export async function answerProbe(provider: ExecutionProvider): Promise<void> {
  await loadOnnxRuntime('error');
  let answer: ProbeAnswer;
  try {
    const error = await productError(provider);
    answer =
      error <= TOLERANCE
        ? { works: true, gigaflops: await measureRate(provider) }
        : {
            works: false,
            message: `its products are off by ${error.toExponential(1)}, float32 would be within ${TOLERANCE}`,
          };
  } catch (cause) {
    const root = cause instanceof Error && cause.cause instanceof Error ? cause.cause : cause;
    answer = { works: false, message: root instanceof Error ? root.message : String(root) };
  }
  await new Promise(resolve => process.stdout.write(`\n${ANSWER}${JSON.stringify(answer)}\n`, resolve));
}

/** max |provider - float64| / max |float64| of relu(X W); a GPU must not leave nodes to the CPU. */
export async function productError(provider: ExecutionProvider): Promise<number> {
  const [rows, inner, columns] = [8, 64, 16];
  const [x, weight] = [waves(rows * inner), waves(inner * columns)];
  const graph = new Graph();
  const y = relu(matmul(graph.input('x', 'float32', [rows, inner]), graph.constant(weight, [inner, columns])));
  const session = await createSession(encodeModel(graph, { y }), { provider, noCpuFallback: provider !== 'cpu' });
  const result = (await session.run({ x: tensor(x, [rows, inner]) })).y.data as Float32Array;
  await session.dispose();
  let [difference, largest] = [0, 0];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      let exact = 0;
      for (let i = 0; i < inner; i++) exact += x[row * inner + i] * weight[i * columns + column];
      exact = Math.max(exact, 0);
      // A NaN must not pass: Math.max keeps it.
      difference = Math.max(difference, Math.abs(result[row * columns + column] - exact));
      largest = Math.max(largest, exact);
    }
  }
  return difference / largest;
}

/** 1 GFLOP/s: what takes longer is not worth a second run, even if the first one compiled shaders. */
const LONGEST_RUN_MS = 2000;

/**
 * GFLOP/s of the products that analyses are made of, plain and transposed, with the weight resident and the rows copied
 * in: 2.1 GFLOP a run, best of three after one to warm up. Nodes that the provider lacks run on the CPU, as they will.
 */
export async function measureRate(provider: ExecutionProvider): Promise<number> {
  const [rows, width, layers, runs] = [256, 1024, 4, 3];
  const graph = new Graph();
  const scale = Math.sqrt(2 / width);
  const weight = graph.constant(
    waves(width * width).map(value => value * scale),
    [width, width],
  );
  let y = graph.input('x', 'float32', [rows, width]);
  for (let layer = 0; layer < layers; layer++) y = relu(layer % 2 === 0 ? linear(y, weight) : matmul(y, weight));
  const session = await createSession(encodeModel(graph, { y: slice(y, 0, 0, 1) }), { provider });
  const feeds = { x: tensor(waves(rows * width), [rows, width]) };
  let best = Infinity;
  for (let run = 0; run <= runs; run++) {
    const start = performance.now();
    await session.run(feeds);
    const spent = performance.now() - start;
    if (run > 0 || spent > LONGEST_RUN_MS) best = Math.min(best, spent);
    if (spent > LONGEST_RUN_MS) break;
  }
  await session.dispose();
  return (2 * rows * width * width * layers) / (best * 1e6);
}

/** Repeatable numbers of either sign with all bits of their fraction in use. */
function waves(length: number): Float32Array {
  return Float32Array.from({ length }, (_, i) => Math.sin(1 + 1.7 * i * (1 + (i % 13))));
}
