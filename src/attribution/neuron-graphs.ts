import type { Checkpoint } from '../checkpoint/index.ts';
import {
  add,
  cast,
  concat,
  gatherRows,
  gradient,
  Graph,
  matmul,
  mul,
  reshape,
  transpose,
  type Value,
} from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { neurons, project, type LinearWeights, type MlpWeights } from '../transformer/blocks.ts';
import { partOf, storedWeights } from '../transformer/weights.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';
import { buildFrozenLayer, type BuiltGraph } from './transport-graphs.ts';

/** The MLP of a layer, its weights in the checkpoint's files. */
export function mlpOf(graph: Graph, checkpoint: Checkpoint, layer: number): MlpWeights {
  const { config } = checkpoint;
  return architectureOf(config).mlp(storedWeights(graph, checkpoint), config, layer);
}

/** `activation`, `up` and, in a gated MLP, `gate`, each [rows, dMlp] (`NeuronValues`), of `x` [rows, dModel]. */
export function buildNeuronGraph(checkpoint: Checkpoint, layer: number): BuiltGraph {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['rows', checkpoint.config.dModel]);
  const { activation, up, gate } = neurons(x, mlpOf(graph, checkpoint, layer));
  return { graph, outputs: gate === undefined ? { activation, up } : { activation, up, gate } };
}

/**
 * What chosen neurons read, linearised: `vectors` [n, dModel] of the neurons `chosen` (int64 [n]), whose rows of the up
 * matrix are taken times `up_share` [n, 1] and, in a gated MLP, those of the gate times `gate_share`. Only these rows
 * are read, and cast where they have 16 bits.
 */
export function buildNeuronRowsGraph(checkpoint: Checkpoint, layer: number): BuiltGraph {
  const graph = new Graph();
  const { up, gate } = mlpOf(graph, checkpoint, layer);
  const chosen = graph.input('chosen', 'int64', ['n']);
  const rows = (linear: LinearWeights, share: string): Value =>
    mul(matrixRows(linear, chosen), graph.input(share, 'float32', ['n', 1]));
  const ofUp = rows(up, 'up_share');
  return { graph, outputs: { vectors: gate === undefined ? ofUp : add(ofUp, rows(gate, 'gate_share')) } };
}

/** The rows [n, inputs] that make the given outputs of a projection. */
function matrixRows({ weight, orientation }: LinearWeights, outputs: Value): Value {
  if (orientation !== 'in-out') return partOf(weight, stored => gatherRows(stored, outputs));
  const columns = partOf(weight, stored => {
    const shape = [weight.shape[0], ...outputs.shape];
    const options = { attributes: { axis: 1 }, differentiable: [] };
    return outputs.graph.node('Gather', [stored, outputs], [{ dtype: stored.dtype, shape }], options)[0];
  });
  return transpose(cast(columns, 'float32'), [1, 0]);
}

/**
 * As `buildReadGraph`, of neurons: `sources` [tokens, 1, dMlp] are their activations, and `effects` [tokens, rows, dMlp]
 * those of activation times column of the down matrix, which are never written out. Where that matrix has a bias, its
 * effect is one column more.
 */
export function buildNeuronReadGraph(checkpoint: Checkpoint, replaced: ReplacedMlp, layer: number): BuiltGraph {
  const graph = new Graph();
  const { dModel, dMlp } = checkpoint.config;
  const cotangent = graph.input('cotangent', 'float32', ['tokens', 'rows', dModel]);
  const hidden = graph.input('hidden', 'float32', ['tokens', 'rows', dMlp]);
  const constant = graph.input('constant', 'float32', ['tokens', 'rows', dModel]);
  const { bias, ...matrix } = mlpOf(graph, checkpoint, layer).down;
  const written = add(project(hidden, matrix), constant);
  // The layer is affine: the derivative is the same at any point.
  const { residPost } = buildFrozenLayer(checkpoint, replaced, layer, cotangent, { dictionary: written });
  const [atHidden, atOutput] = gradient([{ value: residPost, cotangent }], [hidden, constant]);
  const effects = mul(atHidden, graph.input('sources', 'float32', ['tokens', 1, dMlp]));
  if (bias === undefined) return { graph, outputs: { effects } };
  return { graph, outputs: { effects: concat([effects, matmul(atOutput, reshape(bias, [dModel, 1]))], -1) } };
}

/** The biases of a layer's matrices: with `x` [1, dModel] and `hidden` [1, dMlp] of zeros, `up`, `gate` and `down`. */
export function buildNeuronBiasGraph(checkpoint: Checkpoint, layer: number): BuiltGraph {
  const graph = new Graph();
  const { dModel, dMlp } = checkpoint.config;
  const { up, gate, down } = mlpOf(graph, checkpoint, layer);
  const x = graph.input('x', 'float32', [1, dModel]);
  const outputs = { up: project(x, up), down: project(graph.input('hidden', 'float32', [1, dMlp]), down) };
  return { graph, outputs: gate === undefined ? outputs : { ...outputs, gate: project(x, gate) } };
}
