import type { Checkpoint } from '../checkpoint/index.ts';
import type { Dictionary } from '../dictionary/index.ts';
import type { Tensors } from '../onnx/index.ts';
import type { BatchRunner } from './batch-runner.ts';

/** What every run over a model and its dictionary needs. */
export interface InterventionContext {
  readonly checkpoint: Checkpoint;
  readonly dictionary: Dictionary;
  readonly runner: BatchRunner;
  /** Leading positions whose activations count as 0 and whose MLPs are never replaced. */
  readonly zeroedPositions: number;
  /** See InterventionSettings. */
  readonly denseDecoderValues: number;
}

export function widestLayer({ layers }: Dictionary): number {
  return Math.max(...layers.map(({ nFeatures }) => nFeatures));
}

export function floats(outputs: Tensors, name: string): Float32Array {
  return outputs[name].data as Float32Array;
}
