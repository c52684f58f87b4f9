import { matmul, mul, reshape, sumOverHeads, transpose, type Value } from '../onnx/index.ts';
import { centred, project, type LinearWeights, type NormWeights } from '../transformer/blocks.ts';
import type { FrozenInputs } from '../transformer/frozen.ts';
import type { LayerMethods } from '../transformer/layer-methods.ts';
import type { TransformerShape } from '../transformer/shape.ts';
import { weightAs } from '../transformer/weights.ts';

/**
 * The methods of a frozen layer with the norm before attention as part of attention: its weight in the matrix of values,
 * its scale in the pattern, which are small beside the stream that they would stretch over. Only for derivatives: biases,
 * which have none, are left out.
 */
export function foldNormIntoAttention(
  methods: LayerMethods,
  inputs: FrozenInputs,
  shape: TransformerShape,
): LayerMethods {
  let folded: NormWeights | undefined;
  return {
    ...methods,
    norm: (site, x, weights) => {
      if (site !== 'ln1') return methods.norm(site, x, weights);
      folded = weights;
      const centre = centred(x, weights);
      return { normalized: centre, scale: inputs.inverseScale(site), output: centre };
    },
    attention: (centre, { value, output }) => {
      // The scale belongs to the position that is read: a column of the pattern.
      const pattern = mul(inputs.pattern(), reshape(inputs.inverseScale('ln1'), [1, 1, 'tokens']));
      return headByHead(centre, scaledInputs(value, folded!), output, pattern, shape);
    },
  };
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
  x: Value,
  valueWeights: LinearWeights,
  { weight, orientation }: LinearWeights,
  pattern: Value,
  { nHeads, nKeyValueHeads, headDim, dModel }: TransformerShape,
): Value {
  const [tokens, rows] = x.shape;
  const value = reshape(project(x, valueWeights), [tokens, rows, nKeyValueHeads, headDim]);
  const byHead = reshape(transpose(value, [2, 0, 1, 3]), [nKeyValueHeads, tokens, `${headDim}*${rows}`]);
  const mixed = reshape(matmul(pattern, byHead), [nHeads, `${tokens}*${rows}`, headDim]);
  const headsFirst = orientation === 'in-out';
  const matrices = weightAs(weight, headsFirst ? [nHeads, headDim, dModel] : [dModel, nHeads, headDim]);
  const summed = sumOverHeads(mixed, matrices, { headsFirst });
  return reshape(summed, [tokens, rows, dModel]);
}
