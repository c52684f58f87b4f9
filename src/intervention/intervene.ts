import type { Tensors } from '../onnx/index.ts';
import type { Task } from '../task.ts';
import { requireFinite } from './batch-runner.ts';
import { placeFeeds, rowOf } from './batches.ts';
import { floats, widestLayer, type InterventionContext } from './context.ts';
import type { Edit } from './edit.ts';
import { editFeeds } from './edit-feeds.ts';
import { activationOutput, intervenedGraph, type ActivationOutput } from './intervened-graph.ts';
import { freezingOf, type InterventionMode } from './mode.ts';

/** A prompt and what to change on it; without edits the original model runs. */
export interface InterventionRequest {
  readonly tokens: ArrayLike<number>;
  readonly edits?: readonly Edit[];
}

export interface InterventionOptions {
  /** `free` when undefined. */
  readonly mode?: InterventionMode;
  /** Of which positions logits are returned; `last` when undefined. */
  readonly logits?: 'last' | 'all';
  /** Activations of the changed model's features; `none` when undefined. */
  readonly activations?: ActivationOutput;
}

export interface InterventionResult {
  /** [vocabulary] of the last position, or [tokens, vocabulary] */
  readonly logits: Float32Array;
  /** When asked for: [tokens, nFeatures] of each layer, dense; zeroed positions are 0. */
  readonly activations?: readonly Float32Array[];
}

/** See Intervention.run. */
export async function intervene(
  context: InterventionContext,
  requests: readonly InterventionRequest[],
  { mode = { kind: 'free' }, logits = 'last', activations = 'none' }: InterventionOptions,
  task: Task | undefined,
): Promise<InterventionResult[]> {
  const { checkpoint, dictionary, runner, zeroedPositions } = context;
  const freezing = freezingOf(mode, checkpoint.config.nLayers);
  const session = await runner.session(JSON.stringify([mode, activations]), () =>
    intervenedGraph(checkpoint, dictionary, freezing, activations),
  );
  const results = new Array<InterventionResult>(requests.length);
  await runner.run(
    session,
    {
      stage: 'intervene',
      sequences: requests.map(request => request.tokens),
      valuesPerPosition: Math.max(
        checkpoint.config.dMlp,
        logits === 'all' ? checkpoint.config.vocabularySize : 0,
        activations === 'none' ? 0 : dictionary.nFeatures,
        dictionary.activation === 'topk' ? widestLayer(dictionary) : 0,
      ),
      feeds: ({ indices, nTokens }) => {
        const edits = indices.map(index => requests[index].edits ?? []);
        return {
          ...placeFeeds(indices.length, nTokens, logits),
          ...editFeeds(dictionary, edits, nTokens, zeroedPositions),
        };
      },
      take: (outputs, { indices }) => {
        const all = requireFinite(floats(outputs, 'logits'));
        indices.forEach((index, row) => {
          const own = { logits: rowOf(all, row, indices.length) };
          results[index] =
            activations === 'none' ? own : { ...own, activations: layersOf(context, outputs, row, indices.length) };
        });
      },
    },
    task,
  );
  return results;
}

/** The activations of one row of a batch, by layer. */
function layersOf(
  { dictionary, zeroedPositions }: InterventionContext,
  outputs: Tensors,
  row: number,
  nRows: number,
): Float32Array[] {
  return dictionary.layers.map(({ layer, nFeatures }) =>
    rowOf(floats(outputs, activationOutput(layer)), row, nRows).fill(0, 0, zeroedPositions * nFeatures),
  );
}
