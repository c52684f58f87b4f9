import type { Failure } from './failure.ts';

/** What a person can do about a failure with one click. */
export type Remedy = 'retry' | 'choose-model' | 'choose-target' | 'use-cpu' | 'smaller-graph';

/** The clicks that may help against errors of each code; what is not listed here may go away by itself. */
const HELPFUL: Readonly<Record<string, readonly Remedy[]>> = {
  usage: ['choose-model'],
  prompt: ['choose-model'],
  target: ['choose-target'],
  'file-missing': ['choose-model', 'retry'],
  'file-damaged': ['choose-model', 'retry'],
  'file-unsupported': ['choose-model'],
  'model-mismatch': ['choose-model'],
  'hub-missing': ['choose-model'],
  provider: ['use-cpu', 'retry'],
  memory: ['smaller-graph', 'retry'],
};

export function helpfulRemedies({ code }: Failure): readonly Remedy[] {
  return (code === undefined ? undefined : HELPFUL[code]) ?? ['retry'];
}
