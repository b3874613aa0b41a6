import fc from 'fast-check';
import { expect, test } from 'vitest';
import { describeEdits, formatMaskEdit, parseMask } from '../../src/protocol/mask_edits.ts';
import { editMasks, editsBetween, keptFraction, openMasks, prunedParts } from '../../src/protocol/mask_values.ts';

const counts = { layers: 3, heads: 5, neurons: 12 };
const bits = (length: number) => fc.array(fc.constantFrom(0, 1), { minLength: length, maxLength: length });
const masks = fc.record({ heads: bits(15), neurons: bits(36) }).map(({ heads, neurons }) => ({
  heads: { shape: [3, 5], data: Float32Array.from(heads) },
  neurons: { shape: [3, 12], data: Float32Array.from(neurons) },
}));

test('the edits between two masks lead from one to the other, and back with the signs reversed', () => {
  fc.assert(
    fc.property(masks, masks, (before, after) => {
      const texts = editsBetween(before, after).map(formatMaskEdit);
      const edits = texts.flatMap((text) => parseMask(text));
      expect(editMasks(before, edits)).toEqual(after);
      const back = edits.map((edit) => ({ ...edit, kept: !edit.kept }));
      expect(editMasks(after, back)).toEqual(before);
      expect(editsBetween(after, after)).toEqual([]);
    }),
  );
});

test('counts what is pruned', () => {
  const open = openMasks(counts);
  expect(prunedParts(open)).toEqual([]);
  expect(keptFraction(open)).toBe(1);
  const edited = editMasks(open, parseMask('-L1H2,-L2N3-5'));
  expect(prunedParts(edited)).toEqual([
    { layer: 1, head: 2 },
    { layer: 2, neuron: 3 },
    { layer: 2, neuron: 4 },
    { layer: 2, neuron: 5 },
  ]);
  expect(keptFraction(edited)).toBeCloseTo(47 / 51, 12);
});

test.each([
  ['-L0H3', 'pruned L0H3'],
  ['+L1N4', 'restored L1N4'],
  ['-L1N4-9', 'pruned 6 neurons'],
  ['-L0H0,-L0H2,+L0N3', 'pruned 2 heads, restored 1 neuron'],
])('says in words what %s does', (text, words) => {
  expect(describeEdits(parseMask(text))).toBe(words);
});
