import { expect, it } from 'vitest';
import { emptyRun, type RunState } from '../../src/runs/state.ts';
import { membersLine } from '../../src/ui/frame/members.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { smallConfig } from '../trainer/fake_session.ts';

/** Seeds that train and are shown as one, on a screen so wide. */
function modelOf(columns: number, count: number, all: boolean): Model {
  const run: RunState = { ...emptyRun, phase: 'running', step: 12, config: smallConfig({ 'train.steps': 100 }) };
  const seeds = Array.from({ length: count }, (_, seed) => seed);
  const group = { all, lead: 0, seeds, members: seeds.map(() => ({ run })) };
  return { size: { columns, rows: 24 }, run, group } as unknown as Model;
}

it.each([1, 2, 3, 8, 40])('of %d seeds keep apart from whom keys act on, at every width', (count) => {
  for (let columns = 60; columns <= 200; columns++) {
    for (const all of [true, false]) {
      const text = membersLine(modelOf(columns, count, all))
        .map((span) => span.text)
        .join('');
      expect(text.length).toBeLessThanOrEqual(columns);
      expect(text).toMatch(/(●|%|\]|…) {2,}keys/);
    }
  }
});
