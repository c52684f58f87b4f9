/** Methods of a frozen layer of which only derivatives are taken: biases, which have none, are left out. */
import {
  gatherRows,
  matmul,
  mul,
  reshape,
  slice,
  squeeze,
  sumOverHeads,
  transpose,
  unsqueeze,
  type Value,
} from '../onnx/index.ts';
import type { AttentionWeights } from '../transformer/attention.ts';
import { centred, project, type LinearWeights, type NormWeights } from '../transformer/blocks.ts';
import type { FrozenInputs } from '../transformer/frozen.ts';
import type { LayerMethods } from '../transformer/layer-methods.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { weightAs } from '../transformer/weights.ts';
import { HEAD_PARTS } from './head-parts.ts';

/** Writes attention over `centre`, what the norm before it reads less its mean if it subtracts one. */
type FoldedAttention = (centre: Value, weights: AttentionWeights, norm: NormWeights) => Value;

/**
 * The methods of a frozen layer with the norm before attention as part of attention: its weight in the matrix of values,
 * its scale in the pattern, which are small beside the stream that they would stretch over.
 */
export function foldNormIntoAttention(
  methods: LayerMethods,
  inputs: FrozenInputs,
  shape: TransformerShape,
): LayerMethods {
  return withFoldedNorm(methods, inputs, (centre, weights, norm) =>
    headByHead(centre, weights, norm, scaledPattern(inputs), shape),
  );
}

/**
 * The same for the stream at `points` [n, 2] (position, row) alone, [n, 1, dModel], to which attention moves values from all
 * positions of `stream` [tokens, n, dModel]: what is read at one position of each row needs no others of what attention writes.
 */
export function attendAtPoints(
  methods: LayerMethods,
  inputs: FrozenInputs,
  { stream, points }: { readonly stream: Value; readonly points: Value },
  shape: TransformerShape,
): LayerMethods {
  const { nHeads, nKeyValueHeads, headDim } = shape;
  const group = nHeads / nKeyValueHeads;
  const [tokens, rows] = stream.shape;
  return withFoldedNorm(methods, inputs, (_, weights, norm) => {
    const value = project(centred(stream, norm), scaledInputs(weights.value, norm));
    const byHead = transpose(reshape(value, [tokens, rows, nKeyValueHeads, headDim]), [2, 1, 0, 3]);
    // Of each pattern the row of the query at the point: [n, keyValueHeads, group, tokens] for a while.
    const queries = transpose(reshape(scaledPattern(inputs), [nKeyValueHeads, group, tokens, tokens]), [2, 0, 1, 3]);
    const pattern = transpose(gatherRows(queries, positionsOf(points)), [1, 0, 2, 3]);
    const mixed = transpose(matmul(pattern, byHead), [0, 2, 1, 3]);
    return unsqueeze(outputOfHeads(reshape(mixed, [nHeads, rows, headDim]), weights.output, shape), [1]);
  });
}

/** The inputs of a frozen layer for streams at points, [n, 1, dModel]. Patterns stay whole. */
export function inputsAtPoints(inputs: FrozenInputs, points: Value): FrozenInputs {
  return { ...inputs, inverseScale: site => gatherRows(inputs.inverseScale(site), positionsOf(points)) };
}

/** int64 [n] */
function positionsOf(points: Value): Value {
  return squeeze(slice(points, 1, 0, 1), [1]);
}

function withFoldedNorm(methods: LayerMethods, inputs: FrozenInputs, attention: FoldedAttention): LayerMethods {
  let folded: NormWeights | undefined;
  return {
    ...methods,
    norm: (site, x, weights) => {
      if (site !== 'ln1') return methods.norm(site, x, weights);
      folded = weights;
      const centre = centred(x, weights);
      return { normalized: centre, scale: inputs.inverseScale(site), output: centre };
    },
    attention: (centre, weights) => attention(centre, weights, folded!),
  };
}

/** The scale of the norm belongs to the position that is read: a column of the pattern. */
function scaledPattern(inputs: FrozenInputs): Value {
  return mul(inputs.pattern(), reshape(inputs.inverseScale('ln1'), [1, 1, 'tokens']));
}

/** The matrix that reads `norm`'s weight times what `linear` would read without. */
function scaledInputs({ weight, orientation }: LinearWeights, norm: NormWeights): LinearWeights {
  if (orientation !== 'in-out') return { weight: mul(weight, norm.weight) };
  return { weight: mul(weight, reshape(norm.weight, [norm.weight.shape[0], 1])), orientation };
}

/**
 * `mixPositions` for derivatives: what comes from the matrix of outputs is mixed as it lies, where all heads side by side
 * would have to be transposed first.
 */
function headByHead(
  centre: Value,
  weights: AttentionWeights,
  norm: NormWeights,
  pattern: Value,
  shape: TransformerShape,
): Value {
  const { nHeads, nKeyValueHeads, headDim, dModel } = shape;
  const [tokens, rows] = centre.shape;
  const value = reshape(project(centre, scaledInputs(weights.value, norm)), [tokens, rows, nKeyValueHeads, headDim]);
  const byHead = reshape(transpose(value, [2, 0, 1, 3]), [nKeyValueHeads, tokens, `${headDim}*${rows}`]);
  const mixed = reshape(matmul(pattern, byHead), [nHeads, `${tokens}*${rows}`, headDim]);
  return reshape(outputOfHeads(mixed, weights.output, shape, HEAD_PARTS), [tokens, rows, dModel]);
}

/** [n, dModel]; mixed: [heads, n, headDim] */
function outputOfHeads(
  mixed: Value,
  { weight, orientation }: LinearWeights,
  { nHeads, headDim, dModel }: TransformerShape,
  parts?: string,
): Value {
  const headsFirst = orientation === 'in-out';
  const matrices = weightAs(weight, headsFirst ? [nHeads, headDim, dModel] : [dModel, nHeads, headDim]);
  return sumOverHeads(mixed, matrices, { headsFirst, ...(parts === undefined ? {} : { parts }) });
}
