import { Graph } from '../onnx/index.ts';
import type { BuiltGraph } from './transport-graphs.ts';

/** `part`: the positions [first, end) of `cotangent` [tokens, rows, dModel]; `first` and `end` are [1]. */
export function buildPositionsGraph(dModel: number): BuiltGraph {
  const graph = new Graph();
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', dModel]);
  const [first, end] = ['first', 'end'].map(name => graph.input(name, 'int64', [1]));
  const inputs = [cotangent, first, end, graph.integers([0])];
  const [part] = graph.node('Slice', inputs, [{ dtype: 'float32', shape: ['part', 'rows', dModel] }]);
  return { graph, outputs: { part } };
}
