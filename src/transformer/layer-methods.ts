import type { LayerType } from '../checkpoint/index.ts';
import type { Value } from '../onnx/index.ts';
import type { AttentionWeights } from './attention.ts';
import type { NormValues, NormWeights } from './blocks.ts';

/**
 * Places in a layer by TransformerLens' names, at which a value can be read or replaced. Where attention and MLP are
 * parallel, `hook_resid_mid` is what the MLP's norm reads, the layer's input; TransformerLens has none there.
 */
export type HookName =
  | 'hook_resid_pre'
  | 'hook_attn_out'
  | 'hook_resid_mid'
  | 'ln2.hook_normalized'
  | 'mlp.hook_in'
  | 'mlp.hook_out'
  | 'hook_mlp_out'
  | 'hook_resid_post';

/** The norms of a layer: before attention and before the MLP; Gemma has another after each. */
export type NormSite = 'ln1' | 'ln1_post' | 'ln2' | 'ln2_post';

export const NORM_SITES: readonly NormSite[] = ['ln1', 'ln1_post', 'ln2', 'ln2_post'];

/**
 * How an architecture's layer computes the parts that differ between the live model, where attention patterns and norm
 * scales follow from the residual stream, and the frozen one, where they are given and the layer is linear. The
 * architecture's wiring is written once over these.
 */
export interface LayerMethods {
  norm(site: NormSite, x: Value, weights: NormWeights): NormValues;
  /** What attention writes, before any norm after it. x: the norm's output. */
  attention(x: Value, weights: AttentionWeights, layerType: LayerType): Value;
  /** Passes a hook: what it returns goes on. `value` is called where the value itself is needed, so it can be replaced. */
  hook(name: HookName, value: () => Value): Value;
}
