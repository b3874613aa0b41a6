import { stripVTControlCharacters } from 'node:util';

/** Symbols of a pasted text that are looked at: no field takes as many. */
export const longestPaste = 10_000;

/** Pasted text as a field takes it: one line, its breaks spaces, without control characters. */
export function oneLine(text: string): string {
  return stripVTControlCharacters(text.slice(0, longestPaste))
    .replace(/[\r\n]+$/, '')
    .replace(/[\r\n\t]+/g, ' ')
    .replace(/\p{Cc}/gu, '');
}
