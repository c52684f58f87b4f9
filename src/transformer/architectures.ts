import { CircuitError } from '../errors.ts';
import type { Architecture } from './architecture.ts';
import { llama } from './llama.ts';

const ARCHITECTURES: Readonly<Record<string, Architecture>> = { llama };

/** Errors: `file-unsupported` listing the architectures that are known. */
export function architectureOf(shape: { readonly architecture: string }): Architecture {
  if (Object.hasOwn(ARCHITECTURES, shape.architecture)) return ARCHITECTURES[shape.architecture];
  throw new CircuitError(
    'file-unsupported',
    `Models of the architecture "${shape.architecture}" cannot be run yet.`,
    `Use one of: ${Object.keys(ARCHITECTURES).join(', ')}.`,
  );
}
