import type { AttributionResult } from '../../attribution/attribute.ts';
import { toDense } from '../../attribution/sparse-matrix.ts';
import { writeSafetensors } from '../../checkpoint/index.ts';

/**
 * Writes the unpruned graph: `adjacency_matrix` [N, N] (rows = targets, columns = sources), `active_features` [n, 3]
 * (layer, position, index; in the order of the first rows), `activation_values` [n], `logit_tokens` [t],
 * `logit_probabilities` [t], `input_tokens` [positions], `node_influence` [N]. Errors: `file-write`, `memory`.
 */
export async function writeAdjacency(path: string, result: AttributionResult): Promise<void> {
  const { active, matrix, tokens, targets, pruned } = result;
  const count = active.layers.length;
  const features = new BigInt64Array(3 * count);
  for (let i = 0; i < count; i++) {
    features[3 * i] = BigInt(active.layers[i]);
    features[3 * i + 1] = BigInt(active.positions[i]);
    features[3 * i + 2] = BigInt(active.indices[i]);
  }
  const integers = (name: string, data: BigInt64Array, shape: readonly number[] = [data.length]) =>
    ({ name, dtype: 'I64', shape, data }) as const;
  const floats = (name: string, data: Float32Array, shape: readonly number[] = [data.length]) =>
    ({ name, dtype: 'F32', shape, data }) as const;
  await writeSafetensors(path, [
    floats('adjacency_matrix', toDense(matrix), [matrix.size, matrix.size]),
    integers('active_features', features, [count, 3]),
    floats('activation_values', active.activations),
    integers(
      'logit_tokens',
      BigInt64Array.from(targets, ({ token }) => BigInt(token)),
    ),
    floats(
      'logit_probabilities',
      Float32Array.from(targets, ({ weight }) => weight),
    ),
    integers('input_tokens', BigInt64Array.from(tokens, BigInt)),
    floats('node_influence', Float32Array.from(pruned.influence)),
  ]);
}
