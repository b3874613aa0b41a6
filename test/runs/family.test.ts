import { expect, test } from 'vitest';
import { asForest } from '../../src/runs/forest.ts';

/** The forest of runs that are written `name<parent`. */
function forest(...runs: string[]): string[] {
  const entries = runs.map((run) => run.split('<') as [string, string?]);
  return asForest(
    entries,
    ([name]) => name,
    ([, parent]) => parent,
  ).map(({ entry: [name], depth }) => `${'-'.repeat(depth)}${name}`);
}

test('forks stand under their parents, forks of forks under those', () => {
  expect(forest('a', 'b<a', 'c', 'd<b', 'e<a')).toEqual(['a', '-b', '--d', '-e', 'c']);
});

test('a family stands where its first member does, whichever that is', () => {
  expect(forest('new<old', 'between', 'old')).toEqual(['old', '-new', 'between']);
});

test('parents that are not there, and circles, leave nothing out', () => {
  expect(forest('a<gone', 'b')).toEqual(['a', 'b']);
  expect(
    forest('a<b', 'b<a', 'c<a', 'd<d')
      .map((line) => line.replace(/-/g, ''))
      .sort(),
  ).toEqual(['a', 'b', 'c', 'd']);
});
