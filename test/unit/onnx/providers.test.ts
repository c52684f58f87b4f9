import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { env } from 'onnxruntime-common';
import { listSupportedBackends } from 'onnxruntime-node';
import {
  chooseProvider,
  fastestOf,
  ProviderError,
  reportProviders,
  type ProviderChoice,
} from '../../../src/onnx/index.ts';
import { explainProvider } from '../../../src/onnx/provider-messages.ts';
import { assertFails } from '../../support/errors.ts';
import { temporaryFolder } from '../../support/temporary.ts';

const ENTRY = join(import.meta.dirname, '../../support/onnx-probe-entry.ts');
const LINUX = process.platform === 'linux' && process.arch === 'x64';
const WITH_WEBGPU = { skip: !listSupportedBackends().some(({ name }) => name === 'webgpu') };

/** A probe's process that runs a script instead. */
const script = (source: string) => ({ command: process.execPath, args: ['-e', source] });
const answer = (value: unknown) =>
  script(`console.log('noise\\ncircuit-probe:' + ${JSON.stringify(JSON.stringify(value))})`);

const real = {
  startProbe: (provider: string) => ({
    command: process.execPath,
    args: ['--import', 'tsx', ENTRY, '--probe', provider],
  }),
};
const never = { startProbe: () => assert.fail('no process was to be started') };

describe('chooseProvider', () => {
  test('cpu runs, and starts no process', async () => {
    const { provider, report } = await chooseProvider('cpu', never);
    assert.equal(provider, 'cpu');
    assert.deepEqual(report, [{ provider: 'cpu', works: true, reason: 'The CPU runs.' }]);
  });

  test('a name that is none is refused with those that are', async () => {
    for (const name of ['', 'gpu', 'CPU', '__proto__', 'constructor']) {
      await assertFails(() => chooseProvider(name, never), 'usage', `"${name}"`);
    }
  });

  test('what this machine has, each provider tried in a process of its own', { skip: !LINUX }, async () => {
    const report = await reportProviders(real);
    const of = (name: string) => report.find(({ provider }) => provider === name)!;
    assert.equal(report.length, 5);
    assert.ok(of('cpu').works);
    assert.match(of('dml').reason, /DirectML is not part of ONNX Runtime for linux-x64, only of that for Windows/);
    assert.match(of('coreml').reason, /Core ML is not part of ONNX Runtime for linux-x64, only of that for macOS/);
    for (const { works, reason, remedy } of report) {
      assert.match(reason, /^[A-Z].*\.$/s);
      if (!works) assert.ok(remedy !== undefined && remedy !== '', reason);
    }
    if (!of('cuda').works) assert.match(of('cuda').reason, /which npm does not carry|CUDA libraries .*missing|NVIDIA/);
    if (!of('webgpu').works) assert.match(of('webgpu').reason, /Vulkan/);
    if (of('webgpu').isSoftware === true) assert.notEqual(fastestOf(report).provider, 'webgpu');
  });

  test('a provider that is asked for and does not run: an error with the report', { skip: !LINUX }, async () => {
    await assert.rejects(chooseProvider('dml', real), (error: unknown) => {
      assert.ok(error instanceof ProviderError);
      assert.equal(error.code, 'provider');
      assert.match(error.message, /^The execution provider dml does not run\. DirectML is not part of/);
      assert.match(error.remedy, /Here run: .*cpu/);
      assert.equal(error.report.length, 5);
      assert.deepEqual(error.report[0].provider, 'dml');
      return true;
    });
  });

  test('auto takes another provider only when it is clearly faster than the CPU', WITH_WEBGPU, async () => {
    const choose = (gigaflops: number) =>
      chooseProvider('auto', {
        startProbe: provider =>
          answer(provider === 'webgpu' ? { works: true, gigaflops } : { works: false, message: 'no' }),
      });
    const slow = await choose(0.5);
    assert.equal(slow.provider, 'cpu');
    const cpu = slow.report.find(({ provider }) => provider === 'cpu')!;
    assert.ok(cpu.gigaflops !== undefined && cpu.gigaflops > 0.5);
    assert.match(slow.report.find(({ provider }) => provider === 'webgpu')!.reason, /WebGPU runs: 0.500 GFLOP/);
    assert.match(slow.reason, /^auto takes the CPU: WebGPU is not clearly faster \(0\.500 GFLOP\/s beside/);
    const fast = await choose(1e6);
    assert.equal(fast.provider, 'webgpu');
    assert.match(fast.reason, /^auto takes WebGPU, the fastest here: 1\.00e\+6 GFLOP\/s/);
  });

  test('auto never takes a driver that computes on the processor, however fast', WITH_WEBGPU, async () => {
    const works = JSON.stringify({ works: true, gigaflops: 1e6 });
    const says = (device: string) =>
      script(`console.error('DRIVER: Using "${device}" with driver: "libvulkan_x.so"');
        setTimeout(() => console.log('circuit-probe:' + ${JSON.stringify(works)}), 300)`);
    const choose = (device: string) =>
      chooseProvider('auto', {
        startProbe: provider => (provider === 'webgpu' ? says(device) : answer({ works: false, message: 'no' })),
      });
    const { provider, reason, report } = await choose('llvmpipe (LLVM 19.1.7, 256 bits)');
    assert.equal(provider, 'cpu');
    assert.equal(reason, 'auto takes the CPU: no graphics card can be used here.');
    const webgpu = report.find(entry => entry.provider === 'webgpu')!;
    assert.deepEqual([webgpu.works, webgpu.isSoftware], [true, true]);
    assert.match(webgpu.reason, /runs only on llvmpipe .*, which computes on the processor.* auto does not take it\.$/);
    const card = await choose('NVIDIA RTX A2000');
    assert.equal(card.provider, 'webgpu');
    assert.match(card.report.find(entry => entry.provider === 'webgpu')!.reason, /WebGPU runs on NVIDIA RTX A2000: /);
    const named = await chooseProvider('webgpu', { startProbe: () => says('llvmpipe') });
    assert.equal(named.provider, 'webgpu', 'asked for by name it is taken');
  });
});

describe('a probe that does not answer', WITH_WEBGPU, () => {
  const probe = async (source: string, timeoutMs = 30_000) => {
    const [entry] = await reportProviders({ startProbe: () => script(source), timeoutMs }, ['webgpu']);
    assert.equal(entry.works, false);
    assert.ok(entry.remedy);
    return entry.reason;
  };

  test('killed: the signal and its last words are reported', async () => {
    const reason = await probe(`console.error('first\\nfatal: device lost'); process.kill(process.pid, 'SIGSEGV')`);
    assert.match(reason, /WebGPU crashed \(SIGSEGV\); its last words: fatal: device lost/);
  });

  test('ended early', async () => {
    assert.match(await probe('process.exit(3)'), /ended with exit code 3/);
    assert.match(await probe(`console.log('circuit-probe:{broken')`), /ended with exit code 0/);
  });

  test('hanging: given up after the time limit, also when it left a process behind', async () => {
    assert.match(await probe('setInterval(() => {}, 1000)', 300), /WebGPU did not answer within 0.3 s/);
    const child = `require('node:child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 30000)'], { stdio: 'inherit' })`;
    const start = performance.now();
    assert.match(await probe(`${child}; setInterval(() => {}, 1000)`, 500), /did not answer/);
    assert.ok(performance.now() - start < 20_000);
  });

  test('a program that cannot be started', async () => {
    const startProbe = () => ({ command: '/nonexistent/program', args: [] });
    const [{ reason }] = await reportProviders({ startProbe }, ['webgpu']);
    assert.match(reason, /cannot be started: .*ENOENT/);
  });

  test('an answer counts even when the process never ends', async () => {
    const source = `console.log('circuit-probe:{"works":true,"gigaflops":7}'); setInterval(() => {}, 1000)`;
    const [entry] = await reportProviders({ startProbe: () => script(source) }, ['webgpu']);
    assert.deepEqual(entry, { provider: 'webgpu', works: true, reason: 'WebGPU runs: 7.00 GFLOP/s.', gigaflops: 7 });
  });

  test('cancelled', async () => {
    const cancel = new AbortController();
    const options = { startProbe: () => script('setInterval(() => {}, 1000)'), task: { signal: cancel.signal } };
    setTimeout(() => cancel.abort(), 200);
    await assertFails(() => reportProviders(options, ['webgpu']), 'cancelled');
  });
});

describe("ONNX Runtime's messages in plain words", () => {
  const cuda = 'OrtSessionOptionsAppendExecutionProvider_Cuda: Failed to load shared library';
  const shared = '/x/bin/napi-v6/linux/x64/libonnxruntime_providers_shared.so';
  const cases = [
    ['cuda', cuda, `Failed to load library ${shared} with error: ${shared}: cannot open shared object file`, /which npm does not carry/],
    ['cuda', cuda, 'with error: libcudnn.so.9: cannot open shared object file: No such file', /libcudnn.so.9 is not found/],
    ['cuda', cuda, 'with error: libcuda.so.1: cannot open shared object file: No such file', /no NVIDIA driver/],
    ['cuda', cuda, '', /CUDA libraries are missing/],
    ['cuda', 'CUDA failure 100: no CUDA-capable device is detected ; GPU=0', '', /no NVIDIA graphics card/],
    ['cuda', 'CUDA failure 35: CUDA driver version is insufficient', '', /no NVIDIA graphics card/],
    ['webgpu', 'Failed to get a WebGPU adapter: No supported adapters', "Couldn't load Vulkan: libvulkan.so.1: cannot open shared object file", /no Vulkan .*libvulkan/],
    ['webgpu', 'Failed to get a WebGPU adapter: No supported adapters', '', /finds no graphics card/],
    ['dml', 'no available backend found. ERR: [dml] backend not found.', '', /not part of ONNX Runtime/],
    ['coreml', 'its products are off by 1.1e-3, float32 would be within 0.00001', '', /Core ML does not run: its products/],
    ['webgpu', 'graph nodes that are assigned to the default CPU EP, but fallback', '', /leaves operators to the CPU/],
    ['cuda', 'something new\nwith details', '', /CUDA does not run: something new$/],
  ] as const; // prettier-ignore
  for (const [provider, message, log, expected] of cases) {
    test(`${provider}: ${expected.source}`, () => {
      const { reason, remedy } = explainProvider(provider, message, log);
      assert.match(reason, expected);
      assert.notEqual(remedy, '');
    });
  }
});

describe('what CUDA lacks, and what to do about it', () => {
  const lacks = (log: string) => explainProvider('cuda', 'Failed to load shared library', log).remedy;
  /** As version 1.30 writes it. */
  const cannot = (file: string) =>
    '2026-11-23 03:22:12.1 [E:onnxruntime:onnxruntime-node, provider_bridge_ort.cc:2146 Create] ' +
    '/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() ' +
    `[ONNXRuntimeError] : 1 : FAIL : Failed to load library ${file.startsWith('/') ? file : `/x/${file}`} ` +
    `with error: ${file}: cannot open shared object file: No such file or directory`;

  test("the runtime's own parts: its install script where it is, else which files go into which folder", async t => {
    const root = await temporaryFolder(t);
    const folder = join(root, 'bin/napi-v6/linux/x64');
    const remedy = lacks(cannot(join(folder, 'libonnxruntime_providers_shared.so')));
    assert.ok(remedy.includes(`into ${folder} (version ${env.versions.common}`), remedy);
    assert.match(remedy, /onnxruntime-gpu/);
    await mkdir(join(root, 'script'));
    await writeFile(join(root, 'script/install.js'), '');
    const here = lacks(cannot(join(folder, 'libonnxruntime_providers_cuda.so')));
    assert.ok(here.includes(`ONNXRUNTIME_NODE_INSTALL=cuda12 node ${join(root, 'script/install.js')}`), here);
    for (const words of [remedy, here]) assert.match(words, /README under "Graphics cards"/);
    assert.match(await readFile('README.md', 'utf8'), /^#+ Graphics cards$/m);
  });

  test('libraries: the CUDA that the parts were built for, by the name of what is missing', () => {
    assert.match(lacks(cannot('libcublasLt.so.13')), /^Install CUDA 13 and cuDNN 9, and put .* into LD_LIBRARY_PATH/);
    assert.match(lacks(cannot('libcudart.so.12')), /^Install CUDA 12 and cuDNN 9/);
    assert.match(lacks(cannot('libcufft.so.11')), /^Install CUDA 12 and/);
    assert.match(lacks(cannot('libcurand.so.10')), /^Install CUDA and cuDNN 9/);
    assert.match(lacks(cannot('libcudnn.so.9')), /^Install CUDA and cuDNN 9/);
  });
});

test('a bundled program probes by starting itself', { skip: !LINUX }, async context => {
  // Beside node_modules, where the bundle finds ONNX Runtime.
  const folder = join(import.meta.dirname, '../../../node_modules/.cache', `circuit-test-${process.pid}`);
  await mkdir(folder, { recursive: true });
  context.after(() => rm(folder, { recursive: true, force: true }));
  const outfile = join(folder, 'program.mjs');
  const external = ['onnxruntime-node', 'onnxruntime-common'];
  await build({ entryPoints: [ENTRY], outfile, bundle: true, platform: 'node', format: 'esm', external });
  const { stdout } = await promisify(execFile)(process.execPath, [outfile, 'auto']);
  const choice = JSON.parse(stdout) as ProviderChoice;
  assert.equal(choice.report.length, 5);
  assert.ok(choice.report.find(({ provider }) => provider === choice.provider)!.works);
  const webgpu = choice.report.find(({ provider }) => provider === 'webgpu')!;
  assert.ok(webgpu.works || /Vulkan/.test(webgpu.reason), webgpu.reason);
});
