/** One of circuit-tracer's reference graphs as typed arrays (the README inside the archive says what each tensor is). */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fromDense, type SparseMatrix } from '../../src/attribution/sparse-matrix.ts';
import { openSafetensors, tensorIn } from '../../src/checkpoint/safetensors-file.ts';
import { readFloat32, readInt64 } from '../../src/checkpoint/tensor-reader.ts';
import { referenceCase } from './reference.ts';

export const referenceGraphs = ['full', 'limited', 'targets', 'logitdiff'] as const;
/** The pruning thresholds of the stored masks: node, edge. */
export const referenceThresholds = [
  [0.8, 0.98],
  [0.5, 0.9],
  [0.95, 0.99],
] as const;

export interface ReferenceGraph {
  /** The folder that holds the files of this graph and the path of its interchange JSON. */
  readonly folder: string;
  readonly json: string;
  readonly size: number;
  /** [N, N], rows = targets. */
  readonly adjacency: Float32Array;
  readonly matrix: SparseMatrix;
  /** [N] of 'feature', 'error', 'token', 'logit' */
  readonly kinds: string[];
  /** [N] */
  readonly logitWeights: Float64Array;
  /** (layer, position, feature) of each of the first rows. */
  readonly features: [number, number, number][];
  /** Of the same features. */
  readonly activations: number[];
  readonly inputTokens: number[];
  readonly logitTargets: [string, number][];
  readonly replacementScore: number;
  readonly completenessScore: number;
  floats(name: string): Promise<Float32Array>;
  integers(name: string): Promise<number[]>;
}

export async function referenceGraph(name: string, graph: (typeof referenceGraphs)[number]): Promise<ReferenceGraph> {
  const folder = join(await referenceCase(name), 'reference');
  const file = await openSafetensors(join(folder, `graph_${graph}.safetensors`));
  const floats = (tensor: string) => readFloat32(tensorIn(file, tensor));
  const integers = async (tensor: string) => Array.from(await readInt64(tensorIn(file, tensor)), Number);
  const meta = JSON.parse(await readFile(join(folder, `graph_${graph}.meta.json`), 'utf8')) as {
    logit_targets: [string, number][];
    replacement_score: number;
    completeness_score: number;
  };
  const adjacency = await floats('adjacency_matrix');
  const size = Math.sqrt(adjacency.length);
  const [active, selected, values, probabilities, inputTokens] = await Promise.all([
    integers('active_features'),
    integers('selected_features'),
    floats('activation_values'),
    floats('logit_probabilities'),
    integers('input_tokens'),
  ]);
  const errors = size - selected.length - inputTokens.length - probabilities.length;
  const kinds = [
    ...selected.map(() => 'feature'),
    ...Array<string>(errors).fill('error'),
    ...inputTokens.map(() => 'token'),
    ...Array<string>(probabilities.length).fill('logit'),
  ];
  const logitWeights = new Float64Array(size);
  logitWeights.set(probabilities, size - probabilities.length);
  return {
    folder,
    json: join(folder, `graph_${graph}.json`),
    size,
    adjacency,
    matrix: fromDense(adjacency, size),
    kinds,
    logitWeights,
    features: selected.map(i => [active[3 * i], active[3 * i + 1], active[3 * i + 2]]),
    activations: selected.map(i => values[i]),
    inputTokens,
    logitTargets: meta.logit_targets,
    replacementScore: meta.replacement_score,
    completenessScore: meta.completeness_score,
    floats,
    integers,
  };
}
