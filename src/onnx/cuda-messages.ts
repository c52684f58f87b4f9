import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { env } from 'onnxruntime-common';

/** The two files of ONNX Runtime for CUDA. npm carries neither: they are too large for it. */
const PARTS = 'libonnxruntime_providers_shared.so and libonnxruntime_providers_cuda.so';

/** Where a person reads all steps. */
const MANUAL = 'All steps are in the README under "Graphics cards".';

/** What CUDA lacks, in plain words, from what ONNX Runtime and the dynamic linker wrote; undefined if that says nothing. */
export function explainCuda(text: string): { readonly reason: string; readonly remedy: string } | undefined {
  const part = /with error: (\/[^\n]*?)\/libonnxruntime_providers_\w+\.so: cannot open shared object file/.exec(
    text,
  )?.[1];
  if (part !== undefined) {
    return { reason: `CUDA needs ${PARTS}, which npm does not carry.`, remedy: partsRemedy(part) };
  }
  const missing = /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(text)?.[1];
  if (missing?.startsWith('libcuda.so') === true) return driver(`There is no NVIDIA driver: ${missing} is not found.`);
  if (missing !== undefined) {
    return { reason: `The CUDA libraries are missing: ${missing} is not found.`, remedy: librariesRemedy(missing) };
  }
  if (/failed to load (shared )?library/i.test(text)) {
    return { reason: 'The CUDA libraries are missing or do not fit.', remedy: librariesRemedy('') };
  }
  if (/no CUDA-capable device|CUDA failure (35|100)\b|driver version is insufficient/i.test(text)) {
    return driver('There is no NVIDIA graphics card whose driver fits.');
  }
  return undefined;
}

/** The folder is the one that ONNX Runtime looked in. Its install script, absent from the packed extension, fetches the parts. */
function partsRemedy(folder: string): string {
  const script = join(dirname(dirname(dirname(dirname(folder)))), 'script', 'install.js');
  const fetch = existsSync(script)
    ? `On a machine with an NVIDIA graphics card fetch them with: ONNXRUNTIME_NODE_INSTALL=cuda12 node ${script}`
    : `On a machine with an NVIDIA graphics card copy them into ${folder} (version ${env.versions.common}, from the wheel of the Python package onnxruntime-gpu, or NuGet's Microsoft.ML.OnnxRuntime.Gpu.Linux)`;
  return `${fetch}. ${MANUAL}`;
}

function driver(reason: string): { readonly reason: string; readonly remedy: string } {
  return {
    reason,
    remedy: 'Install or update the NVIDIA driver: 580 or later for CUDA 13, 525 or later for CUDA 12.',
  };
}

/** The library's name says which CUDA the parts were built for. */
function librariesRemedy(missing: string): string {
  const [, name = '', version = ''] = /^lib(\w+)\.so\.(\d+)/.exec(missing) ?? [];
  const release =
    name === 'cufft' ? { 11: '12', 12: '13' }[version] : /^(cublas|cudart|nvrtc)/.test(name) ? version : undefined;
  const cuda = release === undefined ? 'CUDA' : `CUDA ${release}`;
  return `Install ${cuda} and cuDNN 9, and put the folders of their libraries into LD_LIBRARY_PATH before VS Code (or this command) starts. ${MANUAL}`;
}
