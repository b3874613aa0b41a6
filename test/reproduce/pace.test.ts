import { expect, test } from 'vitest';
import { workOf } from '../../src/cli/reproduce/estimate.ts';
import type { FollowedClaim, FollowedRecipe } from '../../src/reproduce/follow/follower.ts';
import { Pace, progressOf } from '../../src/reproduce/follow/pace.ts';
import { planOf } from '../../src/reproduce/plan.ts';
import { loadRecipe } from '../../src/reproduce/recipe/load.ts';
import { ManualClock } from '../trainer/fake_session.ts';

const jobOf = (name: string) => {
  const recipe = loadRecipe(name, 'quick');
  return { recipe, plan: planOf(recipe) };
};

test('runs that several recipes read are counted once, and those that are there not at all', () => {
  const [labels, length] = [jobOf('li-labels'), jobOf('li-length')];
  const alone = workOf([length], () => false);
  expect(alone).toBeCloseTo(length.recipe.seconds, 9);
  expect(workOf([labels, length], () => false)).toBeCloseTo(labels.recipe.seconds + length.recipe.measuring, 9);
  expect(workOf([length], () => true)).toBeCloseTo(length.recipe.measuring, 9);
  const [one] = length.plan.get('decoder')!.runs;
  const left = workOf([length], (key) => key === one!.key);
  expect(left).toBeCloseTo(length.recipe.measuring + (7 / 8) * (length.recipe.seconds - length.recipe.measuring), 9);
});

test('a time is told from how fast it went, once something was seen', () => {
  const clock = new ManualClock();
  const pace = new Pace(clock);
  expect(pace.secondsLeft(0.2)).toBeNull();
  clock.time += 1000;
  expect(pace.secondsLeft(0.4)).toBeNull();
  clock.time += 9000;
  expect(pace.secondsLeft(0.2)).toBeNull();
  expect(pace.secondsLeft(0.4)).toBeCloseTo(30, 9);
  expect(pace.secondsLeft(1)).toBe(0);
});

test('progress is that of training and of claims, by the time that each takes', () => {
  const claim: FollowedClaim = { id: 'a', statement: 's', rule: '< 1' };
  const tried: FollowedClaim = { ...claim, tried: { verdict: 'confirmed', words: '', value: '', control: '' } };
  const one: FollowedRecipe = {
    ...{ name: 'a', title: 't', source: 's', scale: 's', done: 0, total: 4, panels: [] },
    ...{ state: 'training', share: 0.5, claims: [tried, claim], work: { seconds: 100, measuring: 20 } },
  };
  expect(progressOf([one])).toBeCloseTo(0.5, 9);
  expect(progressOf([one, { ...one, state: 'done', work: { seconds: 300, measuring: 0 } }])).toBeCloseTo(0.875, 9);
});
