import { Tensor } from 'onnxruntime-common';
import { Graph } from './graph.ts';
import { encodeModel } from './model-proto.ts';
import { slice } from './ops/shape.ts';
import { loadOnnxRuntime } from './runtime.ts';

/**
 * glibc raises the size from which a block is mapped by itself when one below 32 MB is freed (mallopt(3),
 * M_MMAP_THRESHOLD), and keeps twice as much of the heap.
 */
const BLOCK_VALUES = 2 ** 23 - 2 ** 14;

let kept: Promise<void> | undefined;

/**
 * Lets the process keep up to 64 MB that was freed, on Linux. By default each block of 128 KB is mapped anew, and its
 * pages are cleared and faulted in one by one: for a session that keeps no memory of its own that took as long as a
 * third of its products.
 */
export function keepHeap(): Promise<void> {
  return (kept ??= process.platform === 'linux' ? freeOneBlock() : Promise.resolve());
}

/** A run whose only large block is freed at its end. */
async function freeOneBlock(): Promise<void> {
  const graph = new Graph();
  const [block] = graph.node(
    'ConstantOfShape',
    [graph.input('length', 'int64', [1])],
    [{ dtype: 'float32', shape: ['block'] }],
    { differentiable: [] },
  );
  const { bytes } = encodeModel(graph, { first: slice(block, 0, 0, 1) });
  const ort = await loadOnnxRuntime();
  const session = await ort.InferenceSession.create(bytes, { enableCpuMemArena: false });
  await session.run({ length: new Tensor('int64', BigInt64Array.of(BigInt(BLOCK_VALUES)), [1]) });
  await session.release();
}
