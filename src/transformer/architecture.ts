import type { Value } from '../onnx/index.ts';
import type { MlpWeights, NormWeights } from './blocks.ts';
import type { LayerMethods } from './layer-methods.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** What is special about a family of models: where its weights are called what, and how a layer is wired. */
export interface Architecture {
  /** What a token writes to the residual stream. tokens: int64 [..]; result: [.., dModel] */
  embedTokens(source: WeightSource, shape: TransformerShape, tokens: Value): Value;
  /** What a position writes there, [contextLength, dModel]; where positions are rotary there is none. */
  positionEmbedding?(source: WeightSource, shape: TransformerShape): Value;
  /** One layer over its residual input, [.., dModel] to [.., dModel]; every HookName is passed once. */
  layer(source: WeightSource, shape: TransformerShape, layer: number, residPre: Value, methods: LayerMethods): Value;
  /** The MLP of a layer by itself, for those who look at its neurons. */
  mlp(source: WeightSource, shape: TransformerShape, layer: number): MlpWeights;
  finalNorm(source: WeightSource, shape: TransformerShape): NormWeights;
  /** [vocabulary, dModel] */
  unembedding(source: WeightSource, shape: TransformerShape): Value;
  /** The Hugging Face name of that matrix, whose rows are also read one by one. */
  unembeddingTensor(shape: TransformerShape): string;
}
