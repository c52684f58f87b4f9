import assert from 'node:assert/strict';
import { CircuitError, type ErrorCode } from '../../src/errors.ts';

/** Asserts that `work` fails with a CircuitError of `code` whose message has all of `words` and whose remedy is not empty. */
export async function assertFails(work: () => unknown, code: ErrorCode, ...words: readonly string[]): Promise<void> {
  let error: unknown;
  try {
    await work();
  } catch (thrown) {
    error = thrown;
  }
  assert.ok(error instanceof CircuitError, `expected a CircuitError, got ${String(error)}`);
  assert.equal(error.code, code, error.message);
  for (const word of words) assert.ok(error.message.includes(word), `"${word}" is not in: ${error.message}`);
  assert.notEqual(error.remedy, '');
}
