import { explainCuda } from './cuda-messages.ts';
import type { ExecutionProvider } from './types.ts';

/** Why a provider does not run, in plain words, and what a person can do about it. */
export interface Explanation {
  readonly reason: string;
  readonly remedy: string;
}

/** Names for people, and the platforms whose onnxruntime-node has the provider (README of version 1.30). */
const ABOUT: Readonly<Record<ExecutionProvider, { readonly label: string; readonly platforms: string }>> = {
  cpu: { label: 'The CPU', platforms: 'every platform' },
  cuda: { label: 'CUDA', platforms: 'Linux x64' },
  dml: { label: 'DirectML', platforms: 'Windows' },
  coreml: { label: 'Core ML', platforms: 'macOS' },
  webgpu: { label: 'WebGPU', platforms: 'Windows, macOS and Linux x64' },
};

const USE_CPU = 'Use the provider cpu.';

/** From what ONNX Runtime threw and what it wrote on stderr. */
export function explainProvider(provider: ExecutionProvider, message: string, log: string): Explanation {
  const { label } = ABOUT[provider];
  const text = `${message}\n${log}`;
  if (/backend not found/.test(text)) return notInBuild(provider);
  if (/assigned to the default CPU EP/.test(text)) {
    return { reason: `${label} leaves operators to the CPU.`, remedy: USE_CPU };
  }
  const known = provider === 'cuda' ? explainCuda(text) : provider === 'webgpu' ? explainWebGpu(text) : undefined;
  return known ?? { reason: `${label} does not run: ${firstLine(message)}`, remedy: USE_CPU };
}

export function notInBuild(provider: ExecutionProvider): Explanation {
  const { label, platforms } = ABOUT[provider];
  return {
    reason: `${label} is not part of ONNX Runtime for ${process.platform}-${process.arch}, only of that for ${platforms}.`,
    remedy: USE_CPU,
  };
}

export function labelOf(provider: ExecutionProvider): string {
  return ABOUT[provider].label;
}

function explainWebGpu(text: string): Explanation | undefined {
  const missing = missingLibrary(text);
  if (missing?.startsWith('libvulkan') === true) {
    return {
      reason: `There is no Vulkan on this machine: ${missing} is not found.`,
      remedy: "Install the graphics card's Vulkan driver and the Vulkan loader (Debian, Ubuntu: libvulkan1).",
    };
  }
  if (/Failed to get a WebGPU adapter|No supported adapters/.test(text)) {
    const need = { win32: 'Direct3D 12', darwin: 'Metal' }[process.platform as string] ?? 'Vulkan';
    return {
      reason: `WebGPU finds no graphics card with a ${need} driver that it supports.`,
      remedy: `Install or update the graphics card's ${need} driver, or use the provider cpu.`,
    };
  }
  return undefined;
}

/** The file that the dynamic linker names: "libcudnn.so.9: cannot open shared object file". */
function missingLibrary(text: string): string | undefined {
  return /([\w.+-]+\.so[\w.]*): cannot open shared object file/.exec(text)?.[1];
}

function firstLine(text: string): string {
  return text.trim().split('\n', 1)[0];
}
