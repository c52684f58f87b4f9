import type { Checkpoint } from '../checkpoint/index.ts';
import {
  createSession,
  encodeModel,
  Graph,
  gatherRows,
  reshape,
  tensor,
  type OnnxSession,
  type SessionSettings,
} from '../onnx/index.ts';
import { unembed } from '../transformer/ends.ts';
import { buildForward } from '../transformer/forward.ts';
import { forwardFeeds, forwardInputs } from '../transformer/inputs.ts';
import { storedWeights } from '../transformer/weights.ts';

/** Tokens, padding included, that run together. */
const RUN_TOKENS = 4096;

/** A checkpoint's logits of the next token: of one prompt or of many at a time. */
export class NextTokenModel {
  readonly #checkpoint: Checkpoint;
  readonly #session: OnnxSession;

  static async create(checkpoint: Checkpoint, settings: SessionSettings = {}): Promise<NextTokenModel> {
    const { config } = checkpoint;
    const graph = new Graph();
    const source = storedWeights(graph, checkpoint);
    const { finalNorm } = buildForward(config, source, forwardInputs(graph, config));
    const ends = graph.input('read_out', 'int64', ['batch']);
    const last = gatherRows(reshape(finalNorm.output, ['rows', config.dModel]), ends);
    const { logits } = unembed(config, source, last);
    return new NextTokenModel(checkpoint, await createSession(encodeModel(graph, { logits }), settings));
  }

  private constructor(checkpoint: Checkpoint, session: OnnxSession) {
    this.#checkpoint = checkpoint;
    this.#session = session;
  }

  /** Groups of prompts, by index, that run together: of similar lengths, as shorter ones are padded. */
  runs(prompts: readonly (readonly number[])[]): number[][] {
    const order = Array.from(prompts.keys()).sort((a, b) => prompts[a].length - prompts[b].length || a - b);
    const runs: number[][] = [];
    for (const index of order) {
      const run = runs.at(-1);
      if (run !== undefined && (run.length + 1) * prompts[index].length <= RUN_TOKENS) run.push(index);
      else runs.push([index]);
    }
    return runs;
  }

  /**
   * Logits after each prompt, [prompts, vocabulary]. Attention is causal: padding behind a prompt does not reach it.
   * The prompts must have passed `checkSequence`.
   */
  async logits(prompts: readonly (readonly number[])[]): Promise<Float32Array> {
    const length = Math.max(...prompts.map(prompt => prompt.length));
    const padded = prompts.map(prompt => {
      const sequence = new Int32Array(length);
      sequence.set(prompt);
      return sequence;
    });
    const ends = BigInt64Array.from(prompts, (prompt, row) => BigInt(row * length + prompt.length - 1));
    const { logits } = await this.#session.run({
      ...forwardFeeds(this.#checkpoint.config, padded),
      read_out: tensor(ends, [prompts.length]),
    });
    return logits.data as Float32Array;
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
