import { CircuitError } from '../../errors.ts';
import { embeddedPack } from '../../trace/embedded-pack.ts';

interface Given {
  readonly model?: string | undefined;
  readonly dictionary?: string | undefined;
}

/** The checkpoint folder that is meant. */
export function modelFolder({ model }: Given): string {
  return model ?? embeddedPack().model;
}

/** Both folders. Errors: `usage` for a model of one's own without a dictionary. */
export function modelAndDictionary({ model, dictionary }: Given): { model: string; dictionary: string } {
  if (model === undefined) {
    const pack = embeddedPack();
    return { model: pack.model, dictionary: dictionary ?? pack.dictionary };
  }
  if (dictionary !== undefined) return { model, dictionary };
  throw new CircuitError(
    'usage',
    '--model is given without --dictionary.',
    'Give the dictionary that was made for this model, or neither for the embedded pair.',
  );
}
