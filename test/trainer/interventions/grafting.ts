import { rmSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'vitest';
import { layoutOf } from '../../../src/graph/parameters.ts';
import type { Snapshot } from '../../../src/snapshots/format.ts';
import { differences } from '../../../src/trainer/measure/differences.ts';
import { rerun } from '../../../src/trainer/measure/rerun.ts';
import { type RunStarted, stretchesTo } from '../../../src/trainer/measure/stretches.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { marked } from '../../../src/trainer/session/freezing.ts';
import { bytesOf, configOf, steered } from '../steered.ts';
import { expectGoesOn, mask, models, save } from './cases.ts';

/** Models with each kind of graft, weights, patterns and outputs: some in the quick tier. */
export const grafts = {
  quick: [
    ['decoder', 'graft'],
    ['decoder', 'graft_output'],
    ['linear_attention', 'graft_output'],
    ['multi_head_softmax', 'graft_pattern'],
  ],
  slow: [
    ['decoder', 'graft_pattern'],
    ['attention_only', 'graft_pattern'],
    ['encoder', 'graft_pattern'],
    ['encoder', 'graft_output'],
    ['state_space', 'graft_output'],
    ['looped', 'graft'],
    ['looped', 'graft_output'],
    ['multi_head_softmax', 'graft'],
    ['attention_relu', 'graft'],
    ['attention_relu', 'graft_output'],
  ],
} as const;

/** Another run of the same sizes, in a folder that goes with the test. */
export const donorOf = async (name: string) => {
  const { fileOf, snapshot } = await steered({ ...models[name]!, seed: 7 }, []);
  return { file: fileOf(snapshot.step), snapshot };
};

/** The numbers of θ that a head alone uses, as floats of the file. */
export function numbersOf(
  settings: Record<string, unknown>,
  head: { layer: number; head: number },
  { params }: Pick<Snapshot, 'params'>,
) {
  const { model } = createExperiment(configOf(settings), 'test');
  const mine = marked(layoutOf(model.parameters), model.holdings(head));
  return allOf(settings, { params }).filter((_, at) => mine[at] === 1);
}

/** θ. */
export function allOf(settings: Record<string, unknown>, { params }: Pick<Snapshot, 'params'>): number[] {
  const { model } = createExperiment(configOf(settings), 'test');
  return layoutOf(model.parameters).parameters.flatMap(({ name }) => Array.from(params[name]!.data));
}

/** A probe never changes training; a clamp does, and goes on byte by byte though the file that it came from is gone. */
export async function expectGraftInBothScopes(name: string, kind: string): Promise<void> {
  const settings = models[name]!;
  const donor = await donorOf(name);
  const edit = `L0H0=${kind}@${donor.file}`;
  const plain = await steered(settings, []);
  const probed = await steered(settings, [mask(3, 'probe', edit), mask(9, 'probe', `L0H0=${kind}*0`)]);
  expect(bytesOf(probed.snapshot)).toEqual(bytesOf(plain.snapshot));

  const after = mask(10, 'clamp', `L0H0=${kind}*0`);
  const whole = await steered(settings, [mask(3, 'clamp', edit), save(6), after]);
  expect(bytesOf(whole.snapshot)).not.toEqual(bytesOf(plain.snapshot));
  const middle = await whole.snapshotAt(6);
  const [numbers] = Object.values(middle.mask!.grafts!);
  const expected =
    kind === 'graft' ? numbersOf(settings, { layer: 0, head: 0 }, donor.snapshot) : allOf(settings, donor.snapshot);
  expect(Array.from(numbers!.data)).toEqual(expected);

  rmSync(dirname(donor.file), { recursive: true });
  await expectGoesOn(whole, after);
  const start = whole.events.filter((event): event is RunStarted => event.type === 'run_started');
  const again = await rerun(stretchesTo(whole.snapshot, start, 'test'), 'test', whole.snapshot.mask?.grafts);
  expect(differences(whole.snapshot, again)).toEqual([]);
}
