import { CircuitError } from '../../errors.ts';
import type { HubFile } from './repository-files.ts';

/** What a repository, or a folder of it, holds by its file names. */
export type RepositoryKind = 'model' | 'dictionary' | 'other';

const MODEL_FILES = new Set([
  'config.json',
  'generation_config.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'special_tokens_map.json',
  'added_tokens.json',
  'vocab.json',
  'merges.txt',
  'chat_template.jinja',
  'chat_template.json',
  'LICENSE',
]);
const DICTIONARY_CONFIGURATIONS = ['config.yaml', 'cfg.json'];
const DICTIONARY_WEIGHTS = /\.(?:safetensors|npz)$/;

/** Judges by the files of a repository (`folder` '') or of a folder of it. */
export function kindOf(files: readonly { readonly path: string }[], folder = ''): RepositoryKind {
  const names = new Set(inFolder(files, folder));
  if (DICTIONARY_CONFIGURATIONS.some(name => names.has(name))) return 'dictionary';
  if (names.has('config.json') && [...names].some(isModelWeight)) return 'model';
  const weights = [...names].some(name => DICTIONARY_WEIGHTS.test(name));
  return folder !== '' && weights && !names.has('config.json') ? 'dictionary' : 'other';
}

/**
 * The files that running a model takes: configuration, tokenizer, and weights in one format, once. Repositories often
 * hold the weights again in other formats and folders. Errors: `file-unsupported` where there are no safetensors.
 */
export function modelFiles(repo: string, files: readonly HubFile[]): HubFile[] {
  const top = files.filter(({ path }) => !path.includes('/'));
  const names = new Set(top.map(({ path }) => path));
  if (!names.has('config.json')) {
    throw new CircuitError(
      'file-unsupported',
      `${repo} has no config.json at its root, which a checkpoint in the format of transformers has.`,
      describeFiles(files),
    );
  }
  // model.safetensors(.index.json and its shards) is what transformers loads; others lie beside it as copies.
  const standard = [...names].some(name => name === 'model.safetensors' || name === 'model.safetensors.index.json');
  const wanted = (name: string): boolean =>
    MODEL_FILES.has(name) ||
    (standard ? isStandardWeight(name, names.has('model.safetensors.index.json')) : isModelWeight(name));
  const chosen = top.filter(({ path }) => wanted(path));
  if (chosen.some(({ path }) => isModelWeight(path))) return chosen;
  const pickle = top.find(({ path }) => /\.(?:bin|pt|pth|ckpt)$/.test(path));
  throw new CircuitError(
    'file-unsupported',
    `${repo} has no .safetensors weights${pickle === undefined ? '' : `, only Python pickles (${pickle.path}), which can run code and are not read`}.`,
    'Choose a repository with .safetensors: many models have a revision with them, such as refs/pr/1.',
  );
}

/**
 * The files of a dictionary below `folder`: configuration and weights, its feature index where `withFeatures`. At the
 * root of a repository only what lies there, as sub-folders hold further dictionaries. Errors: `file-unsupported`
 * naming the folders that hold one.
 */
export function dictionaryFiles(
  repo: string,
  files: readonly HubFile[],
  folder: string,
  withFeatures: boolean,
): HubFile[] {
  const base = folder === '' ? '' : `${folder}/`;
  const chosen = files.filter(({ path }) => {
    if (!path.startsWith(base)) return false;
    const name = path.slice(base.length);
    if (name.startsWith('features/')) return withFeatures;
    if (name.includes('/') && folder === '') return false;
    return DICTIONARY_WEIGHTS.test(name) || /\.(?:ya?ml|json)$/.test(name);
  });
  const configured = chosen.some(({ path }) => DICTIONARY_CONFIGURATIONS.includes(path.slice(base.length)));
  if (configured || (folder !== '' && chosen.some(({ path }) => DICTIONARY_WEIGHTS.test(path)))) return chosen;
  const folders = dictionaryFolders(files);
  throw new CircuitError(
    'file-unsupported',
    `${repo}${folder === '' ? '' : `//${folder}`} holds no dictionary: neither config.yaml nor cfg.json is there.`,
    folders.length === 0
      ? describeFiles(files)
      : `Name one of its folders: ${listed(folders.map(name => `${repo}//${name}`))}.`,
  );
}

/** Folders with a configuration of a dictionary, in order. */
export function dictionaryFolders(files: readonly { readonly path: string }[]): string[] {
  const folders = files
    .map(({ path }) => ({
      folder: path.slice(0, Math.max(0, path.lastIndexOf('/'))),
      name: path.split('/').at(-1) ?? '',
    }))
    .filter(({ folder, name }) => folder !== '' && DICTIONARY_CONFIGURATIONS.includes(name))
    .map(({ folder }) => folder);
  return [...new Set(folders)].sort();
}

function isModelWeight(name: string): boolean {
  return name.endsWith('.safetensors');
}

function isStandardWeight(name: string, sharded: boolean): boolean {
  return sharded
    ? /^model(?:-\d+-of-\d+)?\.safetensors(?:\.index\.json)?$/.test(name) && name !== 'model.safetensors'
    : name === 'model.safetensors';
}

function inFolder(files: readonly { readonly path: string }[], folder: string): string[] {
  const base = folder === '' ? '' : `${folder}/`;
  return files.filter(({ path }) => path.startsWith(base)).map(({ path }) => path.slice(base.length));
}

function describeFiles(files: readonly { readonly path: string }[]): string {
  return files.length === 0 ? 'The repository is empty.' : `It holds: ${listed(files.map(({ path }) => path))}.`;
}

function listed(names: readonly string[]): string {
  return names.slice(0, 6).join(', ') + (names.length > 6 ? `, … (${names.length})` : '');
}
