import type { Value } from '../onnx/index.ts';
import { attentionPattern, mixHeads, type PositionInputs } from './attention.ts';
import { norm, type NormValues } from './blocks.ts';
import type { HookName, LayerMethods, NormSite } from './layer-methods.ts';
import type { TransformerShape } from './shape.ts';

/** What a live layer passed on its way: every hook, every norm, the attention pattern. */
export interface LiveRecord {
  readonly hooks: Partial<Record<HookName, Value>>;
  readonly norms: Partial<Record<NormSite, NormValues>>;
  /** [batch, heads, tokens, tokens], rows = queries */
  pattern?: Value;
}

/** Stands in for the value at a hook; `original` adds the nodes that compute it. */
export type HookReplacement = (name: HookName, original: () => Value, record: LiveRecord) => Value;

/** The methods of the model as it is: patterns and scales computed. x: [batch, tokens, dModel]. */
export function liveMethods(
  shape: TransformerShape,
  positions: PositionInputs,
  record: LiveRecord,
  replace: HookReplacement = (_, original) => original(),
): LayerMethods {
  return {
    norm: (site, x, weights) => (record.norms[site] = norm(x, weights)),
    attention: (x, weights, layerType) => {
      record.pattern = attentionPattern(x, weights, positions[layerType], shape);
      return mixHeads(x, weights, record.pattern, shape);
    },
    hook: (name, value) => (record.hooks[name] = replace(name, value, record)),
  };
}
