/** A process that is killed while it saves: whatever has its name is whole, and what it is saved from is untouched. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import { hashFile } from '../../../extension/investigation/graph-library.ts';
import { parseInvestigation } from '../../../src/graph/investigation/parse.ts';
import { writeInvestigation } from '../../../src/graph/investigation/write.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const MOVE = join(import.meta.dirname, '..', '..', '..', 'extension', 'investigation', 'move-investigation.ts');
const LIBRARY = join(import.meta.dirname, '..', '..', '..', 'extension', 'investigation', 'graph-library.ts');

/** Saves into one folder after the other until it is killed; a line before each. */
const SAVE = (from: string, work: string): string => `
  import { mkdir, readFile } from 'node:fs/promises';
  import { GraphLibrary } from ${JSON.stringify(LIBRARY)};
  import { moveInvestigation } from ${JSON.stringify(MOVE)};
  const [from, work] = ${JSON.stringify([from, work])};
  const text = await readFile(from, 'utf8');
  for (let i = 0; ; i++) {
    await mkdir(work + '/' + i);
    console.log(i);
    await moveInvestigation(new GraphLibrary(work), text, from, work + '/' + i + '/x.circuit.json');
  }`;

test('a save that is killed leaves what is whole or nothing under its names', async t => {
  const folder = await temporaryFolder(t);
  const graph = join(folder, 'x.graph.json');
  await writeFile(graph, Buffer.alloc(24 << 20, 'graph '));
  const sha256 = await hashFile(graph);
  const from = join(folder, 'x.circuit.json');
  const text = writeInvestigation({
    version: 1,
    prompt: 'a b',
    graph: { file: 'x.graph.json', sha256 },
    settings: { nodeThreshold: 0.8, edgeThreshold: 0.98 },
    pinned: ['1_7_2'],
    supernodes: [],
    annotations: [],
  });
  await writeFile(from, text);
  let whole = 0;
  let broken = 0;
  for (let kill = 0; kill < 6; kill++) {
    const work = join(folder, `work-${kill}`);
    await mkdir(work);
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', SAVE(from, work)], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(child, 'exit');
    // In the middle of the second save, earlier or later each time.
    let said = '';
    for await (const data of child.stdout as AsyncIterable<Buffer>)
      if ((said += data.toString()).includes('1\n')) break;
    await wait(kill * 5);
    child.kill('SIGKILL');
    await ended;
    for (const name of await readdir(work)) {
      const files = await readdir(join(work, name));
      if (files.includes('x.graph.json')) assert.equal(await hashFile(join(work, name, 'x.graph.json')), sha256);
      if (files.includes('x.circuit.json')) {
        const saved = await readFile(join(work, name, 'x.circuit.json'), 'utf8');
        assert.deepEqual(parseInvestigation(saved, name).investigation.graph, { file: 'x.graph.json', sha256 });
        assert.ok(files.includes('x.graph.json'), 'the graph is there first');
        whole++;
      } else broken++;
    }
  }
  assert.ok(whole >= 6, 'the first of each was saved');
  assert.ok(broken >= 1, 'one was killed half-way at least');
  assert.equal(await readFile(from, 'utf8'), text);
  assert.equal(await hashFile(graph), sha256);
});
