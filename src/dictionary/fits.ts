import type { ModelConfig } from '../checkpoint/index.ts';
import { CircuitError } from '../errors.ts';
import type { Dictionary } from './dictionary.ts';

/** Checks that a dictionary can belong to a model. Errors: `model-mismatch` naming both files and the numbers. */
export function checkDictionaryFits(dictionary: Dictionary, config: ModelConfig): void {
  const { nLayers, dModel, layers } = dictionary;
  if (dModel !== config.dModel) {
    throw mismatch(
      `${layers[0].wEnc.path}: tensor "${layers[0].wEnc.entry.name}" is ${dModel} wide but ${config.path} has a residual stream of ${config.dModel}`,
    );
  }
  if (nLayers !== config.nLayers) {
    throw mismatch(`${dictionary.dir} has ${nLayers} layers but ${config.path} has ${config.nLayers}`);
  }
  if (config.parallelResidual && dictionary.inputHook === 'hook_resid_mid') {
    throw mismatch(
      `${dictionary.dir} reads hook_resid_mid, the stream between attention and MLP, but in ${config.path} the two are parallel and there is none`,
    );
  }
}

function mismatch(what: string): CircuitError {
  return new CircuitError(
    'model-mismatch',
    `${what}.`,
    'The dictionary was made for another model: choose the two that belong together.',
  );
}
