import { readFloat32, type Checkpoint } from '../../checkpoint/index.ts';
import { isFloat } from '../../checkpoint/tensor-reader.ts';
import { CircuitError } from '../../errors.ts';
import { throwIfCancelled, type Task } from '../../task.ts';
import { parameterMap, type Parameters } from '../../training/parameters.ts';
import { architectureOf } from '../../transformer/architectures.ts';

/** Training holds the model's weights in memory as float32. */
const LARGEST_MODEL_BYTES = 8e9;

/** All weights of a checkpoint as float32. Errors: `memory` for a model that is too large for it. */
export async function checkpointParameters(checkpoint: Checkpoint, task?: Task): Promise<Parameters> {
  architectureOf(checkpoint.config);
  // Published GPT checkpoints hold masks as tensors too, of booleans or bytes.
  const refs = [...checkpoint.names]
    .map(name => [name, checkpoint.tensor(name)] as const)
    .filter(([, ref]) => isFloat(ref));
  const bytes = refs.reduce((sum, [, { entry }]) => sum + 4 * entry.shape.reduce((a, b) => a * b, 1), 0);
  if (bytes > LARGEST_MODEL_BYTES) {
    throw new CircuitError(
      'memory',
      `${checkpoint.dir} has ${Math.round(bytes / 1e9)} GB of weights as float32, which training holds in memory.`,
      'Train on a smaller model.',
    );
  }
  const parameters = [];
  for (const [i, [name, ref]] of refs.entries()) {
    throwIfCancelled(task);
    task?.progress?.('load', i, refs.length);
    parameters.push({ name, shape: ref.entry.shape, data: await readFloat32(ref) });
  }
  return parameterMap(parameters);
}
