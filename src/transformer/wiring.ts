import type { LayerType } from '../checkpoint/index.ts';
import { add, type Value } from '../onnx/index.ts';
import type { AttentionWeights } from './attention.ts';
import { mlp, type MlpWeights, type NormWeights } from './blocks.ts';
import type { LayerMethods, NormSite } from './layer-methods.ts';

/** A layer's weights and what is special about its wiring. */
export interface LayerParts {
  readonly layerType: LayerType;
  readonly attentionNorm: NormWeights;
  readonly attention: AttentionWeights;
  readonly mlpNorm: NormWeights;
  /** The MLP over the output of its norm. */
  readonly mlp: MlpWeights;
  /** Gemma: norms of what attention and MLP write, before it is added to the residual stream. */
  readonly attentionPostNorm?: NormWeights;
  readonly mlpPostNorm?: NormWeights;
  /** GPT-NeoX: the MLP reads the layer's input, as attention does, and both are added to it. */
  readonly parallel?: boolean;
}

/** The one layer of all architectures, pre-norm, live or frozen: passes every hook once. input: [.., dModel] */
export function wireLayer(parts: LayerParts, input: Value, methods: LayerMethods): Value {
  const after = (site: NormSite, x: Value, weights: NormWeights | undefined): Value =>
    weights === undefined ? x : methods.norm(site, x, weights).output;

  const residPre = methods.hook('hook_resid_pre', () => input);
  const attentionOut = methods.hook('hook_attn_out', () => {
    const { output } = methods.norm('ln1', residPre, parts.attentionNorm);
    return after('ln1_post', methods.attention(output, parts.attention, parts.layerType), parts.attentionPostNorm);
  });
  const attended = add(residPre, attentionOut);
  const residMid = methods.hook('hook_resid_mid', () => (parts.parallel === true ? residPre : attended));
  const norm = methods.norm('ln2', residMid, parts.mlpNorm);
  methods.hook('ln2.hook_normalized', () => norm.normalized);
  const mlpIn = methods.hook('mlp.hook_in', () => norm.output);
  const mlpOut = methods.hook('hook_mlp_out', () =>
    after(
      'ln2_post',
      methods.hook('mlp.hook_out', () => mlp(mlpIn, parts.mlp)),
      parts.mlpPostNorm,
    ),
  );
  return methods.hook('hook_resid_post', () => add(parts.parallel === true ? attended : residMid, mlpOut));
}
