import { writeFile } from 'node:fs/promises';

/** Writes a file with this header text and data: as damaged as a test wants it. `length` overrides the length word. */
export async function writeRawSafetensors(
  path: string,
  header: object | string | Uint8Array,
  data: Uint8Array,
  length?: bigint,
): Promise<void> {
  const bytes =
    header instanceof Uint8Array ? header : Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const first8 = Buffer.alloc(8);
  first8.writeBigUInt64LE(length ?? BigInt(bytes.length));
  await writeFile(path, Buffer.concat([first8, bytes, data]));
}
