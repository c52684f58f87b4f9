import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

/** A fresh folder that is removed when the test ends; a copy of `from` where that is given. */
export async function temporaryFolder(test: TestContext, from?: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'circuit-test-'));
  test.after(() => rm(folder, { recursive: true, force: true }));
  if (from !== undefined) await cp(from, folder, { recursive: true });
  return folder;
}
