import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { openSafetensors, tensorIn } from '../../../src/checkpoint/index.ts';
import { SAFETENSORS_LIMITS } from '../../../src/checkpoint/safetensors-header.ts';
import { assertFails } from '../../support/errors.ts';
import { writeRawSafetensors } from '../../support/safetensors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const data = new Uint8Array(16);
const good = { dtype: 'F32', shape: [2, 2], data_offsets: [0, 16] };

describe('safetensors headers', () => {
  test('a whole header gives absolute offsets, shapes and metadata', async t => {
    const path = join(await temporaryFolder(t), 'a.safetensors');
    const header = { __metadata__: { format: 'pt' }, w: good };
    await writeRawSafetensors(path, header, data);
    const file = await openSafetensors(path);
    const length = JSON.stringify(header).length;
    assert.deepEqual(file.metadata, { format: 'pt' });
    assert.deepEqual(tensorIn(file, 'w').entry, {
      name: 'w',
      dtype: 'F32',
      shape: [2, 2],
      offset: 8 + length,
      byteLength: 16,
    });
  });

  for (const [what, header, words] of [
    ['garbage', 'not json{', ['not JSON']],
    ['a list', '[]', ['not a JSON object']],
    ['bytes that are no text', Uint8Array.of(0x7b, 0xff, 0xfe, 0x7d), ['not JSON']],
    ['the same tensor twice', `{"w":${JSON.stringify(good)},"w":${JSON.stringify(good)}}`, ['"w" twice']],
    ['a tensor that is no object', { w: 7 }, ['"w"', 'not described']],
    ['no dtype', { w: { shape: [1], data_offsets: [0, 4] } }, ['"w"', 'dtype']],
    ['a negative size', { w: { ...good, shape: [-2, -2] } }, ['"w"', 'shape']],
    ['a size that is not whole', { w: { ...good, shape: [1.5, 2] } }, ['"w"', 'shape']],
    ['a size that is text', { w: { ...good, shape: ['2', 2] } }, ['"w"', 'shape']],
    ['a product beyond 2^53', { w: { ...good, shape: [2 ** 40, 2 ** 40] } }, ['"w"', 'impossible shape']],
    ['nine dimensions', { w: { ...good, shape: new Array<number>(9).fill(1) } }, ['"w"', '9 dimensions']],
    ['three offsets', { w: { ...good, data_offsets: [0, 8, 16] } }, ['"w"', 'data_offsets']],
    ['a negative offset', { w: { ...good, data_offsets: [-16, 0] } }, ['"w"', 'data_offsets']],
    ['offsets in the wrong order', { w: { ...good, data_offsets: [16, 0] } }, ['"w"', 'needs 16']],
    [
      'fewer bytes than the shape needs',
      { w: { ...good, data_offsets: [0, 12] } },
      ['"w"', 'occupies 12 bytes', 'needs 16'],
    ],
    [
      'bytes after the last tensor',
      { w: { dtype: 'U8', shape: [9], data_offsets: [0, 9] } },
      ['last tensor ends at byte', 'bytes were added'],
    ],
    ['an end beyond the file', { w: { ...good, data_offsets: [4, 20] } }, ['"w"', 'ends at byte']],
    ['an end of 2^60', { w: { dtype: 'U8', shape: [2 ** 52], data_offsets: [0, 2 ** 52] } }, ['"w"', 'ends at byte']],
    ['a name of 2000 characters', { ['w'.repeat(2000)]: good }, ['2000 characters']],
    [
      'two tensors over the same bytes',
      { a: { dtype: 'U8', shape: [9], data_offsets: [0, 9] }, b: { dtype: 'U8', shape: [8], data_offsets: [8, 16] } },
      ['"b"', '"a"', 'over bytes'],
    ],
    ['metadata that is not text', { __metadata__: { step: 7 }, w: good }, ['__metadata__']],
  ] as const) {
    test(`${what} is refused`, async t => {
      const path = join(await temporaryFolder(t), 'bad.safetensors');
      await writeRawSafetensors(path, header, data);
      await assertFails(() => openSafetensors(path), 'file-damaged', path, ...words);
    });
  }

  test('an unknown dtype is named', async t => {
    const path = join(await temporaryFolder(t), 'bad.safetensors');
    await writeRawSafetensors(path, { w: { ...good, dtype: 'constructor' } }, data);
    await assertFails(() => openSafetensors(path), 'file-unsupported', path, '"w"', 'constructor');
  });

  test('a header that claims 2^60 bytes is refused without allocating them', async t => {
    const path = join(await temporaryFolder(t), 'huge.safetensors');
    for (const length of [2n ** 60n, 2n ** 64n - 1n, 25n]) {
      await writeRawSafetensors(path, { w: good }, new Uint8Array(0), length);
      if (length > 1000n) await assertFails(() => openSafetensors(path), 'file-damaged', path, length.toString());
      else await assertFails(() => openSafetensors(path), 'file-damaged', path);
    }
  });

  test('empty and tiny files, folders and missing files are told apart', async t => {
    const folder = await temporaryFolder(t);
    const path = join(folder, 'tiny.safetensors');
    for (const size of [0, 7]) {
      await writeFile(path, new Uint8Array(size));
      await assertFails(() => openSafetensors(path), 'file-damaged', path, `${size} bytes`);
    }
    await assertFails(() => openSafetensors(join(folder, 'none')), 'file-missing', 'none does not exist');
    await assertFails(() => openSafetensors(folder), 'file-missing', folder, 'not a file');
  });

  test('a tensor that is not there is named with those that are', async t => {
    const path = join(await temporaryFolder(t), 'a.safetensors');
    await writeRawSafetensors(path, { w: good }, data);
    const file = await openSafetensors(path);
    await assertFails(() => tensorIn(file, 'v'), 'file-damaged', path, '"v"');
  });

  test('gaps between tensors, empty tensors and names like __proto__ are fine', async t => {
    const path = join(await temporaryFolder(t), 'a.safetensors');
    const header = `{"__proto__":{"dtype":"U8","shape":[0],"data_offsets":[3,3]},"b":{"dtype":"U8","shape":[4],"data_offsets":[12,16]}}`;
    await writeRawSafetensors(path, header, data);
    const file = await openSafetensors(path);
    assert.deepEqual([...file.entries.keys()], ['__proto__', 'b']);
    assert.equal(SAFETENSORS_LIMITS.rank, 8);
  });
});
