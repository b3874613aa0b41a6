import { describe, expect, it } from 'vitest';
import { hostTensor } from '../../src/core/tensor.ts';
import { symbolNames } from '../../src/runs/prompt_tokens.ts';
import { letterOf, symbolsTensor } from '../../src/tasks/tokens/symbols.ts';
import { entryNames } from '../../src/ui/screen/pattern_axes.ts';
import { namesOf } from '../../src/ui/state/probe.ts';

describe('symbols of tokens', () => {
  it('come back as they were written, prompt by prompt', () => {
    const tensor = symbolsTensor(2, ['a', '17', 'Z', 'b', '', '9']);
    expect(tensor.shape).toEqual([2, 3, 2]);
    expect(symbolNames(tensor, 0)).toEqual(['a', '17', 'Z']);
    expect(symbolNames(tensor, 1)).toEqual(['b', '', '9']);
    expect(symbolNames(tensor, 2)).toBe(undefined);
    expect(symbolNames(hostTensor([2, 3], new Float32Array(6)), 0)).toBe(undefined);
    expect([0, 25, 26, 51, 52].map(letterOf)).toEqual(['a', 'z', 'A', 'Z', '52']);
  });

  it('do nothing to a terminal, and take one cell a character, whatever the numbers', () => {
    const points = Float32Array.of(0x1b, 0x202e, 0x4e2d, Number.NaN, 2e9, -5, 0.5, 0xd800, 0x301, 0x61);
    expect(symbolNames(hostTensor([1, 10, 1], points), 0)).toEqual([...new Array(9).fill('\ufffd'), 'a']);
  });

  it('stand side by side where they are letters with a cell each, and apart elsewhere', () => {
    const along = (width: number, name: (entry: number) => string) =>
      entryNames({ first: 0, count: 6, width, cellOf: (entry) => Math.floor((entry * width) / 6), name });
    expect(along(6, (entry) => 'abcabc'[entry]!)).toBe('abcabc');
    expect(along(12, (entry) => 'abcabc'[entry]!)).toBe('a b c a b c');
    expect(along(6, (entry) => '012012'[entry]!)).not.toMatch(/\d\d/);
    expect(along(5, (entry) => 'abcabc'[entry]!)).toBe('a  b');
    expect(
      entryNames({ first: 2, count: 4, width: 4, cellOf: (entry) => entry, name: (entry) => 'abcdef'[entry]! }),
    ).toBe('cdef');
  });

  it('name the tokens of the prompt that is shown, and none of the mean of prompts', () => {
    const symbols = symbolsTensor(2, [...'abcdefghijklmnopqrstuvwx']);
    const attention = { shape: [2, 1, 1, 12, 12], data: new Float32Array(288) };
    const names = (prompt: number, mean: boolean) =>
      namesOf({
        probe: { step: 1, tensors: { attention, symbols } },
        shapes: new Map([['attention', attention.shape]]),
        run: { config: undefined },
        view: { cell: { row: 0, column: 0 }, prompt, mean },
      } as unknown as Parameters<typeof namesOf>[0]);
    expect([names(0, false).short(3), names(0, false).long(3)]).toEqual(['d', ' 3 d']);
    expect([names(1, false).short(11), names(1, false).long(11)]).toEqual(['x', '11 x']);
    expect([names(1, true).short(3), names(1, true).long(3)]).toEqual(['3', '3']);
  });
});
