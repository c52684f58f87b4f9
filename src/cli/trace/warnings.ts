import type { Output } from '../frame/output.ts';
import type { Prompt } from '../../trace/prompt.ts';
import { spelledWords } from '../../trace/unknown-words.ts';

/** The embedded model (no folder given) knows whole words, and only those of its corpus. */
export function warnOfUnknownWords(modelFolder: string | undefined, prompt: Prompt, output: Output): void {
  const unknown = modelFolder === undefined ? spelledWords(prompt) : [];
  if (unknown.length === 0) return;
  const words = unknown.map(word => JSON.stringify(word)).join(', ');
  output.warn(
    `the embedded model has never seen ${words}: it reads ${unknown.length === 1 ? 'this word' : 'these words'} letter by letter, and its answer means little.`,
  );
}
