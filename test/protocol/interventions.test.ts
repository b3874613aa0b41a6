import fc from 'fast-check';
import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import {
  formatIntervention,
  type Intervention,
  interventionKinds,
  isInterventionText,
  isNeutral,
  neutral,
  parseIntervention,
  withIntervention,
} from '../../src/protocol/interventions.ts';
import { describeEdits, formatMaskEdit, parseMask } from '../../src/protocol/mask_edits.ts';
import { editMasks, editsBetween, isOpen, type MaskValues, openMasks } from '../../src/protocol/mask_values.ts';

const strength = fc.double({ min: 0, max: 1, noNaN: true });
const interventions = fc.oneof(
  fc.record<Intervention>({
    kind: fc.constantFrom('uniform', 'previous', 'match', 'mean', 'resample', 'remove'),
    amount: strength,
  }),
  fc.record<Intervention>({
    kind: fc.constant('temperature'),
    amount: fc.double({ min: 0.001, max: 1000, noNaN: true }),
  }),
  fc.record<Intervention>({
    kind: fc.constantFrom('freeze_queries', 'freeze_keys', 'freeze_values', 'freeze_pattern'),
    amount: fc.constantFrom(0, 1),
  }),
  fc.record<Intervention>({
    kind: fc.constantFrom('graft', 'graft_pattern', 'graft_output'),
    amount: fc.double({ min: 0.01, max: 1, noNaN: true }),
    source: fc.constantFrom('run:400~1f2e3d4c', 'snapshots/a run/step-00000400.safetensors'),
  }),
);

test('reads back what it writes', () => {
  fc.assert(
    fc.property(interventions, (one) => {
      expect(parseIntervention(formatIntervention(one), 'test')).toEqual(one);
    }),
  );
});

test.each([
  ['L0H3=mean', 'L0H3 mean'],
  ['L0H3=mean*0.5', 'L0H3 mean*0.5'],
  ['L0H3=mean*0', 'L0H3 no mean'],
  ['L0H3=graft@run:4~1f2e3d4c', 'L0H3 graft@run:4~1f2e3d4c'],
  ['L0H0-3=uniform', 'uniform on 4 heads'],
  ['-L0H0,L1H2=temperature*2', 'pruned 1 head, temperature*2 on 1 head'],
])('says in words what %s does', (text, words) => {
  expect(describeEdits(parseMask(text))).toBe(words);
});

test('what parts were measured by is read from journals, unless it is nothing of the kind', () => {
  for (const text of [undefined, 'mean', 'temperature*4', 'graft_output@run:4~1f2e3d4c*0.5', 'freeze_keys'])
    expect(isInterventionText(text)).toBe(true);
  for (const text of ['', 'sideways', 'mean*2', 'graft_output', 4, null, `graft@${' '.repeat(1e6)}x*`])
    expect(isInterventionText(text)).toBe(false);
});

test('removing a head whole is pruning it', () => {
  expect(parseMask('L0H3=remove')).toEqual(parseMask('-L0H3'));
});

test.each([
  ['L0H3=mean*2', 'mean*2 is out of range; expected a strength from 0 (nothing) to 1 (the full intervention)'],
  ['L0H3=mean*', 'mean* is out of range; expected a strength from 0'],
  ['L0H3=temperature*0', 'temperature*0 is out of range; expected a temperature from 0.001 to 1000'],
  ['L0H3=temperature', 'temperature has no number; expected a temperature from 0.001 to 1000'],
  ['L0H3=freeze_keys*0.5', 'freeze_keys*0.5 is out of range; expected 1, or 0 to train them again'],
  ['L0H3=unform', '"unform" is no intervention on a head; expected one of graft, temperature, uniform'],
  ['L0H3=graft', '"graft" does not say from where; expected a snapshot or a run, as in L0H3=graft@FILE'],
  ['L0H3=mean@FILE', '"mean@FILE" has no use for a snapshot'],
  ['L0H3=unform', 'did you mean uniform?'],
  ['L0N3=mean', 'is not a part to prune or restore'],
  ['+L0H3=mean', 'is not a part to prune or restore'],
])('refuses %s in one line', (text, words) => {
  expect(() => parseMask(text)).toThrow(UserError);
  try {
    parseMask(text);
  } catch (error) {
    expect((error as Error).message).toContain(words);
    expect((error as Error).message).not.toContain('\n');
  }
});

const counts = { layers: 2, heads: 3, neurons: 4 };
const heads = fc.record({ layer: fc.nat(1), head: fc.nat(2) });
const edits = fc.array(
  fc.oneof(
    fc.record({ kept: fc.boolean(), from: heads }).map(({ kept, from }) => ({ kept, from, last: from.head })),
    fc
      .record({ from: heads, intervention: interventions })
      .map(
        ({ from, intervention }) => parseMask(formatMaskEdit({ kept: true, from, last: from.head, intervention }))[0]!,
      ),
  ),
  { maxLength: 12 },
);
const masks = edits.map((list) => editMasks(openMasks(counts), list));

/** Without the order in which things were done. */
const plain = ({ heads: kept, neurons, interventions: done = {} }: MaskValues) => ({ kept, neurons, done });

test('the edits between two states lead from one to the other, and back, by the journal’s words alone', () => {
  fc.assert(
    fc.property(masks, masks, (before, after) => {
      for (const [from, to] of [
        [before, after],
        [after, before],
      ] as const) {
        const texts = editsBetween(from, to).map(formatMaskEdit);
        const again = editMasks(
          from,
          texts.flatMap((text) => parseMask(text)),
        );
        expect(plain(again)).toEqual(plain(to));
        // Undoing looks for the reverse of a change by its words.
        expect(editsBetween(again, from)).toEqual(editsBetween(to, from));
      }
      expect(editsBetween(after, after)).toEqual([]);
    }),
  );
});

test('a pruned head has nothing else done to it, and what is done to a pruned head brings it back', () => {
  const values = editMasks(openMasks(counts), parseMask('L0H1=mean,L0H1=temperature*2,-L0H1'));
  expect(values.interventions).toBeUndefined();
  const back = editMasks(values, parseMask('L0H1=uniform*0.5'));
  expect([...back.heads.data]).toEqual([1, 1, 1, 1, 1, 1]);
  expect(back.interventions).toEqual({ L0H1: [{ kind: 'uniform', amount: 0.5 }] });
});

test('at each place of a head one thing is done at most, and nothing where it changes nothing', () => {
  for (const kind of interventionKinds) {
    expect(isNeutral(neutral(kind))).toBe(true);
    expect(withIntervention([], neutral(kind))).toEqual([]);
  }
  const values = editMasks(openMasks(counts), parseMask('L0H0=mean,L0H0=uniform,L0H0=resample*0.5,L0H0=match'));
  expect(values.interventions).toEqual({
    L0H0: [
      { kind: 'match', amount: 1 },
      { kind: 'resample', amount: 0.5 },
    ],
  });
  expect(isOpen(editMasks(values, parseMask('L0H0=uniform*0,L0H0=mean*0')))).toBe(true);
});
