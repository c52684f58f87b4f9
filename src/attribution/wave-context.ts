import type { Task } from '../task.ts';
import type { ForwardPass } from './forward-pass.ts';
import type { HeadSizes } from './frozen-feeds.ts';
import type { WrittenSources } from './source-vectors.ts';
import type { ArrayMemory } from './trace-memory.ts';
import type { TransportSessions } from './transport-sessions.ts';

/** What a wave needs to know of the model, its dictionary and the prompt. */
export interface WaveContext {
  readonly sessions: TransportSessions;
  readonly pass: ForwardPass;
  readonly shape: HeadSizes & { readonly dModel: number };
  readonly nSources: number;
  /** Whether what is written at all layers is in memory: otherwise `sourcesAt` reads it each time. */
  readonly sourcesKept: boolean;
  /** What is written at the dictionary's output hook of `layer`. */
  readonly sourcesAt: (layer: number, task?: Task) => Promise<WrittenSources>;
  /** For the effects of rows that are kept, too. */
  readonly memory: ArrayMemory;
  /** What is written to the residual stream before the first layer. */
  readonly embeddings: WrittenSources;
  /** What attention writes at every position whatever it reads, [layer][dModel], where that is a node of the graph. */
  readonly attentionBiases?: readonly { readonly node: number; readonly vector: Float32Array }[] | undefined;
}
