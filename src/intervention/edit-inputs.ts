import type { Graph, Value } from '../onnx/index.ts';

/** One layer's edits as inputs of a graph; `sites` and `edits` are sizes that differ between layers and runs. */
export interface EditInputs {
  /** int64 [sites, 2]: (batch row, position) of each place with an edit. */
  readonly points: Value;
  /** int64 [edits]: index into `points`. */
  readonly site: Value;
  /** int64 [edits] */
  readonly feature: Value;
  /** [edits]: the new activation is factor * activation + value. */
  readonly factor: Value;
  readonly value: Value;
  /** [edits]: 0 where the position's activations count as 0, else 1. */
  readonly live: Value;
}

export function declareEdits(graph: Graph, layer: number): EditInputs {
  const sites = `sites_${layer}`;
  const edits = `edits_${layer}`;
  return {
    points: graph.input(editInputName('points', layer), 'int64', [sites, 2]),
    site: graph.input(editInputName('site', layer), 'int64', [edits]),
    feature: graph.input(editInputName('feature', layer), 'int64', [edits]),
    factor: graph.input(editInputName('factor', layer), 'float32', [edits]),
    value: graph.input(editInputName('value', layer), 'float32', [edits]),
    live: graph.input(editInputName('live', layer), 'float32', [edits]),
  };
}

export function editInputName(part: keyof EditInputs, layer: number): string {
  return `edit_${part}_${layer}`;
}
