import type { Edit } from '../../../src/intervention/index.ts';
import type { PlainMlp } from '../../support/plain-transformer.ts';
import { addScaled, sum, type Matrix, type PlainModel } from './plain-model.ts';

/** Logits of the model with edited features and nothing frozen, [tokens][vocabulary]: edits must not overlap. */
export function plainFreeEdits(plain: PlainModel, tokens: readonly number[], edits: readonly Edit[]): Matrix {
  const { dictionary } = plain;
  const pending = new Map<number, Matrix>();
  const writesTo = (layer: number): Matrix => {
    const known = pending.get(layer) ?? tokens.map(() => new Array<number>(dictionary.dModel).fill(0));
    pending.set(layer, known);
    return known;
  };
  const mlp: PlainMlp = (layer, hooks, original) => {
    const activations = plain.activations(layer, hooks);
    for (const edit of edits.filter(other => other.layer === layer)) {
      for (let position = 0; position < tokens.length; position++) {
        if (typeof edit.position === 'number' ? position !== edit.position : position < edit.position.from) continue;
        const before = activations[position][edit.feature];
        const after = 'absolute' in edit.value ? edit.value.absolute : edit.value.multiple * before;
        for (let output = layer; output < layer + dictionary.layers[layer].nOutputs; output++) {
          addScaled(writesTo(output)[position], after - before, plain.decoder(layer, edit.feature, output));
        }
      }
    }
    return sum(original, writesTo(layer));
  };
  return plain.logits(tokens, mlp);
}

/** Logits of the replacement model, [tokens][vocabulary]; position 0 keeps its MLPs. */
export function plainReplacement(plain: PlainModel, tokens: readonly number[]): Matrix {
  const { dictionary } = plain;
  const activations: Matrix[] = [];
  return plain.logits(tokens, (layer, hooks, original) => {
    activations.push(plain.activations(layer, hooks));
    const skip = plain.skip(layer, hooks);
    return original.map((row, position) => {
      if (position === 0) return row;
      const written = plain.decoderBias(layer).map((bias, i) => bias + skip[position][i]);
      for (let source = 0; source <= layer; source++) {
        if (layer >= source + dictionary.layers[source].nOutputs) continue;
        activations[source][position].forEach((activation, feature) => {
          if (activation !== 0) addScaled(written, activation, plain.decoder(source, feature, layer));
        });
      }
      return written;
    });
  });
}
