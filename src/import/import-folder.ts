import { placeOf } from '../checkpoint/hub/model-place.ts';
import { openCheckpoint, type Checkpoint } from '../checkpoint/index.ts';
import { checkDictionaryFits, openDictionary } from '../dictionary/index.ts';
import { CircuitError } from '../errors.ts';
import { rememberFolder, type ChosenFolder } from './chosen-folders.ts';

/**
 * Checks a folder with a model or a dictionary, and the dictionary for it, and remembers them. Nothing is copied. Errors:
 * those of opening it, `model-mismatch`, `file-write`.
 */
export async function importFolder(folder: string, dictionaryText: string | undefined): Promise<ChosenFolder[]> {
  const checkpoint = await openEither(folder);
  const added: ChosenFolder[] = [{ folder, kind: checkpoint === undefined ? 'dictionary' : 'model' }];
  if (dictionaryText !== undefined) {
    if (checkpoint === undefined) {
      throw new CircuitError('usage', `${folder} is a dictionary itself.`, 'Choose it together with its model.', {
        commandLine: 'Give --dictionary with a model.',
      });
    }
    const dictionary = await openDictionary(await placeOf(dictionaryText));
    checkDictionaryFits(dictionary, checkpoint.config);
    added.push({ folder: dictionary.dir, kind: 'dictionary' });
  }
  for (const chosen of added) await rememberFolder(chosen);
  return added;
}

/** The checkpoint; undefined for a dictionary. Errors: those of the checkpoint, where it is neither. */
async function openEither(folder: string): Promise<Checkpoint | undefined> {
  try {
    return await openCheckpoint(folder);
  } catch (error) {
    const dictionary = await openDictionary(folder).catch(() => undefined);
    if (dictionary === undefined) throw error;
    return undefined;
  }
}
