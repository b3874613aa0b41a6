import { UserError } from '../core/errors.ts';
import { thousands } from '../core/format.ts';

const expected = 'a number of seeds (5 is 0 to 4), a range (0-9) or a list (1,4,7)';
const most = 10_000;
const largestSeed = 2 ** 31 - 1;

/** The seeds that a word means: `5`, `0-9`, `1,4,7` or lists of ranges as `0-3,8`. @throws UserError when it means none */
export function parseSeeds(word: string, where: string): number[] {
  const refuse = (what: string): never => {
    throw new UserError({ where, what, expected });
  };
  if (/^\d+$/.test(word)) {
    const count = Number(word);
    if (count > most) refuse(`${thousands(count)} seeds, more than ${thousands(most)}`);
    return count >= 1 ? range(0, count - 1) : refuse('no seeds');
  }
  const seeds = word.split(',').flatMap((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? refuse(`"${word}" names no seeds`);
    const [first, last] = [Number(from), Number(to ?? from)];
    if (last < first) refuse(`"${part}" is no range of seeds`);
    if (last > largestSeed) refuse(`${to ?? from} is no seed: the largest is ${largestSeed}`);
    if (last - first >= most)
      refuse(`"${part}" has ${thousands(last - first + 1)} seeds, more than ${thousands(most)}`);
    return range(first, last);
  });
  return [...new Set(seeds)].sort((a, b) => a - b);
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
