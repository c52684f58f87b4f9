import { required, under, value, valueOr } from '../frame/options.ts';
import { integer, oneOf, path, positive } from '../frame/value-readers.ts';

/** What every training has. */
export const TRAINING_OPTIONS = {
  ...under('Data', {
    corpus: required('FILE', 'texts to train on: one a line, or .jsonl', path),
    out: required(
      'DIR',
      'folder to write; its folder "training" holds the state from which the same command goes on',
      path,
    ),
  }),
  ...under('Training', {
    seed: valueOr('N', 'the same seed gives the same result', integer(0, 2 ** 31), 1),
    'save-every': valueOr('N', 'steps between two saves of the state', integer(1), 250),
    'log-every': valueOr('N', 'steps between two lines of metrics', integer(1), 50),
    threads: value('N', 'threads of the CPU; one a core without it', integer(1, 1024)),
  }),
  ...under('Output', {
    dtype: valueOr('TYPE', 'how weights are stored: F16, BF16, F32', oneOf(['F16', 'BF16', 'F32']), 'F16'),
  }),
};

/** Steps and learning rate, with defaults of their own. */
export function scheduleOptions(steps: number, rate: number) {
  return under('Training', {
    steps: valueOr('N', 'optimizer steps', integer(1), steps),
    'learning-rate': valueOr('RATE', 'at its peak', positive, rate),
  });
}
