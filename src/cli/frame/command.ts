import { CircuitError } from '../../errors.ts';
import type { Task } from '../../task.ts';
import { parseArguments } from './arguments.ts';
import { flag, under, type OptionTable, type OptionValues } from './options.ts';
import type { Output } from './output.ts';

/** Options that every command has. */
export const COMMON_OPTIONS = under('Always', {
  json: flag('print one JSON object on stdout and nothing else there; words and errors go to stderr as text'),
  debug: flag('show the stack of an error, as CIRCUIT_DEBUG=1 does'),
  help: flag('show this'),
});

export interface Positional {
  /** `FILE`; in the usage, `[FILE]` when it may be left out. */
  readonly name: string;
  readonly description: string;
  readonly optional?: boolean;
}

/** What a command works with. */
export interface Invocation<Table extends OptionTable> {
  readonly values: OptionValues<Table>;
  /** As many as are declared and given. */
  readonly positionals: readonly string[];
  readonly output: Output;
  /** Cancelled by Ctrl-C; its progress is drawn on a terminal. */
  readonly task: Task;
}

export interface CommandDefinition<Table extends OptionTable> {
  /** The words after `circuit`. */
  readonly name: string;
  /** Paragraphs below the usage. */
  readonly description?: string;
  readonly positionals?: readonly Positional[];
  readonly options: Table;
  /** What to type, without the leading `circuit`, and what it does. */
  readonly examples: readonly (readonly [string, string])[];
  /** Resolves to the exit code; none means 0. */
  readonly run: (invocation: Invocation<Table>) => Promise<number | undefined>;
}

/** A command whose options' types have been closed over. */
export interface Command {
  readonly definition: Omit<CommandDefinition<OptionTable>, 'run'>;
  /** Parses `args` and returns what is to be done. Errors: `usage`. */
  prepare(args: readonly string[]): (context: Pick<Invocation<OptionTable>, 'output' | 'task'>) => Promise<number>;
}

export function defineCommand<const Table extends OptionTable>(definition: CommandDefinition<Table>): Command {
  const { name, positionals: declared = [], options, run } = definition;
  return {
    definition,
    prepare(args) {
      const { values: all, positionals } = parseArguments(args, { ...options, ...COMMON_OPTIONS });
      const own = Object.entries(all).filter(([option]) => Object.hasOwn(options, option));
      const values = Object.fromEntries(own) as OptionValues<Table>;
      const missing = declared.findIndex(({ optional }, i) => optional !== true && positionals.length <= i);
      if (missing >= 0) {
        const { name: what, description } = declared[missing];
        throw new CircuitError('usage', `${what} is missing: ${description}.`, `See circuit ${name} --help.`);
      }
      if (positionals.length > declared.length) {
        const extra = JSON.stringify(positionals[declared.length]);
        throw new CircuitError(
          'usage',
          `circuit ${name} does not know what to do with ${extra}.`,
          `Text with spaces stands in quotes. See circuit ${name} --help.`,
        );
      }
      return async context => (await run({ values, positionals, ...context })) ?? 0;
    },
  };
}
