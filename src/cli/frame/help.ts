import { COMMON_OPTIONS, type Command } from './command.ts';
import type { Option, OptionTable } from './options.ts';
import { EXIT } from './exit-codes.ts';
import { wrapped } from './text.ts';

const WIDTH = 100;
/** Descriptions begin here, or on a line of their own where an option's name reaches further. */
const DESCRIPTION_COLUMN = 32;
const PROGRAM_COLUMN = 24;

/** The help of one command, made from its definition. */
export function commandHelp({ definition }: Command, summary: string): string {
  const { name, description, positionals = [], options, examples } = definition;
  const places = positionals.map(({ name: place, optional }) => (optional === true ? ` [${place}]` : ` ${place}`));
  const lines = [`circuit ${name}: ${summary}`, '', `Usage: circuit ${name}${places.join('')} [options]`];
  if (description !== undefined) {
    for (const paragraph of description.split('\n\n')) lines.push('', ...wrapped(paragraph, WIDTH));
  }
  if (positionals.length > 0) {
    lines.push('', 'Arguments:', ...positionals.flatMap(place => entry(place.name, place.description)));
  }
  for (const [heading, rows] of byHeading({ ...options, ...COMMON_OPTIONS })) {
    lines.push(
      '',
      `${heading}:`,
      ...rows.flatMap(([option, spec]) => entry(optionName(option, spec), described(spec))),
    );
  }
  lines.push('', 'Examples:', ...examples.flatMap(([typed, what]) => [`  circuit ${typed}`, `      ${what}`]));
  return lines.join('\n');
}

/** The help of the program: `commands` are names and summaries. */
export function programHelp(version: string, commands: readonly (readonly [string, string])[]): string {
  return [
    `circuit ${version}: find out how a language model arrives at its next token.`,
    '',
    'Usage: circuit COMMAND [options]     circuit COMMAND --help for its options',
    '',
    'Commands:',
    ...commands.flatMap(([name, summary]) => entry(name, summary, PROGRAM_COLUMN)),
    '',
    'Without --model, commands use the language model that comes with the program.',
    ...wrapped(
      `Exit codes: ${EXIT.ok} done, ${EXIT.no} a check failed, ${EXIT.usage} arguments, ${EXIT.file} files, ` +
        `${EXIT.engine} engine or memory, ${EXIT.hub} the hub, ${EXIT.internal} bug, ${EXIT.cancelled} cancelled. Colours: only on a terminal and without NO_COLOR.`,
      WIDTH,
    ),
  ].join('\n');
}

function byHeading(options: OptionTable): Map<string, [string, Option<unknown>][]> {
  const groups = new Map<string, [string, Option<unknown>][]>();
  for (const [name, option] of Object.entries(options)) {
    const heading = option.heading ?? 'Options';
    groups.set(heading, [...(groups.get(heading) ?? []), [name, option]]);
  }
  return groups;
}

function optionName(name: string, { placeholder }: Option<unknown>): string {
  if (name === 'help') return '-h, --help';
  return placeholder === undefined ? `--${name}` : `--${name} ${placeholder}`;
}

function described({ description, shownDefault }: Option<unknown>): string {
  return shownDefault === undefined ? description : `${description} (default ${shownDefault})`;
}

function entry(name: string, description: string, column = DESCRIPTION_COLUMN): string[] {
  const lines = wrapped(description, WIDTH - column);
  const indent = ' '.repeat(column);
  const head = `  ${name}`;
  if (head.length + 2 > column) return [head, ...lines.map(line => indent + line)];
  return lines.map((line, i) => (i === 0 ? head.padEnd(column) : indent) + line);
}
