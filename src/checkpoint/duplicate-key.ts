/**
 * The first key that occurs twice in one object of the valid JSON `text`, or undefined. JSON.parse keeps the last of
 * two silently, so that two readers of one file may see different tensors.
 */
export function duplicateKey(text: string): string | undefined {
  // One set of keys for each open object, undefined for an array.
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    const character = text[i];
    if (character === '{') {
      open.push(new Set());
      expectsKey = true;
    } else if (character === '[') {
      open.push(undefined);
      expectsKey = false;
    } else if (character === '}' || character === ']') {
      open.pop();
      expectsKey = false;
    } else if (character === ',') {
      expectsKey = open.at(-1) !== undefined;
    } else if (character === '"') {
      const end = stringEnd(text, i);
      const keys = open.at(-1);
      if (expectsKey && keys !== undefined) {
        const key = String(JSON.parse(text.slice(i, end + 1)));
        if (keys.has(key)) return key;
        keys.add(key);
        expectsKey = false;
      }
      i = end;
    }
  }
  return undefined;
}

function stringEnd(text: string, start: number): number {
  let i = start + 1;
  while (text[i] !== '"') i += text[i] === '\\' ? 2 : 1;
  return i;
}
