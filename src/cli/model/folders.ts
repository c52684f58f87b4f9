import { placeOf } from '../../checkpoint/hub/model-place.ts';
import { CircuitError } from '../../errors.ts';
import { embeddedPack } from '../../trace/embedded-pack.ts';
import type { Basis } from './model-options.ts';

interface Given {
  readonly model?: string | undefined;
  readonly dictionary?: string | undefined;
  readonly basis?: Basis | undefined;
}

/** The checkpoint folder that is meant, by its path or by its hub id. Errors: `file-missing`. */
export async function modelFolder({ model }: Given): Promise<string> {
  return model === undefined ? embeddedPack().model : placeOf(model);
}

/** Both folders. Errors: `file-missing`; `usage` for a model of one's own without a dictionary. */
export async function modelAndDictionary({ model, dictionary }: Given): Promise<{ model: string; dictionary: string }> {
  if (model === undefined) {
    const pack = embeddedPack();
    return { model: pack.model, dictionary: dictionary === undefined ? pack.dictionary : await placeOf(dictionary) };
  }
  if (dictionary !== undefined) return { model: await placeOf(model), dictionary: await placeOf(dictionary) };
  throw new CircuitError(
    'usage',
    '--model is given without --dictionary.',
    'Give the dictionary that was made for this model, or neither for the embedded pair.',
  );
}

/**
 * The folders of a trace; no dictionary means the neuron basis: where it is asked for, or a model is given alone. Errors:
 * `file-missing`; `usage` for a basis that does not go with the dictionary.
 */
export async function modelInBasis(given: Given): Promise<{ model: string; dictionary: string | undefined }> {
  const {
    model,
    dictionary,
    basis = model !== undefined && dictionary === undefined ? 'neurons' : 'dictionary',
  } = given;
  if (basis === 'dictionary') return modelAndDictionary(given);
  if (dictionary === undefined) return { model: await modelFolder(given), dictionary };
  throw new CircuitError(
    'usage',
    '--basis neurons is given with --dictionary.',
    'Leave one out: neurons need no dictionary.',
  );
}
