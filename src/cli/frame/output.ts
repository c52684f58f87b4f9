import { styleFor, type Style } from './style.ts';

/** Where a command writes: results to stdout, words to stderr. */
export interface Output {
  /** Whether the result is wanted as JSON: then nothing else may go to stdout. */
  readonly json: boolean;
  /** Of stdout. */
  readonly style: Style;
  /** Columns to fill: the terminal's, at most 120; 100 where stdout is no terminal. */
  readonly width: number;
  /** Lines of the result; does nothing in JSON mode. */
  print(...lines: readonly string[]): void;
  /** The result in JSON mode; does nothing otherwise. */
  printJson(value: object): void;
  /** One line of JSON among many (`--json` of long work); does nothing otherwise. */
  printJsonLine(value: object): void;
  /** Words beside the result: on stderr. */
  say(line: string): void;
  warn(line: string): void;
}

const NARROWEST = 60;
const WIDEST = 120;
const NO_TERMINAL = 100;

export interface OutputStreams {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
  /** Called before each line, so that a progress bar makes room. */
  readonly makeRoom: () => void;
}

export function createOutput({ stdout, stderr, env, makeRoom }: OutputStreams, json: boolean): Output {
  const errorStyle = styleFor(stderr, env);
  const toStdout = (text: string): void => {
    makeRoom();
    stdout.write(text);
  };
  const toStderr = (text: string): void => {
    makeRoom();
    stderr.write(text);
  };
  return {
    json,
    style: styleFor(stdout, env),
    width: stdout.isTTY ? Math.max(NARROWEST, Math.min(WIDEST, stdout.columns)) : NO_TERMINAL,
    print: (...lines) => {
      if (!json) toStdout(lines.map(line => `${line}\n`).join(''));
    },
    printJson: value => {
      if (json) toStdout(`${JSON.stringify(value, null, 2)}\n`);
    },
    printJsonLine: value => {
      if (json) toStdout(`${JSON.stringify(value)}\n`);
    },
    say: line => toStderr(`${line}\n`),
    warn: line => toStderr(`${errorStyle.yellow('warning:')} ${line}\n`),
  };
}
