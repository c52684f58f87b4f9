import { version } from '../../../package.json';
import { CircuitError } from '../../errors.ts';
import { COMMANDS, type CommandEntry } from '../commands.ts';
import { EXIT } from './exit-codes.ts';
import { commandHelp, programHelp } from './help.ts';
import { listenForInterrupt } from './interrupt.ts';
import { nearest } from './nearest.ts';
import { createOutput } from './output.ts';
import { ProgressLine } from './progress-line.ts';
import { reportError } from './report-error.ts';

/** Runs the program with the arguments after its name and returns the exit code. Nothing is thrown. */
export async function runProgram(args: readonly string[]): Promise<number> {
  const { stdout, stderr, env } = process;
  const debug = args.includes('--debug') || (env.CIRCUIT_DEBUG ?? '') !== '';
  const progress = new ProgressLine(stderr);
  const output = createOutput({ stdout, stderr, env, makeRoom: progress.clear }, args.includes('--json'));
  const interrupt = listenForInterrupt(line => output.say(line));
  let command = 'circuit';
  try {
    const asked = args[0] === 'help' ? [...args.slice(1), '--help'] : args;
    if (asked.length === 0 || isHelp(asked[0])) return print(programHelp(version, visible('')));
    if (asked[0] === '--version') return print(version);
    const [entry, rest] = findCommand(asked);
    if (entry === undefined) return print(programHelp(version, visible(asked[0])));
    command = `circuit ${entry.name}`;
    const loaded = await entry.load();
    if (rest.some(isHelp)) return print(commandHelp(loaded, entry.summary));
    const execute = loaded.prepare(rest);
    return await execute({ output, task: { signal: interrupt.signal, progress: progress.report } });
  } catch (error) {
    progress.clear();
    if (interrupt.signal.aborted) {
      // Whatever is thrown on the way out of cancelled work says no more than that it was cancelled.
      if (interrupt.exitCode() !== EXIT.ok) reportError(error, { command, debug, stderr, env });
      return interrupt.exitCode();
    }
    return reportError(error, { command, debug, stderr, env });
  } finally {
    progress.clear();
  }
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return EXIT.ok;
}

function isHelp(word: string): boolean {
  return word === '--help' || word === '-h';
}

/** Names and summaries of the commands that the help shows, or of those that begin with the word `group`. */
function visible(group: string): (readonly [string, string])[] {
  return COMMANDS.filter(({ name, hidden }) => hidden !== true && (group === '' || name.startsWith(`${group} `))).map(
    ({ name, summary }) => [name, summary] as const,
  );
}

/**
 * The command whose words `args` begin with, and the arguments after them; no command where help is asked for a group
 * (`features --help`). Errors: `usage`.
 */
function findCommand(args: readonly string[]): [CommandEntry | undefined, readonly string[]] {
  for (const words of [2, 1]) {
    const entry = COMMANDS.find(({ name }) => name === args.slice(0, words).join(' '));
    if (entry !== undefined) return [entry, args.slice(words)];
  }
  const [first, second] = args;
  const members = COMMANDS.filter(({ name }) => name.startsWith(`${first} `)).map(({ name }) => name);
  if (members.length > 0) {
    if (second === undefined || args.some(isHelp)) return [undefined, []];
    throw unknown(`${first} ${second}`, members);
  }
  const names = COMMANDS.filter(({ hidden }) => hidden !== true).map(({ name }) => name);
  throw unknown(first, [...names, ...names.map(name => name.split(' ')[0])]);
}

function unknown(typed: string, names: readonly string[]): CircuitError {
  const guess = nearest(typed, names);
  const remedy = guess === undefined ? 'circuit --help lists the commands.' : `Did you mean circuit ${guess}?`;
  return new CircuitError('usage', `There is no command ${JSON.stringify(typed)}.`, remedy);
}
