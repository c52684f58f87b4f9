import type { InferenceSession } from 'onnxruntime-common';
import type * as OnnxRuntime from 'onnxruntime-node';
import { Graph } from './graph.ts';
import { encodeModel } from './model-proto.ts';
import { add } from './ops/arithmetic.ts';
import { ProtobufWriter } from './protobuf.ts';

const FLOAT = 1;
const EMPTY_SEQUENCE = 'empty_sequence';

/** Runs a session for what it writes to given tensors alone: all its outputs. */
export type WritingRun = (
  session: InferenceSession,
  feeds: InferenceSession.FeedsType,
  into: InferenceSession.OnnxValueMapType,
) => Promise<void>;

/** How outputs are written without a copy of each. */
export interface UncopiedOutputs {
  /** The same model with one more output, for `run`; its others can be asked for as before. */
  readonly prepare: (model: Uint8Array) => Uint8Array;
  readonly run: WritingRun;
}

let found: Promise<UncopiedOutputs | undefined> | undefined;

/**
 * The way around a copy. onnxruntime-node 1.30 writes outputs to the tensors that a run is given, and then copies each to
 * an array of its own for the result (js/node/src/inference_session_wrap.cc and tensor_helper.cc, OrtValueToNapiValue):
 * fresh memory, whose pages are faulted in one by one. It makes the results in the order of the outputs, when the run is
 * over, and refuses one that is not a tensor. So a model whose first output is an empty sequence writes everything and
 * copies nothing, and its run ends with that refusal.
 *
 * A trial finds out what the refusal says; undefined where there is none, or where the outputs are not written by then.
 */
export function uncopiedOutputs(ort: typeof OnnxRuntime): Promise<UncopiedOutputs | undefined> {
  return (found ??= tryIt(ort));
}

async function tryIt(ort: typeof OnnxRuntime): Promise<UncopiedOutputs | undefined> {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1]);
  const written = new ort.Tensor('float32', Float32Array.of(0), [1]);
  let session: InferenceSession | undefined;
  try {
    session = await ort.InferenceSession.create(prepare(encodeModel(graph, { twice: add(x, x) }).bytes));
    const refusal = await refusalOf(
      session,
      { x: new ort.Tensor('float32', Float32Array.of(3), [1]) },
      { twice: written },
    );
    if (refusal === undefined || written.data[0] !== 6) return undefined;
    return { prepare, run: (...run) => expectRefusal(refusal, ...run) };
  } catch {
    // A runtime that takes no such model: outputs are copied, as it wants.
    return undefined;
  } finally {
    await session?.release();
  }
}

/** What an error of the run says. */
async function refusalOf(...[session, feeds, into]: Parameters<WritingRun>): Promise<string | undefined> {
  try {
    await session.run(feeds, { [EMPTY_SEQUENCE]: null, ...into });
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

async function expectRefusal(refusal: string, ...[session, feeds, into]: Parameters<WritingRun>): Promise<void> {
  try {
    await session.run(feeds, { [EMPTY_SEQUENCE]: null, ...into });
  } catch (error) {
    if (error instanceof Error && error.message === refusal) return;
    throw error;
  }
}

/**
 * Puts an empty sequence before all outputs. A message within another that is written in two parts is read as both joined
 * (https://protobuf.dev/programming-guides/encoding/#last-one-wins), so this goes before the model as it is.
 */
function prepare(model: Uint8Array): Uint8Array {
  const tensor = new ProtobufWriter().message(1, new ProtobufWriter().integer(1, FLOAT));
  const sequence = new ProtobufWriter().message(4, new ProtobufWriter().message(1, tensor));
  const output = new ProtobufWriter().text(1, EMPTY_SEQUENCE).message(2, sequence);
  const node = new ProtobufWriter().text(2, EMPTY_SEQUENCE).text(4, 'SequenceEmpty');
  const graph = new ProtobufWriter().message(1, node).message(12, output);
  return Buffer.concat([new ProtobufWriter().message(7, graph).finish(), model]);
}
