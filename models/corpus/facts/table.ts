/** Rows of a `|`-separated table, one row a line, cells trimmed. */
export function parseTable(text: string, columns: number): string[][] {
  return text
    .trim()
    .split('\n')
    .map(line => {
      const cells = line.split('|').map(cell => cell.trim());
      if (cells.length !== columns) throw new Error(`table row needs ${columns} cells: ${line}`);
      return cells;
    });
}

export function parseList(cell: string): string[] {
  return cell.split(',').map(item => item.trim());
}
