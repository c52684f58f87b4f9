import { gunzipSync, gzipSync } from 'node:zlib';

/** Gzip at the highest level, with no time and no operating system in the header: the same text, the same bytes. */
export function gzipText(text: string): Buffer {
  const bytes = gzipSync(text, { level: 9, memLevel: 9 });
  bytes[9] = 255;
  return bytes;
}

/** The JSON in gzip bytes that unpack to at most `limit` bytes; otherwise why not, in words that follow a name. */
export function gunzipJson(bytes: Uint8Array, limit: number): { value: unknown } | { problem: string } {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(gunzipSync(bytes, { maxOutputLength: limit }));
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (code === 'ERR_BUFFER_TOO_LARGE') return { problem: `unpacks to more than ${limit} bytes` };
    return { problem: code === 'ERR_ENCODING_INVALID_ENCODED_DATA' ? 'is not UTF-8 text' : 'is not whole gzip data' };
  }
  try {
    return { value: JSON.parse(text) };
  } catch {
    return { problem: 'is not JSON' };
  }
}
