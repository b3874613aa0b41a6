import { UserError } from '../core/errors.ts';

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
    return count >= 1 && count <= most ? range(0, count - 1) : refuse(`${word} seeds`);
  }
  const seeds = word.split(',').flatMap((part) => {
    const [, from, to] = /^(\d+)(?:-(\d+))?$/.exec(part) ?? refuse(`"${word}" names no seeds`);
    const [first, last] = [Number(from), Number(to ?? from)];
    if (last < first || last > largestSeed || last - first >= most) refuse(`"${part}" is no range of seeds`);
    return range(first, last);
  });
  return [...new Set(seeds)].sort((a, b) => a - b);
}

const range = (first: number, last: number): number[] => Array.from({ length: last - first + 1 }, (_, i) => first + i);
