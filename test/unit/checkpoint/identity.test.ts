import assert from 'node:assert/strict';
import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { identityOf, openSafetensors } from '../../../src/checkpoint/index.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { writeRawSafetensors } from '../../support/safetensors.ts';

test('a large file is sampled at the start, middle and end of each tensor', async t => {
  const path = join(await temporaryFolder(t), 'large.safetensors');
  const size = 70 * 2 ** 20;
  const half = size / 2;
  await writeRawSafetensors(
    path,
    {
      a: { dtype: 'U8', shape: [half], data_offsets: [0, half] },
      b: { dtype: 'U8', shape: [half], data_offsets: [half, size] },
    },
    new Uint8Array(0),
  );
  // A sparse file: the holes take no space and read as zeros.
  const handle = await open(path, 'r+');
  await handle.truncate((await handle.stat()).size + size);
  const file = await openSafetensors(path);
  const { offset } = file.entries.get('b')!;
  const identity = () => identityOf([], [file]);
  const original = await identity();
  for (const [at, seen] of [
    [0, true],
    [4095, true],
    [4096, false],
    [half / 2, true],
    [half - 1, true],
    [half - 5000, false],
  ] as const) {
    await handle.write(Uint8Array.of(1), 0, 1, offset + at);
    assert.equal((await identity()) !== original, seen, `byte ${at}`);
    await handle.write(Uint8Array.of(0), 0, 1, offset + at);
  }
  assert.notEqual(await identityOf(['label'], [file]), original);
  await handle.close();
});
