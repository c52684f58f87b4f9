import { CircuitError } from '../errors.ts';
import { isInsideName } from './hub/names.ts';

/** A place in a Hugging Face repository: a file, a folder, or (without a path) the whole of it. */
export interface HubReference {
  /** owner/name */
  readonly repo: string;
  readonly revision: string | undefined;
  readonly path: string | undefined;
}

/**
 * Reads the forms that published files use: `hf://owner/name/path?revision=rev` (config.yaml's `transcoders`),
 * `owner/name//folder@rev` (the `scan` of a graph) and `owner/name/folder@rev` (circuit-tracer's argument).
 * Errors: `usage`, quoting the text.
 */
export function parseHubReference(text: string): HubReference {
  const isUri = text.startsWith('hf://');
  const [place, query] = isUri ? splitOnce(text.slice(5), '?') : [text, undefined];
  const [names, at] = splitOnce(place, '@');
  // huggingface_hub's file system writes the revision behind the name: hf://owner/name@rev/path.
  const [revisionAt, behind] = at === undefined || !isUri ? [at, undefined] : splitOnce(at, '/');
  const parts = [...names.replace(/\/$/, '').split('/'), ...(behind === undefined ? [] : behind.split('/'))];
  const [owner, name, ...rest] = parts;
  const path = (rest[0] === '' ? rest.slice(1) : rest).join('/');
  const revision = query === undefined ? revisionAt : (new URLSearchParams(query).get('revision') ?? undefined);
  const odd = [owner, name].some(part => part === undefined || !/^[\w.-]*[\w-][\w.-]*$/.test(part));
  if (odd || (path !== '' && !isInsideName(path)) || (revision !== undefined && !isInsideName(revision))) {
    throw new CircuitError(
      'usage',
      `"${text.slice(0, 200)}" is not a place in a Hugging Face repository.`,
      'Write owner/name, owner/name//folder@revision or hf://owner/name/file?revision=revision.',
    );
  }
  return { repo: `${owner}/${name}`, revision, path: path === '' ? undefined : path };
}

/** The text before and after the first `separator`; undefined where there is none. */
function splitOnce(text: string, separator: string): [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}
