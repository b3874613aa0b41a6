import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { formatMaskEdit, type MaskEdit, parseMask } from '../../src/protocol/mask_edits.ts';

it('reads prunings, restorations and ranges in their order', () => {
  expect(parseMask('-L0H3,-L1N4-9, +l0h3')).toEqual([
    { kept: false, from: { layer: 0, head: 3 }, last: 3 },
    { kept: false, from: { layer: 1, neuron: 4 }, last: 9 },
    { kept: true, from: { layer: 0, head: 3 }, last: 3 },
  ]);
});

const layer = fc.nat(100);
const edits = fc.record<MaskEdit>({
  kept: fc.boolean(),
  from: fc.oneof(fc.record({ layer, head: fc.nat(999) }), fc.record({ layer, neuron: fc.nat(999) })),
  last: fc.integer({ min: 999, max: 2000 }),
});

it('reads back what it writes', () => {
  fc.assert(
    fc.property(fc.array(edits, { minLength: 1 }), (list) => {
      expect(parseMask(list.map(formatMaskEdit).join(','))).toEqual(list);
    }),
  );
});

it.each(['', 'L0H3', '-L0', '-L0H', '-L0H9-3', '-L0X1', '-L0H1 -L0H2', '-L0H-1', '-L0H1,', '-L9999999H0', '-L0H1.5'])(
  'refuses "%s"',
  (text) => {
    expect(() => parseMask(text)).toThrow(UserError);
  },
);

it('answers any text with edits or one line', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      try {
        parseMask(text);
      } catch (error) {
        expect(error).toBeInstanceOf(UserError);
        expect((error as Error).message).not.toMatch(/[\n\r]/);
      }
    }),
  );
});
