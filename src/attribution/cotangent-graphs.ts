import { concat, Graph, scalar } from '../onnx/index.ts';
import type { BuiltGraph } from './transport-graphs.ts';

/** `wide`: `cotangent` [tokens, rows, dModel] and after its rows zeros of the shape `added`, [tokens, more rows, dModel]. */
export function buildWidenGraph(dModel: number): BuiltGraph {
  const graph = new Graph();
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', dModel]);
  const added = graph.input('added', 'int64', [3]);
  const shape = ['tokens', 'added', dModel];
  const [zeros] = graph.node('Expand', [scalar(graph, 0, 'float32'), added], [{ dtype: 'float32', shape }]);
  return { graph, outputs: { wide: concat([cotangent, zeros], 1) } };
}

/** `part`: the positions [first, end) of `cotangent` [tokens, rows, dModel]; `first` and `end` are [1]. */
export function buildPositionsGraph(dModel: number): BuiltGraph {
  const graph = new Graph();
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', dModel]);
  const [first, end] = ['first', 'end'].map(name => graph.input(name, 'int64', [1]));
  const inputs = [cotangent, first, end, graph.integers([0])];
  const [part] = graph.node('Slice', inputs, [{ dtype: 'float32', shape: ['part', 'rows', dModel] }]);
  return { graph, outputs: { part } };
}
