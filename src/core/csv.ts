/**
 * Comma-separated values (RFC 4180, lines ended by a line feed): words as they are, in quotes where they hold a comma, a
 * quote or a line break; lists and objects as JSON; what is missing or not a finite number is left empty.
 */
export function csvOf(rows: Iterable<readonly unknown[]>): string {
  return Array.from(rows, (cells) => cells.map((cell) => quoted(textOf(cell))).join(',')).join('\n');
}

function textOf(cell: unknown): string {
  if (cell === null || cell === undefined) return '';
  if (typeof cell === 'number') return Number.isFinite(cell) ? String(cell) : '';
  return typeof cell === 'object' ? JSON.stringify(cell) : String(cell);
}

function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
