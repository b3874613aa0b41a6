import { describe, expect, it } from 'vitest';
import { tellApart } from '../../src/plot/tell_apart.ts';

describe('names in little room', () => {
  it('keep what they differ in, and lose the middle of what all begin with', () => {
    const names = ['yang-quick-lr-0.001-seed3', 'yang-quick-lr-0.002-seed3'];
    expect(tellApart(names, 18)).toEqual(['yang-q…0.001-seed3', 'yang-q…0.002-seed3']);
    expect(tellApart(names, 12)).toEqual(['…0.001-seed3', '…0.002-seed3']);
    expect(tellApart(names, 7)).toEqual(['…0.001…', '…0.002…']);
    for (const width of [7, 12, 18, 25]) {
      const told = tellApart(names, width);
      expect(new Set(told).size).toBe(2);
      expect(Math.max(...told.map((name) => name.length))).toBeLessThanOrEqual(width);
    }
  });

  it('stay whole where they fit, and are cut at the end where they share nothing', () => {
    expect(tellApart(['li', 'li-pruned'], 9)).toEqual(['li', 'li-pruned']);
    expect(tellApart(['garg-linear', 'yang-quick'], 8)).toEqual(['garg-li…', 'yang-qu…']);
    // One that is all of what the other begins with: nothing can go from its middle.
    expect(tellApart(['yang-quick', 'yang-quick-pruned'], 12)).toEqual(['yang-quick', 'yang…-pruned']);
  });
});
