import { tensor } from '../../onnx/index.ts';
import { layerFeeds } from '../frozen-feeds.ts';
import type { ForwardPass } from '../forward-pass.ts';
import type { ReplacementModel } from '../replacement-model.ts';
import { dot } from '../leaves.ts';
import type { FrozenModel } from './frozen-model.ts';
import { Comparison, pseudoRandom, type IdentityCheck } from './identity-check.ts';

/**
 * Each frozen layer f against the transport, its vector-Jacobian product: <f(x, w) - f(0, 0), y> = <x, y'> + <w, y''>
 * for pseudo-random x (residual), w (written by the dictionary) and y, where y' and y'' are y transported.
 */
export async function checkAdjoint(
  model: ReplacementModel,
  pass: ForwardPass,
  frozen: FrozenModel,
): Promise<IdentityCheck> {
  const { config } = model.checkpoint;
  const nTokens = pass.tokens.length;
  const size = nTokens * config.dModel;
  const shape = [nTokens, 1, config.dModel];
  const comparison = new Comparison();
  for (let layer = 0; layer < config.nLayers; layer++) {
    const [x, w, y] = [1, 2, 3].map(seed => pseudoRandom(size, 3 * layer + seed));
    const zero = new Float32Array(size);
    const there = await frozen.layer(layer, x, w);
    const origin = await frozen.layer(layer, zero, zero);
    const forwards = dot(there.residPost, y) - dot(origin.residPost, y);

    const feeds = { ...layerFeeds(pass.layers[layer], config, nTokens), cotangent: tensor(y, shape) };
    const transport = await model.sessions.transport(layer, { attention: false, passing: true });
    const { below } = await transport.run(feeds);
    const read = await model.sessions.read(layer);
    const { effects } = await read.run({ ...feeds, sources: tensor(w, shape) });
    const atDictionary = (effects.data as Float32Array).reduce((sum, effect) => sum + effect, 0);
    const backwards = dot(below.data as Float32Array, x) + atDictionary;
    // The two are sums with signs: their scale is that of the vectors, not their own.
    const scale = Math.sqrt(dot(there.residPost, there.residPost) * dot(y, y));
    comparison.add(backwards / scale, forwards / scale);
  }
  return comparison.check(
    'adjoint',
    'The transport of cotangents through each frozen layer is the adjoint of that layer.',
    1e-4,
  );
}
