import type { Page } from 'playwright-core';

/** Places on the screen, in pixels from the left. */
export interface Marks {
  /** Where the words begin. */
  readonly text: number;
  /** Where marks begin in their line. */
  readonly marks: readonly number[];
  /** The middle of the words. */
  readonly middle: { readonly x: number; readonly y: number };
}

/** Where words stand in the visible text, and what an extension has marked in their line. */
export function marksAt(page: Page, words: string): Promise<Marks> {
  return page.evaluate<Marks>(`(wanted => {
    const plain = text => (text ?? '').replaceAll('\\u00a0', ' ');
    const line = [...document.querySelectorAll('.monaco-editor .view-line')]
      .find(element => plain(element.textContent).includes(wanted));
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const range = document.createRange();
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
      const at = plain(node.textContent).indexOf(wanted);
      if (at < 0) continue;
      range.setStart(node, at);
      range.setEnd(node, at + wanted.length);
    }
    const box = range.getBoundingClientRect();
    const marks = [...document.querySelectorAll('.monaco-editor .view-overlays .cdr[class*="ced-"]')]
      .map(element => element.getBoundingClientRect())
      .filter(mark => Math.abs(mark.top - box.top) < mark.height && mark.width > 5);
    return {
      text: Math.round(box.left),
      marks: marks.map(mark => Math.round(mark.left)),
      middle: { x: box.left + box.width / 2, y: box.top + box.height / 2 },
    };
  })(${JSON.stringify(words)})`);
}
