import type { Value } from '../onnx/index.ts';
import type { NormWeights } from './blocks.ts';
import type { LayerMethods } from './layer-methods.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** What is special about a family of models: where its weights are called what, and how a layer is wired. */
export interface Architecture {
  /** [vocabulary, dModel] */
  embedding(source: WeightSource, shape: TransformerShape): Value;
  /** One layer over its residual input, [.., dModel] to [.., dModel]; every HookName is passed once. */
  layer(source: WeightSource, shape: TransformerShape, layer: number, residPre: Value, methods: LayerMethods): Value;
  finalNorm(source: WeightSource, shape: TransformerShape): NormWeights;
  /** [vocabulary, dModel] */
  unembedding(source: WeightSource, shape: TransformerShape): Value;
  /** The Hugging Face names of the two vocabulary matrices, whose rows are also read one by one. */
  vocabularyTensors(shape: TransformerShape): { readonly embedding: string; readonly unembedding: string };
}
