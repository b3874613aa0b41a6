import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/plot/text.ts';
import type { FollowedClaim, FollowedRecipe } from '../../../src/reproduce/follow/follower.ts';
import type { Verdict } from '../../../src/reproduce/verdict.ts';
import { drawReproduce } from '../../../src/ui/reproduce/draw.ts';
import { reproduceKeys } from '../../../src/ui/reproduce/keys.ts';
import { initialReproduce, type ReproduceData, type ReproduceModel } from '../../../src/ui/reproduce/model.ts';
import { updateReproduce } from '../../../src/ui/reproduce/update.ts';
import { chooseLook } from '../../../src/ui/terminal/terminal.ts';
import { utf8 } from '../fake_model.ts';
import { rowText } from '../row_text.ts';

const claim = (id: string, verdict?: Verdict): FollowedClaim => ({
  id,
  statement: `What ${id} says.`,
  rule: '< 0.5',
  ...(verdict && { tried: { verdict, words: verdict, value: '0.123 (0.1 to 0.2), 4 seeds', control: '0.9' } }),
});

/** Two panels, whose lines have come so far along an axis to 100. */
const recipe = (name: string, far: number, more: Partial<FollowedRecipe> = {}): FollowedRecipe => ({
  name,
  title: `Losses of ${name}`,
  source: `A paper, ${name}`,
  scale: 'small',
  state: 'training',
  done: 1,
  total: 4,
  share: 0.25,
  work: { seconds: 60, measuring: 10 },
  claims: [claim('falls'), claim('stays')],
  panels: ['first', 'second'].map((title) => ({
    title: `${title} panel`,
    x: { label: 'step', scale: 'linear' },
    y: { label: 'loss', scale: 'log' },
    ends: [0, 100],
    lines: ['raw', 'unit'].map((label, i) => ({
      label,
      points: Array.from({ length: far }, (_, x) => {
        const mean = (i + 1) * 0.9 ** x;
        return { x, mean, low: mean / 2, high: 2 * mean };
      }),
    })),
  })),
  ...more,
});

const dataOf = (recipes: readonly FollowedRecipe[], more: Partial<ReproduceData> = {}): ReproduceData => ({
  recipes,
  said: '',
  isOver: false,
  secondsLeft: null,
  ...more,
});
const several = dataOf([recipe('fig-1', 30), recipe('fig-2', 0, { state: 'waiting', done: 0, share: 0 })]);

function screenOf(data: ReproduceData = several, columns = 120, rows = 40): ReproduceModel {
  return initialReproduce(data, { columns, rows }, chooseLook({ ...utf8, NO_COLOR: '1' }));
}

function press(model: ReproduceModel, ...keys: readonly string[]) {
  let step: ReturnType<typeof updateReproduce> = { model, effects: [] };
  for (const key of keys) step = updateReproduce(step.model, { type: 'key', key });
  return step;
}

const rowsOf = (model: ReproduceModel): string[] => drawReproduce(model).map((row) => rowText(row, model.look));
const textOf = (model: ReproduceModel): string => rowsOf(model).join('\n');

describe.each([
  [60, 18],
  [80, 24],
  [120, 40],
  [200, 60],
] as const)('at %i × %i', (columns, rows) => {
  const finished = recipe('fig-1', 100, {
    state: 'done',
    claims: [claim('falls', 'confirmed'), claim('stays', 'undecided')],
  });
  const one = dataOf([finished], { isOver: true, said: '2 claims of 1 figure' });
  const many = dataOf(Array.from({ length: 30 }, (_, i) => recipe(`fig-${i}`, i)));

  it.each([
    ['while figures grow', screenOf(several, columns, rows)],
    ['with one that is done', screenOf(one, columns, rows)],
    ['with more than fit', press(screenOf(many, columns, rows), ...Array<string>(20).fill('j')).model],
    ['with a question', press(screenOf(several, columns, rows), 'q').model],
    ['with help', press(screenOf(several, columns, rows), '?').model],
  ])('fills the screen, %s', (_, model) => {
    const drawn = rowsOf(model);
    expect(drawn).toHaveLength(rows);
    for (const row of drawn) expect(textWidth(row)).toBe(columns);
  });

  it('shows verdicts as they fall', () => {
    expect(textOf(screenOf(several, columns, rows))).toMatch(/○ 4/);
    const drawn = textOf(screenOf(one, columns, rows));
    expect(drawn.split('\n')[0]).toMatch(/✓ 1.*\? 1/);
    expect(drawn).toMatch(/✓ What falls says/);
    expect(drawn).toContain('2 of 2 tried');
  });
});

it('says how long it takes still, once that is known', () => {
  const told = (secondsLeft: number | null) => textOf(screenOf({ ...several, secondsLeft })).split('\n')[0];
  expect(told(null)).toMatch(/12 % trained +○/);
  expect(told(150)).toMatch(/12 % trained · 2m 30s left/);
});

it('names every line of a figure, without values where there is no room for both', () => {
  const labels = ['least squares', 'ridge', 'averaging', 'nearest'];
  const [panel] = recipe('fig-1', 30).panels;
  const panels = [{ ...panel!, lines: labels.map((label) => ({ label, points: panel!.lines[0]!.points })) }];
  for (const [columns, rows] of [
    [60, 18],
    [80, 24],
  ] as const) {
    const drawn = textOf(screenOf(dataOf([recipe('fig-1', 30, { panels }), recipe('fig-2', 0)]), columns, rows));
    for (const label of labels) expect(drawn, `${columns} × ${rows}`).toContain(label);
  }
});

it('keeps the axis of a figure still while its curves grow', () => {
  const axisOf = (far: number): string[] =>
    rowsOf(screenOf(dataOf([recipe('fig-1', far)]))).filter((row) => /│ +0 +20 +40 +60 +80 +100 ?│/.test(row));
  expect(axisOf(10)).toHaveLength(2);
  expect(axisOf(10)).toEqual(axisOf(100));
});

/** What each key of the table does, as a person notices it. */
const journeys: Record<string, () => void> = {
  recipe: () => {
    expect(textOf(press(screenOf(), 'j').model)).toMatch(/▸ ○ Losses of fig-2/);
    expect(press(screenOf(), 'j', 'up').model.at).toBe(0);
    expect(textOf(press(screenOf(dataOf([recipe('a', 1)])), 'down').model)).toContain('there is one figure');
  },
  panel: () => {
    const low = screenOf(several, 80, 24);
    expect(textOf(low)).toContain('first panel');
    expect(textOf(press(low, 'right').model)).toContain('second panel');
    expect(textOf(press(low, 'l', 'left').model)).toContain('first panel');
  },
  claim: () => {
    expect(textOf(press(screenOf(), ']').model)).toMatch(/1 more ↑/);
    expect(press(screenOf(), ']', '[').model.claim).toBe(0);
  },
  theme: () => expect(press(screenOf(), 't').model.look).not.toEqual(screenOf().look),
  help: () => {
    const helped = press(screenOf(), '?').model;
    for (const { help } of reproduceKeys) expect(textOf(helped)).toContain(help);
    expect(press(helped, 'q').effects).toEqual([]);
  },
  leave: () => {
    const asked = press(screenOf(), 'q');
    expect(asked.effects).toEqual([]);
    expect(textOf(asked.model)).toContain('stop? what is trained is saved');
    expect(press(asked.model, 'esc').effects).toEqual([]);
    expect(press(asked.model, 'y').effects).toEqual([{ type: 'leave' }]);
    expect(press(screenOf({ ...several, isOver: true }), 'q').effects).toEqual([{ type: 'leave' }]);
  },
  suspend: () => expect(press(screenOf(), 'ctrl+z').effects).toEqual([{ type: 'suspend' }]),
};

describe('keys', () => {
  it('each has a journey', () =>
    expect(Object.keys(journeys).sort()).toEqual(reproduceKeys.map(({ id }) => id).sort()));
  it.each(Object.entries(journeys))('%s', (_, journey) => journey());
});
