import type { Value } from '../onnx/index.ts';
import { architectureOf } from './architectures.ts';
import { norm, type NormValues } from './blocks.ts';
import { embed, unembed } from './ends.ts';
import type { ForwardInputs } from './inputs.ts';
import { liveMethods, type HookReplacement, type LiveRecord } from './live.ts';
import type { TransformerShape } from './shape.ts';
import type { WeightSource } from './weights.ts';

/** Everything that an analysis may ask of one layer; what is not made an output is not computed. */
export interface LayerValues {
  /** Residual stream before attention, between, and after the MLP. [batch, tokens, dModel] */
  readonly residPre: Value;
  readonly residMid: Value;
  readonly residPost: Value;
  readonly attentionNorm: NormValues;
  /** [batch, heads, tokens, tokens] */
  readonly pattern: Value;
  readonly attentionOut: Value;
  readonly mlpNorm: NormValues;
  readonly mlpOut: Value;
  /** The same and more by TransformerLens' names; only `mlp.hook_out` may be missing, where the MLP was replaced. */
  readonly hooks: LiveRecord['hooks'];
  readonly norms: LiveRecord['norms'];
}

export interface ForwardValues {
  /** Token embeddings. [batch, tokens, dModel] */
  readonly embedding: Value;
  /** Learned positions, [tokens, dModel]; undefined where they are rotary. */
  readonly positionEmbedding: Value | undefined;
  readonly layers: readonly LayerValues[];
  readonly finalNorm: NormValues;
  /** [batch, tokens, vocabulary] */
  readonly logits: Value;
}

/**
 * Stands in for a layer's MLP: gets what the MLP reads, and the original's output as a function (calling it adds the
 * original's nodes), and returns what is written to the residual stream. [batch, tokens, dModel]
 */
export type MlpReplacement = (
  layer: number,
  inputs: { readonly residMid: Value; readonly norm: NormValues },
  original: () => Value,
) => Value;

/** Writes the forward pass of a model, whatever its architecture. */
export function buildForward(
  shape: TransformerShape,
  source: WeightSource,
  inputs: ForwardInputs,
  replaceMlp?: MlpReplacement,
): ForwardValues {
  const architecture = architectureOf(shape);
  const embeddings = embed(shape, source, inputs);
  const layers: LayerValues[] = [];
  let { residual } = embeddings;
  for (let layer = 0; layer < shape.nLayers; layer++) {
    const record: LiveRecord = { hooks: {}, norms: {} };
    const methods = liveMethods(shape, inputs, record, replaceMlp && replaceAtMlp(replaceMlp, layer));
    residual = architecture.layer(source, shape, layer, residual, methods);
    layers.push(layerValues(record));
  }
  const finalNorm = norm(residual, architecture.finalNorm(source, shape));
  const { logits } = unembed(shape, source, finalNorm.output);
  return { embedding: embeddings.tokens, positionEmbedding: embeddings.positions, layers, finalNorm, logits };
}

function replaceAtMlp(replaceMlp: MlpReplacement, layer: number): HookReplacement {
  return (name, original, { hooks, norms }) =>
    name === 'hook_mlp_out'
      ? replaceMlp(layer, { residMid: hooks.hook_resid_mid!, norm: norms.ln2! }, original)
      : original();
}

function layerValues({ hooks, norms, pattern }: LiveRecord): LayerValues {
  return {
    residPre: hooks.hook_resid_pre!,
    residMid: hooks.hook_resid_mid!,
    residPost: hooks.hook_resid_post!,
    attentionNorm: norms.ln1!,
    pattern: pattern!,
    attentionOut: hooks.hook_attn_out!,
    mlpNorm: norms.ln2!,
    mlpOut: hooks.hook_mlp_out!,
    hooks,
    norms,
  };
}
