import { tensor, type Tensors } from '../onnx/index.ts';
import { layerStarts, type ActiveFeatures } from './active-features.ts';
import type { NodeOrder } from './node-order.ts';
import type { SourceSegment } from './source-segments.ts';
import type { LayerSources, SourceRun, WrittenSources } from './source-vectors.ts';

/**
 * Neurons as sources: at each position activation x column of the down matrix. The columns are the same everywhere and
 * stay in the checkpoint's file; only activations are fed.
 */
export class NeuronSources implements LayerSources {
  readonly areKept = true;
  readonly #layers: readonly WrittenSources[];

  /** `activations[layer]` is [tokens, dMlp]; `active` lists those that are not 0. `biased`: the down matrices have biases. */
  constructor(activations: readonly Float32Array[], active: ActiveFeatures, order: NodeOrder, biased: boolean) {
    const starts = layerStarts(active, order.nLayers);
    this.#layers = activations.map((values, layer) => {
      const dMlp = values.length / order.nTokens;
      const runs = runsOfLayer(active, starts[layer], starts[layer + 1], order.nTokens);
      if (order.leaves.mlpBiases > 0) {
        for (const ofPosition of runs) ofPosition.push({ slot: dMlp, node: order.mlpBias(layer), count: 1 });
      }
      return new LayerNeurons(values, dMlp, biased, runs);
    });
  }

  at(layer: number): Promise<WrittenSources> {
    return Promise.resolve(this.#layers[layer]);
  }
}

class LayerNeurons implements WrittenSources {
  readonly segments: readonly SourceSegment[];
  readonly #activations: Float32Array;
  readonly #dMlp: number;
  readonly #runs: readonly (readonly SourceRun[])[];

  constructor(activations: Float32Array, dMlp: number, biased: boolean, runs: readonly (readonly SourceRun[])[]) {
    const width = biased ? dMlp + 1 : dMlp;
    this.segments = [{ firstPosition: 0, positions: activations.length / dMlp, width, firstSlot: 0 }];
    this.#activations = activations;
    this.#dMlp = dMlp;
    this.#runs = runs;
  }

  runsAt(position: number): readonly SourceRun[] {
    return this.#runs[position];
  }

  feed({ firstPosition, positions }: SourceSegment): Tensors[string] {
    const from = firstPosition * this.#dMlp;
    return tensor(this.#activations.subarray(from, from + positions * this.#dMlp), [positions, 1, this.#dMlp]);
  }
}

/** By position; slots are the neurons' indices, nodes their places in the list. */
function runsOfLayer({ positions, indices }: ActiveFeatures, start: number, end: number, nTokens: number) {
  const runs = Array.from({ length: nTokens }, (): SourceRun[] => []);
  for (let node = start; node < end;) {
    let next = node + 1;
    while (next < end && positions[next] === positions[node] && indices[next] === indices[next - 1] + 1) next++;
    runs[positions[node]].push({ slot: indices[node], node, count: next - node });
    node = next;
  }
  return runs;
}
