/** Runs the built program as a person does: dist/circuit.js in a process of its own. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');

let built: Promise<unknown> | undefined;

/** Builds the program, once in each test process; it takes a fraction of a second. */
export async function program(): Promise<string> {
  built ??= import('../../scripts/build.ts');
  await built;
  return join(root, 'dist/circuit.js');
}

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Options {
  readonly cwd?: string;
  readonly env?: NodeJS.ProcessEnv;
  /** Called with the child and all of its stdout (or stderr) so far whenever there is more. */
  readonly onOutput?: (child: ChildProcess, text: string) => void;
}

export async function circuit(args: readonly string[], { cwd, env, onOutput }: Options = {}): Promise<Finished> {
  const path = await program();
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [path, ...args], {
      cwd,
      env: { ...process.env, CIRCUIT_DEBUG: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput?.(child, stdout);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
      onOutput?.(child, stderr);
    });
    child.on('error', reject);
    child.on('close', code => {
      resolve({ code, stdout, stderr });
    });
  });
}

/** Runs a command with --json that must work, and parses the one object that it prints. */
export async function circuitJson<Result>(args: readonly string[], options?: Options): Promise<Result> {
  const { code, stdout, stderr } = await circuit([...args, '--json'], options);
  assert.equal(code, 0, stderr);
  return JSON.parse(stdout) as Result;
}

/**
 * Asserts that the program ends with `code` and says what is wrong and what to do, in two lines of words that hold all
 * of `words`: no stack, nothing on stdout.
 */
export async function assertRefuses(
  args: readonly string[],
  code: number,
  words: readonly string[],
  options?: Options,
) {
  const finished = await circuit(args, options);
  const { stdout, stderr } = finished;
  assert.equal(finished.code, code, `${stderr}${stdout}`);
  assert.equal(stdout, '');
  for (const word of words) assert.ok(stderr.includes(word), `"${word}" is not in: ${stderr}`);
  assert.doesNotMatch(stderr, /^ {4}at |internal error|node:internal|onnxruntime:/m);
  assert.equal(stderr.trimEnd().split('\n').length, 2, stderr);
  return finished;
}

/** The names of everything below a folder, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort();
}

/** Writes a tokenizer whose tokens are `<bos>`, ` t1`, ` t2`, ... ` t{size - 1}` into a model's folder. */
export async function writeWordTokenizer(folder: string, size: number): Promise<void> {
  const words = Array.from({ length: size }, (_, id) => (id === 0 ? '<bos>' : `▁t${id}`));
  const special = { id: 0, content: '<bos>', single_word: false, lstrip: false, rstrip: false, normalized: false };
  const tokenizer = {
    version: '1.0',
    truncation: null,
    padding: null,
    added_tokens: [{ ...special, special: true }],
    normalizer: {
      type: 'Sequence',
      normalizers: [
        { type: 'Prepend', prepend: '▁' },
        { type: 'Replace', pattern: { String: ' ' }, content: '▁' },
      ],
    },
    pre_tokenizer: { type: 'Split', pattern: { Regex: '▁[^▁]*' }, behavior: 'Isolated', invert: false },
    post_processor: null,
    decoder: { type: 'Replace', pattern: { String: '▁' }, content: ' ' },
    model: {
      type: 'BPE',
      dropout: null,
      unk_token: '<bos>',
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: true,
      vocab: Object.fromEntries(words.map((word, id) => [word, id])),
      merges: [],
    },
  };
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'tokenizer.json'), JSON.stringify(tokenizer));
  await writeFile(join(folder, 'tokenizer_config.json'), JSON.stringify({ bos_token: '<bos>' }));
}
