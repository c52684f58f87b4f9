import { CircuitError } from '../../errors.ts';

/** One option of a command: help is written from it, and arguments are parsed with it. */
export interface Option<Value> {
  readonly description: string;
  /** What stands for the value in the help (`DIR`); undefined for a switch, which takes none. */
  readonly placeholder: string | undefined;
  /** As the help names it; undefined where there is none. */
  readonly shownDefault: string | undefined;
  /** The heading under which the help lists it; the command's first heading when undefined. */
  readonly heading: string | undefined;
  /** `text` is undefined when the option was not given, and empty for a switch that was. Errors: `usage`. */
  readonly read: (name: string, text: string | undefined) => Value;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What a table's options parse to. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** Parses one value. Errors: `usage` by throwing `badValue`. */
export type ValueReader<Value> = (text: string, name: string) => Value;

export function flag(description: string): Option<boolean> {
  const read = (_: string, text: string | undefined): boolean => text !== undefined;
  return { description, placeholder: undefined, shownDefault: undefined, heading: undefined, read };
}

/** A value that may be left out. */
export function value<Value>(
  placeholder: string,
  description: string,
  reader: ValueReader<Value>,
): Option<Value | undefined> {
  const read = (name: string, text: string | undefined): Value | undefined =>
    text === undefined ? undefined : reader(text, name);
  return { description, placeholder, shownDefault: undefined, heading: undefined, read };
}

/** A value with a default. */
export function valueOr<Value extends string | number>(
  placeholder: string,
  description: string,
  reader: ValueReader<Value>,
  fallback: Value,
): Option<Value> {
  const read = (name: string, text: string | undefined): Value => (text === undefined ? fallback : reader(text, name));
  const shownDefault = String(fallback);
  return { description, placeholder, shownDefault, heading: undefined, read };
}

/** A value that must be given. */
export function required<Value>(placeholder: string, description: string, reader: ValueReader<Value>): Option<Value> {
  const read = (name: string, text: string | undefined): Value => {
    if (text !== undefined) return reader(text, name);
    throw new CircuitError('usage', `--${name} is missing.`, `Give --${name} ${placeholder}.`);
  };
  return {
    description: `${description} (required)`,
    placeholder,
    shownDefault: undefined,
    heading: undefined,
    read,
  };
}

/** The table with each option under `heading` in the help. */
export function under<Table extends OptionTable>(heading: string, table: Table): Table {
  const entries = Object.entries(table).map(([name, option]) => [name, { ...option, heading }] as const);
  return Object.fromEntries(entries) as unknown as Table;
}

export function badValue(name: string, text: string, expected: string): CircuitError {
  return new CircuitError('usage', `--${name} ${JSON.stringify(text)} is not ${expected}.`, `Give ${expected}.`);
}
