/**
 * The reference tensors (test/fixtures/reference.md): unpacked once into the system's temporary folder and found there
 * by every later test process.
 */
import { createHash } from 'node:crypto';
import { access, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { brotliDecompress } from 'node:zlib';

const ARCHIVE = join(import.meta.dirname, '../fixtures/reference.tar.br');

/** The 27 cases: architecture, dictionary kind, activation, hooks or skip. */
export const referenceCases: string[] = `
  gemma2-clt-jumprelu-skip gemma2-clt-relu gemma2-plt-jumprelu gemma2-plt-jumprelu-premlp
  gemma2-plt-jumprelu-skip gemma2-plt-topk gemma3-clt-jumprelu gemma3-plt-jumprelu-skip
  gpt2-clt-jumprelu gpt2-clt-relu gpt2-plt-relu gpt2-plt-relu-skip
  gpt2-plt-topk llama3-clt-relu llama3-clt-topk llama3-plt-jumprelu
  llama3-plt-relu-skip llama3-plt-topk-skip llama3rope-plt-relu llama3untied-clt-jumprelu
  llama3untied-plt-topk neox-plt-relu neox-plt-topk-skip qwen3-clt-jumprelu
  qwen3-plt-jumprelu-skip qwen3-plt-relu qwen3-plt-topk
`
  .trim()
  .split(/\s+/);

let unpacked: Promise<string> | undefined;

/** The folder of one case: `model/`, `transcoders/`, `reference/`. */
export async function referenceCase(name: string): Promise<string> {
  if (!referenceCases.includes(name)) throw new Error(`there is no reference case ${name}`);
  return join(await referenceFolder(), name);
}

/** The folder that holds all cases. Safe when many test processes ask at once: each unpacks beside, the first rename wins. */
export function referenceFolder(): Promise<string> {
  unpacked ??= unpackOnce();
  return unpacked;
}

async function unpackOnce(): Promise<string> {
  const archive = await readFile(ARCHIVE);
  const hash = createHash('sha256').update(archive).digest('hex').slice(0, 16);
  const folder = join(tmpdir(), `circuit-reference-${hash}`);
  if (await exists(folder)) return folder;

  const beside = await mkdtemp(`${folder}-`);
  const made = new Set<string>();
  for (const { path, body } of tarFiles(await promisify(brotliDecompress)(archive))) {
    const file = join(beside, path);
    if (!made.has(dirname(file))) await mkdir(dirname(file), { recursive: true });
    made.add(dirname(file));
    await writeFile(file, body);
  }
  try {
    await rename(beside, folder);
  } catch (error) {
    await rm(beside, { recursive: true });
    if (!(await exists(folder))) throw error;
  }
  return folder;
}

/** The regular files of a ustar archive: 512-byte headers, each followed by the body padded to 512 bytes. */
function* tarFiles(tar: Buffer): Generator<{ path: string; body: Buffer }> {
  const text = (at: number, length: number) => tar.toString('latin1', at, at + length).split('\0', 1)[0] ?? '';
  for (let at = 0; at < tar.length && tar[at] !== 0;) {
    const size = parseInt(text(at + 124, 12), 8);
    const body = at + 512;
    if (text(at + 156, 1) === '0') yield { path: text(at, 100), body: tar.subarray(body, body + size) };
    at = body + Math.ceil(size / 512) * 512;
  }
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
