import { applyEdits, findNodeAtLocation, modify, parseTree, type EditResult, type JSONPath } from 'jsonc-parser';
import { isFields, type JsonFields } from '../json-fields.ts';
import { FIELD_ORDER } from './schema.ts';

/** Above so many changed items a list is written anew, as each change looks through the whole text. */
const MOST_CHANGES = 40;

interface Change {
  readonly path: JSONPath;
  /** Undefined removes the property or item. */
  readonly value: unknown;
  readonly isInsertion?: boolean;
  /** Keys in the order in which the object that holds the property has them. */
  readonly order?: readonly string[];
}

/**
 * `text` (valid JSON of the current version, formatted by hand) changed to say `target`. What `target` does not speak of
 * stays, formatting too; what comes in new is indented like the file.
 */
export function reconcile(text: string, target: JsonFields, endOfLine: string): string {
  const indent = /^([ \t]+)"/m.exec(text)?.[1] ?? '  ';
  const formattingOptions = {
    tabSize: indent.startsWith('\t') ? 1 : indent.length,
    insertSpaces: !indent.startsWith('\t'),
    eol: endOfLine,
  };
  const changes: Change[] = [];
  compareObjects(JSON.parse(text) as JsonFields, target, [], FIELD_ORDER.investigation, changes);
  return changes.reduce((current, { path, value, isInsertion, order }) => {
    const edits =
      (value === undefined ? lastItemAway(current, path) : undefined) ??
      modify(current, path, value, {
        formattingOptions,
        ...(isInsertion === true ? { isArrayInsertion: true } : {}),
        ...(order === undefined ? {} : { getInsertionIndex: keys => insertionIndex(keys, String(path.at(-1)), order) }),
      });
    return applyEdits(current, edits);
  }, text);
}

/**
 * The last of several items of a list, with the comma before it; undefined where `path` is none. `modify` of jsonc-parser
 * takes it for granted that one character of space is before the bracket, and leaves the end of the item where there is none.
 */
function lastItemAway(text: string, path: JSONPath): EditResult | undefined {
  const tree = parseTree(text);
  const list = tree === undefined ? undefined : findNodeAtLocation(tree, path.slice(0, -1));
  const [before, last] = list?.type === 'array' ? (list.children ?? []).slice(-2) : [];
  if (last === undefined || path.at(-1) !== (list?.children?.length ?? 0) - 1) return undefined;
  const offset = before.offset + before.length;
  return [{ offset, length: last.offset + last.length - offset, content: '' }];
}

/** The place of a new property: after those that come before it in the format. */
function insertionIndex(keys: readonly string[], key: string, order: readonly string[]): number {
  const rank = order.indexOf(key);
  return 1 + keys.findLastIndex(other => order.includes(other) && order.indexOf(other) < rank);
}

function compareObjects(
  old: JsonFields,
  target: JsonFields,
  path: JSONPath,
  order: readonly string[],
  changes: Change[],
): void {
  for (const key of order) compareValues(old[key], target[key], [...path, key], order, changes);
}

/** The keys of the objects that a list holds, or that a property is. */
const ORDER_OF: Readonly<Record<string, readonly string[]>> = {
  graph: FIELD_ORDER.graph,
  model: FIELD_ORDER.identity,
  dictionary: FIELD_ORDER.identity,
  source: FIELD_ORDER.source,
  settings: FIELD_ORDER.settings,
  supernodes: FIELD_ORDER.supernode,
  annotations: FIELD_ORDER.annotation,
};

function compareValues(
  old: unknown,
  target: unknown,
  path: JSONPath,
  order: readonly string[],
  changes: Change[],
): void {
  if (isSame(old, target)) return;
  const fieldOrder = ORDER_OF[String(path[0])] ?? [];
  if (isFields(old) && isFields(target)) {
    compareObjects(old, target, path, fieldOrder, changes);
    return;
  }
  const items = Array.isArray(old) && Array.isArray(target) ? compareLists(old, target, path, fieldOrder) : undefined;
  changes.push(...(items ?? [{ path, value: target, order }]));
}

/** Changes item by item; undefined if the list is not in order or changes too much, so that it is written anew. */
function compareLists(
  old: readonly unknown[],
  target: readonly unknown[],
  path: JSONPath,
  order: readonly string[],
): Change[] | undefined {
  const [oldKeys, newKeys] = [old.map(itemKey), target.map(itemKey)];
  const [wanted, present] = [new Set(newKeys), new Set(oldKeys)];
  if (present.size < oldKeys.length) return undefined;
  const kept = oldKeys.filter(key => wanted.has(key));
  const expected = newKeys.filter(key => present.has(key));
  if (kept.some((key, i) => key !== expected[i])) return undefined;
  const changes: Change[] = [];
  for (let i = old.length - 1; i >= 0; i--) {
    if (!wanted.has(oldKeys[i])) changes.push({ path: [...path, i], value: undefined });
  }
  const byKey = new Map(old.map((item, i) => [oldKeys[i], item]));
  for (const [i, item] of target.entries()) {
    if (!present.has(newKeys[i])) changes.push({ path: [...path, i], value: item, isInsertion: true });
    else compareValues(byKey.get(newKeys[i]), item, [...path, i], order, changes);
    if (changes.length > MOST_CHANGES) return undefined;
  }
  return changes;
}

/** What an item of a list is called: text itself, a supernode's id, an annotation's feature. */
function itemKey(item: unknown): string {
  if (!isFields(item)) return JSON.stringify(item);
  return typeof item.id === 'string' ? item.id : `${String(item.layer)}/${String(item.feature)}`;
}

/** Equal as data; keys of `a` that the format does not know are looked over. */
function isSame(a: unknown, b: unknown): boolean {
  if (Array.isArray(a) && Array.isArray(b)) return a.length === b.length && a.every((item, i) => isSame(item, b[i]));
  if (isFields(a) && isFields(b)) {
    return Object.keys(b).every(key => isSame(a[key], b[key])) && missingKeys(a, b).length === 0;
  }
  return a === b;
}

const KNOWN_KEYS: ReadonlySet<string> = new Set(Object.values(FIELD_ORDER).flat());

function missingKeys(a: JsonFields, b: JsonFields): string[] {
  return Object.keys(a).filter(key => KNOWN_KEYS.has(key) && !(key in b));
}
