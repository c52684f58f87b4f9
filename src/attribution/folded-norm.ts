import { mul, reshape } from '../onnx/index.ts';
import { centred, type LinearWeights, type NormWeights } from '../transformer/blocks.ts';
import { mixPositions, type FrozenInputs } from '../transformer/frozen.ts';
import type { LayerMethods } from '../transformer/layer-methods.ts';
import type { TransformerShape } from '../transformer/shape.ts';

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
      const weights = { value: scaledInputs(value, folded!), output: withoutBias(output) };
      return mixPositions(centre, weights, pattern, shape);
    },
  };
}

/** The matrix that reads `norm`'s weight times what `linear` would read without. */
function scaledInputs({ weight, orientation }: LinearWeights, norm: NormWeights): LinearWeights {
  if (orientation !== 'in-out') return { weight: mul(weight, norm.weight) };
  return { weight: mul(weight, reshape(norm.weight, [norm.weight.shape[0], 1])), orientation };
}

function withoutBias({ weight, orientation }: LinearWeights): LinearWeights {
  return orientation === undefined ? { weight } : { weight, orientation };
}
