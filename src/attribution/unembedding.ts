import { gatherRows, rowChunks, type Checkpoint, type TensorRef } from '../checkpoint/index.ts';
import type { Task } from '../task.ts';
import { architectureOf } from '../transformer/architectures.ts';

/** Values read at once while the mean is taken: 4 MB of float32, which stay in the processor's caches. */
const CHUNK_VALUES = 2 ** 20;

/** Rows of the unembedding, read from the file one by one, and their mean. */
export class Unembedding {
  readonly #tensor: TensorRef;
  #mean: Promise<Float64Array> | undefined;

  constructor(checkpoint: Checkpoint) {
    const { config } = checkpoint;
    const name = architectureOf(config).unembeddingTensor(config);
    this.#tensor = checkpoint.expectShape(name, [config.vocabularySize, config.dModel]);
  }

  /** [tokens.length, dModel] */
  rows(tokens: readonly number[], task?: Task): Promise<Float32Array> {
    return gatherRows(this.#tensor, tokens, task);
  }

  /** The mean over the vocabulary, [dModel]; read once. */
  mean(task?: Task): Promise<Float64Array> {
    this.#mean ??= this.#readMean(task).catch((error: unknown) => {
      this.#mean = undefined;
      throw error;
    });
    return this.#mean;
  }

  async #readMean(task: Task | undefined): Promise<Float64Array> {
    const [vocabulary, dModel] = this.#tensor.entry.shape;
    const mean = new Float64Array(dModel);
    for await (const rows of rowChunks(this.#tensor, CHUNK_VALUES, task)) {
      for (let i = 0; i < rows.length; i += dModel) {
        for (let d = 0; d < dModel; d++) mean[d] += rows[i + d];
      }
    }
    return mean.map(sum => sum / vocabulary);
  }
}
