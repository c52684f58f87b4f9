import { parseArgs } from 'node:util';
import { CircuitError } from '../../errors.ts';
import { nearest } from './nearest.ts';
import type { OptionTable, OptionValues } from './options.ts';

export interface Arguments<Table extends OptionTable> {
  readonly values: OptionValues<Table>;
  readonly positionals: readonly string[];
}

const ONE_LETTER = { h: 'help' } as const;

/** Parses the arguments after a command's name. Errors: `usage`, naming the nearest option that exists. */
export function parseArguments<Table extends OptionTable>(args: readonly string[], table: Table): Arguments<Table> {
  const options = Object.fromEntries(
    Object.entries(table).map(([name, { placeholder }]) => [
      name,
      { type: placeholder === undefined ? ('boolean' as const) : ('string' as const) },
    ]),
  );
  const config = { ...options, help: { type: 'boolean' as const, short: 'h' } };
  const { tokens } = parseArgs({
    args: [...args],
    options: config,
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const texts = new Map<string, string>();
  const positionals: string[] = [];
  for (const token of tokens) {
    if (token.kind === 'positional') positionals.push(token.value);
    if (token.kind !== 'option') continue;
    const { name, rawName, value } = token;
    if (!Object.hasOwn(table, name)) throw unknownOption(rawName, Object.keys(table));
    const { placeholder } = table[name];
    if (placeholder === undefined && value !== undefined) {
      throw new CircuitError('usage', `${rawName} takes no value.`, `Write ${rawName} alone.`);
    }
    if (placeholder !== undefined && (value === undefined || isSwallowedOption(token, table))) {
      const remedy = `Write ${rawName} ${placeholder}${value === undefined ? '' : `, or ${rawName}=${value} if that is the value`}.`;
      throw new CircuitError('usage', `${rawName} needs a value.`, remedy);
    }
    if (texts.has(name) && placeholder !== undefined) {
      throw new CircuitError('usage', `${rawName} is given twice.`, 'Give it once.');
    }
    texts.set(name, value ?? '');
  }
  const entries = Object.entries(table).map(([name, option]) => [name, option.read(name, texts.get(name))]);
  return { values: Object.fromEntries(entries) as OptionValues<Table>, positionals };
}

/** Whether `--json` of `--prompt --json` was taken for the prompt. */
function isSwallowedOption(token: { value?: string; inlineValue?: boolean }, table: OptionTable): boolean {
  if (token.inlineValue === true || token.value?.startsWith('-') !== true) return false;
  const name = token.value.replace(/^--?/, '').replace(/=.*$/s, '');
  return Object.hasOwn(table, name) || Object.hasOwn(ONE_LETTER, name);
}

function unknownOption(rawName: string, names: readonly string[]): CircuitError {
  const guess = nearest(rawName.replace(/^-+/, ''), names);
  const remedy = guess === undefined ? 'See --help for the options.' : `Did you mean --${guess}?`;
  return new CircuitError('usage', `There is no option ${rawName}.`, remedy);
}
