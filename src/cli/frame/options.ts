import { CircuitError } from '../../errors.ts';

/** One option of a command: help is written from it, and arguments are parsed with it. */
export interface Option<Value> {
  readonly description: string;
  /** What stands for the value in the help (`DIR`); undefined for a switch, which takes none. */
  readonly placeholder: string | undefined;
  /** As the help names it; undefined where there is none. */
  readonly shownDefault: string | undefined;
  /** May be given several times, all of which count. */
  readonly repeats: boolean;
  /** The heading under which the help lists it; the command's first heading when undefined. */
  readonly heading: string | undefined;
  /** `texts` are the values in the order given, empty when the option was not. Errors: `usage`. */
  readonly read: (name: string, texts: readonly string[]) => Value;
}

export type OptionTable = Readonly<Record<string, Option<unknown>>>;

/** What a table's options parse to. */
export type OptionValues<Table extends OptionTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Option<infer Value> ? Value : never;
};

/** Parses one value. Errors: `usage` by throwing `badValue`. */
export type ValueReader<Value> = (text: string, name: string) => Value;

export function flag(description: string): Option<boolean> {
  const read = (_: string, texts: readonly string[]): boolean => texts.length > 0;
  return { description, placeholder: undefined, shownDefault: undefined, repeats: false, heading: undefined, read };
}

/** A value that may be left out. */
export function value<Value>(
  placeholder: string,
  description: string,
  reader: ValueReader<Value>,
): Option<Value | undefined> {
  const read = (name: string, texts: readonly string[]): Value | undefined =>
    texts.length === 0 ? undefined : reader(texts[0], name);
  return { description, placeholder, shownDefault: undefined, repeats: false, heading: undefined, read };
}

/** A value with a default. */
export function valueOr<Value extends string | number>(
  placeholder: string,
  description: string,
  reader: ValueReader<Value>,
  fallback: Value,
): Option<Value> {
  const read = (name: string, texts: readonly string[]): Value =>
    texts.length === 0 ? fallback : reader(texts[0], name);
  const shownDefault = String(fallback);
  return { description, placeholder, shownDefault, repeats: false, heading: undefined, read };
}

/** A value that must be given. */
export function required<Value>(placeholder: string, description: string, reader: ValueReader<Value>): Option<Value> {
  const read = (name: string, texts: readonly string[]): Value => {
    if (texts.length > 0) return reader(texts[0], name);
    throw new CircuitError('usage', `--${name} is missing.`, `Give --${name} ${placeholder}.`);
  };
  return {
    description: `${description} (required)`,
    placeholder,
    shownDefault: undefined,
    repeats: false,
    heading: undefined,
    read,
  };
}

/** A value that may be given several times. */
export function values<Value>(
  placeholder: string,
  description: string,
  reader: ValueReader<Value>,
): Option<readonly Value[]> {
  const read = (name: string, texts: readonly string[]): Value[] => texts.map(text => reader(text, name));
  return { description, placeholder, shownDefault: undefined, repeats: true, heading: undefined, read };
}

/** The table with each option under `heading` in the help. */
export function under<Table extends OptionTable>(heading: string, table: Table): Table {
  const entries = Object.entries(table).map(([name, option]) => [name, { ...option, heading }] as const);
  return Object.fromEntries(entries) as unknown as Table;
}

export function badValue(name: string, text: string, expected: string): CircuitError {
  return new CircuitError('usage', `--${name} ${JSON.stringify(text)} is not ${expected}.`, `Give ${expected}.`);
}
