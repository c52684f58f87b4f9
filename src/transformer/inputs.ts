import { tensor, type Dimension, type Graph, type Tensors } from '../onnx/index.ts';
import type { ForwardInputs } from './forward.ts';
import { positionTables } from './positions.ts';
import type { TransformerShape } from './shape.ts';

/** Declares the inputs of a forward pass on `graph`; sizes may be numbers or names. */
export function forwardInputs(
  graph: Graph,
  shape: TransformerShape,
  batch: Dimension = 'batch',
  tokens: Dimension = 'tokens',
): ForwardInputs {
  return {
    tokens: graph.input('tokens', 'int64', [batch, tokens]),
    cos: graph.input('rotary_cos', 'float32', [tokens, shape.headDim]),
    sin: graph.input('rotary_sin', 'float32', [tokens, shape.headDim]),
    mask: graph.input('attention_mask', 'float32', [tokens, tokens]),
  };
}

/** The tensors for those inputs: a batch of token sequences of one length. */
export function forwardFeeds(shape: TransformerShape, sequences: readonly ArrayLike<number>[]): Tensors {
  const nTokens = sequences[0].length;
  const ids = new BigInt64Array(sequences.length * nTokens);
  sequences.forEach((sequence, row) => {
    for (let position = 0; position < nTokens; position++) ids[row * nTokens + position] = BigInt(sequence[position]);
  });
  const tables = positionTables(shape, nTokens);
  return {
    tokens: tensor(ids, [sequences.length, nTokens]),
    rotary_cos: tensor(tables.cos, [nTokens, shape.headDim]),
    rotary_sin: tensor(tables.sin, [nTokens, shape.headDim]),
    attention_mask: tensor(tables.mask, [nTokens, nTokens]),
  };
}
