import { UserError } from '../core/errors.ts';
import { shortened } from '../presets/complaints.ts';

/** @throws UserError quoting the word that stands where a flag takes a number */
export function requireNumbers(flags: Readonly<Record<string, unknown>>, words: readonly string[]): void {
  const name = Object.keys(flags).find((flag) => Number.isNaN(flags[flag]));
  if (name === undefined) return;
  const flag = `--${name}`;
  const at = words.findLastIndex((word) => word === flag || word.startsWith(`${flag}=`));
  const word = words[at] === flag ? (words[at + 1] ?? '') : words[at]!.slice(flag.length + 1);
  throw new UserError({ what: `${flag} is ${JSON.stringify(shortened(word))}`, expected: 'a number' });
}
