/**
 * Compares whole graphs that WebGPU computes with the reference, and shows where each node ran:
 *
 *   npm run test:gpu                  on the graphics card
 *   npm run test:gpu -- --software    on Mesa's driver for the processor, which is fetched (Debian, Ubuntu)
 *   npm run test:gpu -- llama3 gpt2   only the reference cases whose name contains one of the words
 */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { reportProviders } from '../../src/onnx/index.ts';
import { softwareVulkan } from './software-vulkan.ts';

const say = (line: string): void => void process.stderr.write(`${line}\n`);
const words = process.argv.slice(2);
if (words.includes('--software')) Object.assign(process.env, await softwareVulkan(say));
process.env.CIRCUIT_GPU_CASES = words.filter(word => !word.startsWith('--')).join(' ');

const entry = join(import.meta.dirname, '../support/onnx-probe-entry.ts');
const startProbe = (provider: string) => ({
  command: process.execPath,
  args: ['--import', 'tsx', entry, '--probe', provider],
});
const [webgpu] = await reportProviders({ startProbe, timeoutMs: 300_000 }, ['webgpu']);
say(webgpu.reason);
if (webgpu.works) {
  await runFiles();
} else {
  say(webgpu.remedy ?? '');
  say(
    'Without a graphics card: npm run test:gpu -- --software fetches a Vulkan driver for the processor (Debian, Ubuntu).',
  );
  process.exitCode = 1;
}

async function runFiles(): Promise<void> {
  const names = readdirSync(import.meta.dirname).filter(name => name.endsWith('.gpu.ts'));
  const files = names.sort().map(name => join(import.meta.dirname, name));
  let [passed, failed] = [0, 0];
  const stream = run({ files, concurrency: 1 });
  const isLeaf = ({ name, details }: { name: string; details: { type?: string } }): boolean =>
    details.type !== 'suite' && !name.endsWith('.gpu.ts');
  stream.on('test:pass', event => {
    if (isLeaf(event)) passed++;
  });
  stream.on('test:fail', event => {
    if (event.details.type !== 'suite') failed++;
  });
  for await (const text of stream.pipe(new spec())) process.stdout.write(text as string);
  say(`${passed} passed, ${failed} failed`);
  process.exitCode = failed > 0 || passed === 0 ? 1 : 0;
}
