import { type Line, lineWidth, span } from '../../plot/text.ts';

/** What a line of hints says of a key. */
export interface Hintable {
  /** Chosen first, wherever it stands: it leads to all others, or out. */
  readonly essential?: boolean;
}

/** As many whole hints as fit, in the order of the table; essential ones are chosen first. */
export function hintLine<Key extends Hintable>(
  keys: readonly Key[],
  hint: (key: Key) => Line,
  width: number,
  separator: string,
): Line {
  const byWorth = [...keys].sort((a, b) => Number(b.essential ?? false) - Number(a.essential ?? false));
  const chosen = new Set<Key>();
  let room = width + separator.length;
  for (const key of byWorth) {
    const needed = lineWidth(hint(key)) + separator.length;
    if (needed > room) break;
    room -= needed;
    chosen.add(key);
  }
  const hints = keys.filter((key) => chosen.has(key)).map(hint);
  return hints.flatMap((one, index) => (index === 0 ? one : [span(separator, { fg: 'border' }), ...one]));
}
