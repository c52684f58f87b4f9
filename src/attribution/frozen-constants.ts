import type { Checkpoint } from '../checkpoint/index.ts';
import {
  createSession,
  encodeModel,
  Graph,
  tensor,
  type SessionSettings,
  type Tensors,
  type Value,
} from '../onnx/index.ts';
import { architectureOf } from '../transformer/architectures.ts';
import { frozenNorm, inverseScaleName } from '../transformer/frozen.ts';
import { NORM_SITES } from '../transformer/layer-methods.ts';
import { storedWeights } from '../transformer/weights.ts';
import type { ReplacedMlp } from './replaced-mlp.ts';
import { buildFrozenLayer } from './transport-graphs.ts';

/** What a frozen layer gives when nothing flows in: its biases, as they arrive. Each [dModel]; the same on any prompt. */
export interface LayerConstants {
  /** What attention writes, before a norm after it. A pattern's rows sum to 1, so it is the same at every position. */
  readonly attention: Float32Array;
  /** At the dictionary's input, without what attention's constant becomes there. */
  readonly dictionaryInput: Float32Array;
  /** What a skip connection makes of that at the dictionary's output. */
  readonly skip: Float32Array;
}

export interface FrozenConstants {
  readonly layers: readonly LayerConstants[];
  /** In the final norm's output, [dModel]. */
  readonly finalNorm: Float32Array;
}

/** Evaluates the frozen model at zero, layer by layer. */
export async function frozenConstants(
  checkpoint: Checkpoint,
  replaced: ReplacedMlp,
  settings: SessionSettings,
): Promise<FrozenConstants> {
  const { config } = checkpoint;
  const layers: LayerConstants[] = [];
  for (let layer = 0; layer < config.nLayers; layer++) {
    const frozen = (point: ZeroPoint, attention?: Value) =>
      buildFrozenLayer(checkpoint, replaced, layer, point.residual, {
        dictionary: point.residual,
        ...(attention === undefined ? {} : { attention }),
      });
    const nothing = new Float32Array(config.dModel);
    const [attention] = await atZero(checkpoint, settings, nothing, point => [frozen(point).attentionOut]);
    const silence = attention.map(value => -value);
    const [dictionaryInput, skip] = await atZero(checkpoint, settings, silence, point => {
      const silenced = frozen(point, point.write);
      return [silenced.dictionaryInput, silenced.dictionaryOutput];
    });
    layers.push({ attention, dictionaryInput, skip });
  }
  const [finalNorm] = await atZero(checkpoint, settings, new Float32Array(config.dModel), ({ residual }) => {
    const { graph } = residual;
    const weights = architectureOf(config).finalNorm(storedWeights(graph, checkpoint), config);
    return [frozenNorm(residual, weights, graph.input(inverseScaleName('ln1'), 'float32', ['tokens', 1, 1])).output];
  });
  return { layers, finalNorm };
}

interface ZeroPoint {
  /** [1, 1, dModel], zero */
  readonly residual: Value;
  /** [1, 1, dModel], as given */
  readonly write: Value;
}

/** Runs a frozen graph on one position, with scales of 1 and a pattern that looks at that position. */
async function atZero(
  checkpoint: Checkpoint,
  settings: SessionSettings,
  write: Float32Array,
  build: (point: ZeroPoint) => Value[],
): Promise<Float32Array[]> {
  const { dModel, nHeads, nKeyValueHeads } = checkpoint.config;
  const graph = new Graph();
  const shape = ['tokens', 'rows', dModel];
  const values = build({
    residual: graph.input('residual', 'float32', shape),
    write: graph.input('write', 'float32', shape),
  });
  const session = await createSession(
    encodeModel(graph, Object.fromEntries(values.map((value, i) => [`value_${i}`, value]))),
    settings,
  );
  const one = tensor(Float32Array.of(1), [1, 1, 1]);
  const feeds: Tensors = {
    residual: tensor(new Float32Array(dModel), [1, 1, dModel]),
    write: tensor(write, [1, 1, dModel]),
    pattern: tensor(new Float32Array(nHeads).fill(1), [nKeyValueHeads, nHeads / nKeyValueHeads, 1]),
    ...Object.fromEntries(NORM_SITES.map(site => [inverseScaleName(site), one])),
  };
  const outputs = await session.run(feeds);
  await session.dispose();
  return values.map((_, i) => outputs[`value_${i}`].data as Float32Array);
}
