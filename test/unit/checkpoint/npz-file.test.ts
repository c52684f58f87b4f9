import assert from 'node:assert/strict';
import { readFile, readdir, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test, type TestContext } from 'node:test';
import fc from 'fast-check';
import { gatherRows, openNpz, readFloat32, tensorIn } from '../../../src/checkpoint/index.ts';
import { CircuitError } from '../../../src/errors.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';
import { npyOf, zipOf, type ZipPart } from '../../support/zip.ts';

const FIXTURES = join(import.meta.dirname, '../../fixtures/npz');
const [D, F] = [4, 6];

/** The formulas of the fixture's make.py. */
const EXPECTED = {
  W_enc: { shape: [D, F], values: Float32Array.from({ length: D * F }, (_, i) => Math.sin(i) * 2) },
  W_dec: { shape: [F, D], values: Float32Array.from({ length: D * F }, (_, i) => Math.cos(i * 3)) },
  b_enc: { shape: [F], values: Float32Array.from({ length: F }, (_, i) => i / 8 - 0.25) },
  b_dec: { shape: [D], values: Float32Array.from({ length: D }, (_, i) => i / 4) },
  threshold: { shape: [F], values: Float32Array.from({ length: F }, (_, i) => i / 16 + 0.125) },
};

/** A cache of the test's own, as unpacked archives are kept. */
async function cacheOf(t: TestContext): Promise<string> {
  const folder = await temporaryFolder(t);
  const before = process.env.CIRCUIT_CACHE;
  process.env.CIRCUIT_CACHE = folder;
  t.after(() => {
    if (before === undefined) delete process.env.CIRCUIT_CACHE;
    else process.env.CIRCUIT_CACHE = before;
  });
  return folder;
}

describe('archives that numpy wrote', () => {
  for (const [name, tolerance, isUnpacked] of [
    ['stored', 1e-7, false],
    ['half', 1e-3, false],
    ['deflated', 1e-7, true],
    ['double', 1e-7, true],
    ['fortran', 1e-7, true],
  ] as const) {
    test(`${name}: shapes and values; ${isUnpacked ? 'unpacked once' : 'read where they are'}`, async t => {
      const cache = await cacheOf(t);
      const path = join(FIXTURES, `${name}.npz`);
      const file = await openNpz(path);
      assert.deepEqual([...file.entries.keys()].sort(), Object.keys(EXPECTED).sort());
      for (const [tensor, { shape, values }] of Object.entries(EXPECTED)) {
        const ref = tensorIn(file, tensor);
        assert.deepEqual(ref.entry.shape, shape);
        const read = await readFloat32(ref);
        values.forEach((value, i) => assert.ok(Math.abs(read[i] - value) <= tolerance * 2, `${tensor}[${i}]`));
      }
      assert.equal(file.path === path, !isUnpacked);
      assert.deepEqual(await readdir(cache), isUnpacked ? ['unpacked'] : []);
      if (!isUnpacked) return;
      const again = await openNpz(path);
      assert.equal(again.path, file.path);
      assert.equal((await readdir(join(cache, 'unpacked'))).length, 1);
    });
  }

  test('rows are read by position', async () => {
    const ref = tensorIn(await openNpz(join(FIXTURES, 'stored.npz')), 'W_dec');
    assert.deepEqual(await gatherRows(ref, [2, 3, 4]), EXPECTED.W_dec.values.slice(2 * D, 5 * D));
  });

  test('an array of Python objects is refused', async () => {
    await assertFails(
      () => openNpz(join(FIXTURES, 'objects.npz')),
      'file-unsupported',
      'objects.npz',
      'W_enc.npy',
      '|O',
      '<f4',
    );
  });
});

describe('archives that are damaged', () => {
  const array = npyOf([2, 3], Float32Array.from([1, 2, 3, 4, 5, 6]));
  const open = async (t: TestContext, parts: readonly ZipPart[] | Uint8Array) => {
    const path = join(await temporaryFolder(t), 'params.npz');
    await writeFile(path, parts instanceof Uint8Array ? parts : zipOf(parts));
    return openNpz(path);
  };

  test('a whole one is read', async t => {
    await cacheOf(t);
    for (const deflate of [false, true]) {
      const file = await open(t, [{ name: 'x.npy', data: array, deflate }]);
      assert.deepEqual([...(await readFloat32(tensorIn(file, 'x')))], [1, 2, 3, 4, 5, 6]);
    }
  });

  test('not a zip, cut short, another format', async t => {
    await assertFails(() => openNpz(join(FIXTURES, 'none.npz')), 'file-missing', 'none.npz');
    await assertFails(() => open(t, Buffer.alloc(0)), 'file-damaged', 'params.npz');
    await assertFails(() => open(t, Buffer.alloc(5000, 7)), 'file-damaged', 'params.npz', 'directory');
    const path = join(await temporaryFolder(t), 'params.npz');
    const whole = await readFile(join(FIXTURES, 'stored.npz'));
    await writeFile(path, whole);
    await truncate(path, whole.length - 1);
    await assertFails(() => openNpz(path), 'file-damaged', path);
    await truncate(path, 300);
    await assertFails(() => openNpz(path), 'file-damaged', path);
  });

  test('members: encrypted, of another compression, twice, of another length, of another checksum', async t => {
    await cacheOf(t);
    const part = (claims: ZipPart['claims'], deflate = false): ZipPart[] => [
      { name: 'W_enc.npy', data: array, deflate, ...(claims === undefined ? {} : { claims }) },
    ];
    await assertFails(() => open(t, part({ flags: 1 })), 'file-unsupported', '"W_enc.npy"', 'encrypted');
    await assertFails(() => open(t, part({ method: 14 })), 'file-unsupported', '"W_enc.npy"', 'method 14');
    await assertFails(() => open(t, [...part({}), ...part({})]), 'file-damaged', '"W_enc.npy" twice');
    await assertFails(() => open(t, part({ bytes: array.length - 4 })), 'file-damaged', '"W_enc.npy"', 'two lengths');
    await assertFails(() => open(t, part({ bytes: array.length - 4 }, true)), 'file-damaged', '"W_enc.npy"', '[2, 3]');
    await assertFails(() => open(t, part({ crc32: 5 }, true)), 'file-damaged', '"W_enc.npy"', 'checksum');
  });

  test('a bomb: a deflated member that unpacks to more than it claims', async t => {
    await cacheOf(t);
    const bomb = Buffer.concat([npyOf([2, 3], new Float32Array(6)), Buffer.alloc(50_000_000)]);
    const claims = { bytes: array.length };
    await assertFails(
      () => open(t, [{ name: 'W_enc.npy', data: bomb, deflate: true, claims }]),
      'file-damaged',
      '"W_enc.npy"',
      `more than the ${array.length} bytes`,
    );
  });

  test('a member that claims more than deflate can hold gets no memory', async t => {
    await cacheOf(t);
    const data = npyOf([1_000_000], new Float32Array(6));
    const claims = { bytes: data.length - 24 + 4_000_000 };
    await assertFails(
      () => open(t, [{ name: 'W_enc.npy', data, deflate: true, claims }]),
      'file-damaged',
      '"W_enc.npy"',
      `claims ${claims.bytes} bytes`,
    );
  });

  test('headers of arrays: no magic, too long, no shape, absurd shapes, other types', async t => {
    const header = async (text: string, ...words: string[]) =>
      assertFails(
        () => open(t, [{ name: 'b.npy', data: npyOf([1], new Float32Array(1), text) }]),
        text.includes('descr') && words[0].startsWith('<') ? 'file-unsupported' : 'file-damaged',
        '"b.npy"',
        ...words,
      );
    await assertFails(() => open(t, [{ name: 'b.npy', data: Buffer.alloc(200) }]), 'file-damaged', '"b.npy"');
    await assertFails(() => open(t, [{ name: 'b.npy', data: Buffer.alloc(3) }]), 'file-damaged', '"b.npy"');
    await header(' '.repeat(20_000), '10000');
    await header('{}', 'header');
    await header("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,), }", 'impossible');
    await header("{'descr': '<f4', 'fortran_order': False, 'shape': (2,), }", '[2]');
    await header("{'descr': '<c8', 'fortran_order': False, 'shape': (1,), }", '<c8');
    await header("{'descr': '>f4', 'fortran_order': False, 'shape': (1,), }".replace('>', '<U'), '<U');
  });

  test('any damage to a byte gives an archive or a CircuitError, never another failure', async t => {
    await cacheOf(t);
    const folder = await temporaryFolder(t);
    const path = join(folder, 'params.npz');
    for (const name of ['stored.npz', 'deflated.npz']) {
      const whole = await readFile(join(FIXTURES, name));
      await fc.assert(
        fc.asyncProperty(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
          const bytes = Buffer.from(whole);
          bytes[at] ^= change;
          await writeFile(path, bytes);
          try {
            const file = await openNpz(path);
            for (const tensor of file.entries.keys()) {
              const ref = tensorIn(file, tensor);
              if (ref.entry.dtype.startsWith('F')) await readFloat32(ref);
            }
          } catch (error) {
            assert.ok(error instanceof CircuitError, String(error));
          }
        }),
        { numRuns: 150 },
      );
    }
  });
});
