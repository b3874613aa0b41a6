import { describe, expect, test } from 'vitest';
import { type PruningFlags, pruningRequest } from '../../src/cli/pruning/request.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { ModelFacts } from '../../src/protocol/events.ts';
import { formatMaskEdit } from '../../src/protocol/mask_edits.ts';

const sections = { task: { name: 'representation_regression' }, model: { name: 'multi_head_softmax' } };
const { config } = resolveConfig(sections, 'test');
const pattern = { rows: 1, columns: 1, row: 'query', column: 'key' };
const encoder: ModelFacts = {
  interventions: ['mean', 'temperature', 'graft_output'],
  layers: 2,
  heads: 4,
  neurons: 16,
  parameters: 100,
  pattern,
};
const softmax = { ...encoder, layers: 1, neurons: 0 };

const request = (flags: PruningFlags, facts = encoder) => {
  const { edits, ...rest } = pruningRequest(flags, config, facts);
  return { edits: edits.map(formatMaskEdit), ...rest };
};

describe('what to prune', () => {
  test('is a curve over neurons in every order, or over heads where there are no neurons', () => {
    // Steps of a twentieth are finer than one of 16.
    const fractions = [0, 1, 2, 3, 4, 5, 6].map((count) => count / 16);
    const orders = ['smallest', 'random', 'largest'];
    const intervention = { kind: 'remove', amount: 1 };
    expect(request({})).toEqual({ intervention, edits: [], kind: 'neurons', score: 'magnitude', orders, fractions });
    expect(request({}, { ...encoder, neurons: 20 }).fractions).toEqual([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.35, 0.4]);
    expect(request({}, softmax).kind).toBe('heads');
    expect(request({}, softmax).fractions).toEqual([0, 0.25, 0.5]);
    expect(request({}, { ...softmax, heads: 1 }).fractions).toEqual([0, 1]);
    expect(request({ parts: 'heads' }).kind).toBe('heads');
    expect(request({ order: 'random', curve: '0.1:1:0.3' })).toMatchObject({
      orders: ['random'],
      fractions: [0.1, 0.4, 0.7, 1],
    });
    expect(request({ curve: '0:0.3:0.1' }).fractions).toEqual([0, 0.1, 0.2, 0.3]);
    expect(request({ curve: '0.5:0.5:1' }).fractions).toEqual([0.5]);
  });

  test('is one fraction, the smallest first unless told', () => {
    expect(request({ fraction: 0.2 })).toMatchObject({ orders: ['smallest'], fractions: [0.2], kind: 'neurons' });
    expect(request({ fraction: 0.2, by: 'largest' })).toMatchObject({ orders: ['largest'], score: 'magnitude' });
    expect(request({ fraction: 0.2, by: 'gradient' })).toMatchObject({ orders: ['smallest'], score: 'gradient' });
    expect(request({ by: 'largest', score: 'attention' })).toMatchObject({ orders: ['largest'], score: 'attention' });
    expect(request({ by: 'attention', order: 'random' })).toMatchObject({ orders: ['random'], score: 'attention' });
  });

  test('is refused of a kind that the model lacks, with those that can be had', () => {
    const facts: ModelFacts = { ...encoder, interventions: ['mean', 'freeze_values', 'graft_output'] };
    expect(() => request({ kind: 'match' }, facts)).toThrow(
      '--kind: the model has no match; expected one of remove, mean, graft_output',
    );
    expect(() => request({ kind: 'match' }, facts)).not.toThrow(/freeze/);
  });

  test('is parts named one by one', () => {
    const named = request({ heads: 'L0H3, l1h0-2', neurons: 'L1N7-9' });
    expect(named).toMatchObject({ edits: ['-L0H3', '-L1H0-2', '-L1N7-9'], fractions: [], kind: 'neurons' });
    expect(request({ heads: 'L0H3' }).kind).toBe('heads');
    expect(request({ heads: 'L0H3', fraction: 0.5 })).toMatchObject({ kind: 'neurons', fractions: [0.5] });
    expect(request({ compact: 'file' })).toMatchObject({ edits: [], fractions: [] });
  });
});

test('is something else done to heads, where that is asked for', () => {
  const asked = request({ heads: 'L0H3,L1H0-2', kind: 'mean', strength: 0.5 });
  expect(asked).toMatchObject({ edits: ['L0H3=mean*0.5', 'L1H0-2=mean*0.5'], kind: 'heads' });
  expect(request({ kind: 'mean' })).toMatchObject({ intervention: { kind: 'mean', amount: 1 }, kind: 'heads' });
  expect(request({ heads: 'L0H3', strength: 0.25 })).toMatchObject({ edits: ['L0H3=remove*0.25'] });
  expect(request({ heads: 'L0H3', strength: 1 })).toMatchObject({ edits: ['-L0H3'] });
  expect(request({ heads: 'L0H3', graft: 'run', strength: 0.5 })).toMatchObject({ edits: ['L0H3=graft@run*0.5'] });
});

test.each<[PruningFlags, RegExp]>([
  [{ kind: 'match' }, /--kind: the model has no match; expected one of remove, mean/],
  [{ kind: 'mean', strength: 2 }, /--strength: mean\*2 is out of range; expected a strength from 0/],
  [{ kind: 'mean', parts: 'neurons' }, /--parts: neurons can only be removed/],
  [{ kind: 'mean', neurons: 'L0N1' }, /--kind.*--neurons/],
  [{ strength: 0.5, compact: 'file' }, /--strength.*--compact/],
  [{ graft: 'run', kind: 'mean' }, /--graft and --kind do not go together/],
  [{ kind: 'graft_output' }, /--kind: graft_output does not say from where; expected --graft FILE beside it/],
  [{ kind: 'temperature' }, /temperature has no number; expected a temperature from 0.001 to 1000/],
  [{ graft: 'run', neurons: 'L0N1' }, /--graft and --neurons do not go together/],
  [{ graft: '', heads: 'L0H1' }, /"graft@" does not say from where/],
  [{ heads: 'L0N3' }, /--heads: "L0N3" names no heads; expected e\.g\. L0H3/],
  [{ heads: 'L0H1,' }, /--heads: "" names no heads/],
  [{ heads: 'L0H5-2' }, /--heads: "-L0H5-2" is not a part/],
  [{ neurons: 'L0H1' }, /--neurons: "L0H1" names no neurons/],
  [{ fraction: 1.5 }, /--fraction: 1\.5 is not a fraction/],
  [{ fraction: Number.NaN }, /--fraction: NaN is not a fraction/],
  [{ curve: '0:2' }, /--curve: "0:2" is no range of fractions/],
  [{ curve: '0:0.5:0' }, /--curve: "0:0\.5:0" is no range/],
  [{ curve: '0.4:0:0.1' }, /--curve: "0\.4:0:0\.1" is no range/],
  [{ curve: '0:1.1:0.1' }, /--curve: "0:1\.1:0\.1" is no range/],
  [{ curve: '0::0.1' }, /--curve/],
  [{ curve: '0:1:0.00001' }, /at most 1000 points/],
  [{ fraction: 0.1, curve: '0:1:0.5' }, /--fraction and --curve do not go together/],
  [{ compact: 'file', curve: '0:1:0.5' }, /--compact and --curve do not go together/],
  [{ by: 'random', order: 'largest' }, /--by and --order do not go together/],
  [{ by: 'gradient', score: 'magnitude' }, /--by and --score do not go together/],
])('%j is refused', (flags, message) => {
  expect(() => request(flags)).toThrow(message);
});

test('neurons of a model without any are refused', () => {
  expect(() => request({ parts: 'neurons' }, softmax)).toThrow(/--parts: the model has no neurons; expected heads/);
});
