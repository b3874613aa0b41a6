import { expect, it } from 'vitest';
import { csvOf } from '../../src/core/csv.ts';

it('quotes what would break a line or a cell, and nothing else', () => {
  const rows = [
    ['word', 'a,b', 'say "no"', 'two\nlines', 'cr\r', ''],
    [1e-7, true, null, undefined, Number.NaN, Number.POSITIVE_INFINITY],
    [[2, 20], -0.5],
  ];
  expect(csvOf(rows)).toBe('word,"a,b","say ""no""","two\nlines","cr\r",\n1e-7,true,,,,\n"[2,20]",-0.5');
});
