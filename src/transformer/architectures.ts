import { CircuitError } from '../errors.ts';
import type { Architecture } from './architecture.ts';
import { gemma2, gemma3 } from './gemma.ts';
import { gpt2 } from './gpt2.ts';
import { llama, qwen3 } from './llama.ts';
import { neox } from './neox.ts';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { gpt2, neox, llama, gemma2, gemma3, qwen3 };

/** Errors: `file-unsupported` listing the architectures that are known. */
export function architectureOf(shape: { readonly architecture: string }): Architecture {
  if (Object.hasOwn(ARCHITECTURES, shape.architecture)) return ARCHITECTURES[shape.architecture];
  throw new CircuitError(
    'file-unsupported',
    `Models of the architecture "${shape.architecture}" are not known.`,
    `Use one of: ${Object.keys(ARCHITECTURES).join(', ')}.`,
  );
}
