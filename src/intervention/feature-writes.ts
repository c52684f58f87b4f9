import type { Dictionary } from '../dictionary/index.ts';
import { gatherPoints, gatherRows, mul, add, scatterPointsAdd, sub, unsqueeze, type Value } from '../onnx/index.ts';
import { chosenActivations, decoderRows, outputLayers } from './dictionary-graph.ts';
import type { EditInputs } from './edit-inputs.ts';

/**
 * What edited features add to the MLP outputs, collected from their own layers and applied at each layer that they
 * write to: once for each of a cross-layer feature's outputs, computed from one activation (Ameisen et al. 2025:
 * adding the decoder while every layer runs would count the feature twice).
 */
export class FeatureWrites {
  readonly #dictionary: Dictionary;
  /** By output layer: where rows are added, and the rows. */
  readonly #pending = new Map<number, { points: Value; rows: Value }[]>();

  constructor(dictionary: Dictionary) {
    this.#dictionary = dictionary;
  }

  /**
   * Adds the edits of `layer`, whose features read `input` ([batch, tokens, dModel]) there: (new value - activation) W_dec
   * for each output layer that `reaches` holds for.
   */
  add(layer: number, edits: EditInputs, input: Value, reaches: (output: number) => boolean): void {
    const outputs = outputLayers(this.#dictionary, layer).filter(reaches);
    if (outputs.length === 0) return;
    const sites = gatherPoints(input, edits.points);
    const activation = mul(chosenActivations(this.#dictionary, layer, sites, edits.site, edits.feature), edits.live);
    const delta = sub(add(mul(activation, edits.factor), edits.value), activation);
    const points = gatherRows(edits.points, edits.site);
    for (const output of outputs) {
      const rows = mul(unsqueeze(delta, [1]), decoderRows(this.#dictionary, layer, output, edits.feature));
      const before = this.#pending.get(output);
      if (before === undefined) this.#pending.set(output, [{ points, rows }]);
      else before.push({ points, rows });
    }
  }

  /** `written` [batch, tokens, dModel], the MLP output of layer `output`, with all that was collected for it. */
  applyTo(written: Value, output: number): Value {
    let result = written;
    for (const { points, rows } of this.#pending.get(output) ?? []) result = scatterPointsAdd(result, points, rows);
    return result;
  }
}
