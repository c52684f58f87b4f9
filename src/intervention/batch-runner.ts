import { checkSequence } from '../attribution/prompt-check.ts';
import type { Checkpoint } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import {
  createSession,
  encodeModel,
  type Graph,
  type OnnxSession,
  type Outputs,
  type SessionSettings,
  type Tensors,
} from '../onnx/index.ts';
import { throwIfCancelled, type Task } from '../task.ts';
import { forwardFeeds } from '../transformer/inputs.ts';
import { batchesOf } from './batches.ts';

/** One batch: which of the sequences it holds, all of `nTokens` tokens. */
export interface Batch {
  readonly indices: readonly number[];
  readonly nTokens: number;
}

/** A run over many sequences. */
export interface BatchWork {
  /** What progress is reported as. */
  readonly stage: string;
  readonly sequences: readonly ArrayLike<number>[];
  /** Of the widest array that is made; decides how many sequences run together. */
  readonly valuesPerPosition: number;
  /** The inputs besides those of a forward pass. */
  readonly feeds: (batch: Batch) => Tensors;
  /** In place of one plain run. */
  readonly execute?: (session: OnnxSession, feeds: Tensors) => Promise<Tensors>;
  readonly take: (outputs: Tensors, batch: Batch) => void;
}

/** Sessions by what they compute, each made when it is first needed, and runs over batches of sequences. */
export class BatchRunner {
  readonly #checkpoint: Checkpoint;
  readonly #settings: SessionSettings;
  readonly #sessions = new Map<string, Promise<OnnxSession>>();

  constructor(checkpoint: Checkpoint, settings: SessionSettings) {
    this.#checkpoint = checkpoint;
    this.#settings = settings;
  }

  /** The session `key`, for whose graph `build` is called once. */
  session(key: string, build: () => { graph: Graph; outputs: Outputs }): Promise<OnnxSession> {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const { graph, outputs } = build();
    const session = createSession(encodeModel(graph, outputs), this.#settings);
    this.#sessions.set(key, session);
    session.catch(() => this.#sessions.delete(key));
    return session;
  }

  /** Errors: `prompt` for tokens that the model cannot read. */
  async run(session: OnnxSession, work: BatchWork, task: Task | undefined): Promise<void> {
    const { config } = this.#checkpoint;
    const { sequences, stage } = work;
    for (const tokens of sequences) {
      if (tokens.length === 0) throw new CircuitError('prompt', 'A prompt has no tokens.', 'Give at least one token.');
      checkSequence(tokens, config);
    }
    let done = 0;
    for (const indices of batchesOf(sequences, work.valuesPerPosition)) {
      throwIfCancelled(task);
      task?.progress?.(stage, done, sequences.length);
      const rows = indices.map(index => sequences[index]);
      const batch = { indices, nTokens: rows[0].length };
      const feeds = { ...forwardFeeds(config, rows), ...work.feeds(batch) };
      const outputs = await (work.execute === undefined ? session.run(feeds) : work.execute(session, feeds));
      work.take(outputs, batch);
      done += indices.length;
    }
    task?.progress?.(stage, done, sequences.length);
  }

  async dispose(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).dispose();
  }
}

/** Errors: `usage` when a changed model computed NaN or infinity. */
export function requireFinite(logits: Float32Array): Float32Array {
  if (logits.every(Number.isFinite)) return logits;
  throw new CircuitError(
    'usage',
    'The logits of the changed model are not finite.',
    'Use smaller values; where this happens without edits, the weights are broken: fetch them again.',
  );
}
