import { tensor, type Dimension, type Graph, type Tensors, type Value } from '../onnx/index.ts';
import type { AttentionPositions, PositionInputs, RotaryInputs } from './attention.ts';
import { causalMask, globalFrequencies, localFrequencies, rotaryTables } from './positions.ts';
import { hasSlidingLayers, type TransformerShape } from './shape.ts';

/** The inputs of a forward pass. */
export interface ForwardInputs extends PositionInputs {
  /** Token ids, int64. [batch, tokens] */
  readonly tokens: Value;
  /** 0, 1, ..; int64 [tokens]. Only where positions are learned. */
  readonly positionIds: Value | undefined;
}

/** Declares the inputs of a forward pass on `graph`; sizes may be numbers or names. */
export function forwardInputs(
  graph: Graph,
  shape: TransformerShape,
  batch: Dimension = 'batch',
  tokens: Dimension = 'tokens',
): ForwardInputs {
  const rotaryDim = shape.rotaryDim ?? shape.headDim;
  const rotary = (suffix: string): RotaryInputs => ({
    cos: graph.input(`rotary_cos${suffix}`, 'float32', [tokens, rotaryDim]),
    sin: graph.input(`rotary_sin${suffix}`, 'float32', [tokens, rotaryDim]),
  });
  const learned = shape.positions === 'learned';
  const full: AttentionPositions = {
    rotary: learned ? undefined : rotary(''),
    mask: graph.input('attention_mask', 'float32', [tokens, tokens]),
  };
  return {
    tokens: graph.input('tokens', 'int64', [batch, tokens]),
    positionIds: learned ? graph.input('position_ids', 'int64', [tokens]) : undefined,
    full,
    sliding: hasSlidingLayers(shape)
      ? {
          rotary: shape.localRopeTheta === undefined ? full.rotary : rotary('_local'),
          mask: graph.input('attention_mask_sliding', 'float32', [tokens, tokens]),
        }
      : full,
  };
}

/** The tensors for those inputs: a batch of token sequences of one length. */
export function forwardFeeds(shape: TransformerShape, sequences: readonly ArrayLike<number>[]): Tensors {
  const nTokens = sequences[0].length;
  const ids = new BigInt64Array(sequences.length * nTokens);
  sequences.forEach((sequence, row) => {
    for (let position = 0; position < nTokens; position++) ids[row * nTokens + position] = BigInt(sequence[position]);
  });
  const mask = (window?: number) => tensor(causalMask(nTokens, window), [nTokens, nTokens]);
  return {
    tokens: tensor(ids, [sequences.length, nTokens]),
    attention_mask: mask(),
    ...(hasSlidingLayers(shape) ? { attention_mask_sliding: mask(shape.slidingWindow) } : {}),
    ...(shape.positions === 'learned'
      ? {
          position_ids: tensor(
            BigInt64Array.from({ length: nTokens }, (_, i) => BigInt(i)),
            [nTokens],
          ),
        }
      : rotaryFeeds(shape, nTokens)),
  };
}

function rotaryFeeds(shape: TransformerShape, nTokens: number): Tensors {
  const feeds = (suffix: string, frequencies: Float64Array): Tensors => {
    const { cos, sin } = rotaryTables(nTokens, frequencies);
    const sizes = [nTokens, 2 * frequencies.length];
    return { [`rotary_cos${suffix}`]: tensor(cos, sizes), [`rotary_sin${suffix}`]: tensor(sin, sizes) };
  };
  const { localRopeTheta } = shape;
  const isLocal = localRopeTheta !== undefined && hasSlidingLayers(shape);
  return {
    ...feeds('', globalFrequencies(shape)),
    ...(isLocal ? feeds('_local', localFrequencies(shape, localRopeTheta)) : {}),
  };
}
