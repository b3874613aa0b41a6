import { visibleJson, writeLines } from '../../core/visible.ts';
import type { Line } from '../../plot/text.ts';
import type { Look } from '../../ui/terminal/look.ts';

/** Whether a person sits at a terminal: they see what is printed, and can answer. */
export const isInteractive = (): boolean => Boolean(process.stdin.isTTY && process.stdout.isTTY);

// Commands write here and nowhere else, so that no text of others reaches a terminal as it stands.

/** Lines on standard output, each of one argument. */
export function print(...lines: readonly string[]): void {
  writeLines(process.stdout, lines);
}

/** A value as one line of JSON on standard output. */
export function printJson(value: unknown): void {
  process.stdout.write(`${visibleJson(value)}\n`);
}

/** Rows of CSV on standard output; words in quotes may go over several lines. */
export function printCsv(text: string): void {
  print(...text.split('\n'));
}

/** A drawing on standard output, in colour where it is a terminal. */
export async function printDrawing(lines: readonly Line[], look: Look): Promise<void> {
  // Most commands draw nothing.
  const [{ toAnsi }, { toPlain }] = await Promise.all([import('../../plot/ansi.ts'), import('../../plot/text.ts')]);
  process.stdout.write(`${process.stdout.isTTY ? toAnsi(lines, look) : toPlain(lines)}\n`);
}

/** What a person should know though nothing failed, on standard error. */
export function note(...messages: readonly string[]): void {
  tell(...messages.map((message) => `note: ${message}`));
}

/** Lines on standard error. */
export function tell(...lines: readonly string[]): void {
  writeLines(process.stderr, lines);
}
