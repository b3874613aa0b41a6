import { closest, distance } from 'fastest-levenshtein';

/** The name in `valid` that a person most likely meant, ready to append to a message; empty when none is close. @param sign that stands before names */
export function nearest(name: string, valid: readonly string[], sign = ''): string {
  if (valid.length === 0) return '';
  const best = closest(name, [...valid]);
  const isClose = distance(name, best) <= Math.max(2, best.length / 3);
  return isClose ? `did you mean ${sign}${best}?` : '';
}
