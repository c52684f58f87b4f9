/** A character span in UTF-16 units: `start` inclusive, `end` exclusive. */
export interface Span {
  start: number;
  end: number;
}

/** A sentence of the corpus; `answers` are the spans of the words that the model must work out. */
export interface Sentence {
  text: string;
  answers: Span[];
}

/** What stands in a template's braces, by the name in the braces; `{a}` is the answer. */
export type Values = Readonly<Record<string, string>>;

/** Literals and placeholder names in turn: `the capital of {s} is {a}` -> ['the capital of ', 's', ' is ', 'a', '']. */
const compiled = new Map<string, string[]>();

function compile(template: string): string[] {
  let parts = compiled.get(template);
  if (parts === undefined) {
    parts = template.split(/\{(\w+)\}/);
    compiled.set(template, parts);
  }
  return parts;
}

/** Whether the sentence begins with a word of the template, which may be capitalised, and not with a filled-in one. */
export function startsWithLiteral(template: string): boolean {
  return compile(template)[0] !== '';
}

/** Fills a template, without full stop. `prefix` stands before it, e.g. "Fact: ". */
export function fill(template: string, values: Values, prefix = ''): Sentence {
  const parts = compile(template);
  let text = prefix;
  const answers: Span[] = [];
  for (let i = 0; i < parts.length; i++) {
    if (i % 2 === 0) {
      text += parts[i];
      continue;
    }
    const start = text.length;
    text += values[parts[i]];
    if (parts[i] === 'a') answers.push({ start, end: text.length });
  }
  return { text, answers };
}

/**
 * The prompt that a template asks: all before the answer, which must end the template, without the space.
 * Example: ('the capital of {s} is {a}', { s: 'Texas' }) -> 'the capital of Texas is'.
 */
export function promptOf(template: string, values: Values, prefix = ''): string {
  if (!template.endsWith(' {a}')) throw new Error(`template does not end with its answer: ${template}`);
  return fill(template.slice(0, -' {a}'.length), values, prefix).text;
}

export function capitalised(text: string): string {
  return text[0].toUpperCase() + text.slice(1);
}
