import { readFileSync } from 'node:fs';
import { describe, expect, it, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { planOf } from '../../src/reproduce/plan.ts';
import { leavesOf } from '../../src/reproduce/recipe/expression.ts';
import { loadRecipe, recipeNames, recipeOf } from '../../src/reproduce/recipe/load.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

describe.each(recipeNames())('%s', (name) => {
  test.each(['quick', 'full'] as const)('is a recipe at its %s size, and its runs can be trained', (size) => {
    const recipe = loadRecipe(name, size);
    const plan = planOf(recipe);
    for (const { runs } of plan.values()) {
      const few = { evaluate: { ...runs[0]!.config.evaluate, prompts: 1 } };
      expect(() => createExperiment({ ...runs[0]!.config, ...few }, name)).not.toThrow();
    }
    // What a claim reads is varied by the sweep that it reads, and its control is another quantity.
    for (const { quantity, control, id } of recipe.claims) {
      for (const { of } of leavesOf(quantity)) expect([...plan.keys(), undefined], id).toContain(of);
      expect(control.quantity, id).not.toEqual(quantity);
    }
  });
});

const place = { where: 'x.json', name: 'x', size: 'quick' } as const;

// biome-ignore lint/suspicious/noExplicitAny: a test reaches into JSON that is to be wrong
type Raw = Record<string, any>;

/** A recipe with one part of it changed. */
function changed(change: (raw: Raw) => void): Record<string, unknown> {
  const claim = {
    id: 'one',
    anchor: 'figure 1',
    statement: 's',
    says: 'the gap',
    quantity: { metric: 'gap', where: { 'model.heads': 4 } },
    rule: { below: '$limit', why: 'w' },
    horizon: { says: 'h' },
    control: { says: 'untrained', change: { at: 'first' } },
  };
  const panel = {
    kind: 'curves',
    title: 't',
    x: { label: 'step' },
    y: { label: 'gap' },
    lines: [{ metric: 'gap', by: { 'model.heads': '$heads' }, label: '$value heads' }],
  };
  const size = {
    let: { heads: [4, 8], limit: 1 },
    scale: 'small',
    seconds: 1,
    sweeps: { runs: { preset: 'yang-tiny', grid: { 'model.heads': '$heads' } } },
  };
  const raw = {
    title: 't',
    paper: 'p',
    figure: 'f',
    description: 'd',
    sizes: { quick: size, full: size },
    panels: [panel],
    claims: [claim],
  };
  const copy = structuredClone(raw);
  change(copy);
  return copy;
}

describe('the file of a recipe', () => {
  it('has the numbers of its size in the place of their names', () => {
    const { claims, panels, sweeps } = recipeOf(
      changed(() => undefined),
      place,
    );
    expect(claims[0]!.rule.below).toBe(1);
    expect(sweeps['runs']!.grid).toEqual({ 'model.heads': [4, 8] });
    expect(panels[0]).toMatchObject({ lines: [{ by: { 'model.heads': [4, 8] }, label: '$value heads' }] });
  });

  it.each<[string, (raw: Raw) => void, RegExp]>([
    ['an unknown key', (raw) => (raw['colour'] = 1), /x.json: the file: unknown key colour/],
    ['an unknown name', (raw) => (raw['claims'][0].rule.below = '$most'), /names \$most; expected one of heads, limit/],
    [
      'a misspelt leaf',
      (raw) => (raw['claims'][0].quantity = { metrik: 'gap' }),
      /claims.0.quantity is .*metric, eval/,
    ],
    [
      'a key that a leaf does not have',
      (raw) => (raw['claims'][0].quantity.fraction = 1),
      /claims.0.quantity.fraction is 1; expected none of that name here, but metric/,
    ],
    [
      'an intervention that there is none of',
      (raw) => (raw['claims'][0].quantity = { eval: 'gap', mask: '-L0H0,L0H1=zero' }),
      /claims.0.quantity.mask is .*parts such as -L0H3 or L1H0=match/,
    ],
    ['a rule without a side', (raw) => delete raw['claims'][0].rule.below, /claims.0.rule .*above, below or both/],
    ['a control that changes nothing', (raw) => delete raw['claims'][0].control.change, /either change or quantity/],
    [
      'an unknown sweep',
      (raw) => (raw['claims'][0].quantity.of = 'walks'),
      /quantity.of is "walks"; expected one of runs/,
    ],
    [
      'a setting that does not vary',
      (raw) => (raw['claims'][0].quantity.where = { 'task.noise': 1 }),
      /quantity.where names task.noise; expected what its sweep varies: model.heads/,
    ],
    [
      'a setting of no run',
      (raw) => (raw['sizes'].quick.sweeps.runs.set = { 'task.nois': 1 }),
      /unknown key task.nois/,
    ],
  ])('is refused in a line with %s', (_, change, expected) => {
    const load = () => planOf(recipeOf(changed(change), place));
    expect(load).toThrow(UserError);
    expect(load).toThrow(expected);
  });
});

test.each(['quick', 'full'] as const)('the example of the docs is a recipe at its %s size', (size) => {
  const [, json] = /```json\n(.*?)```/s.exec(readFileSync('.docs/recipes.md', 'utf8'))!;
  const recipe = recipeOf(JSON.parse(json!), { where: 'recipes.md', name: 'example', size });
  expect(planOf(recipe).get('runs')!.runs.length).toBe(12);
});

test('runs that compute the same have one key, whichever recipe asks for them', () => {
  const keys = (change: (raw: Raw) => void) =>
    [...planOf(recipeOf(changed(change), place)).values()].flatMap(({ runs }) => runs.map(({ key }) => key));
  const [usual, twice, noisier] = [
    keys(() => undefined),
    keys((raw) => (raw['sizes'].quick.sweeps.runs.set = { 'task.noise': 0.01 })),
    keys((raw) => (raw['sizes'].quick.sweeps.runs.set = { 'task.noise': 0.02 })),
  ];
  expect(twice).toEqual(usual);
  expect(noisier!.some((key) => usual!.includes(key))).toBe(false);
});
