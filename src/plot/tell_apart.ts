import { fitText, textWidth } from './text.ts';

/** Letters of what names have in common that stay before the cut, at least. */
const leastBefore = 2;

/**
 * Names in at most `width` cells each: of those that are longer, the middle of what all begin with is cut, and what they
 * differ in stays. A name that differs in more than fits is cut at its end.
 */
export function tellApart(names: readonly string[], width: number): string[] {
  if (names.every((name) => textWidth(name) <= width)) return [...names];
  const common = commonWords(names);
  return names.map((name) => {
    const room = width - 1 - textWidth(name.slice(common));
    if (textWidth(name) <= width) return name;
    if (room >= leastBefore) return `${name.slice(0, room)}…${name.slice(common)}`;
    const rest = name.slice(common);
    if (common > 0 && textWidth(rest) === width) return rest;
    return fitText(common > 0 ? `…${rest}` : name, width).trimEnd();
  });
}

/** Letters that all names begin with, up to the end of a word. */
function commonWords(names: readonly string[]): number {
  const [first = ''] = names;
  let same = 0;
  while (same < first.length && names.every((name) => name[same] === first[same])) same++;
  const isBetweenWords = (at: number): boolean =>
    at === 0 || isSeparator(first[at - 1]!) || names.every((name) => at === name.length || isSeparator(name[at]!));
  while (!isBetweenWords(same)) same--;
  return same;
}

const isSeparator = (letter: string): boolean => /[-_ ·/]/.test(letter);
