import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { contextsOf, matchingMass } from '../../src/ui/panels/common/contexts.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { keyTo, modelAt, press, rowsOn } from './fake_model.ts';

const tensor = (shape: readonly number[], data: readonly number[]) => ({ shape, data: Float32Array.from(data) });

/** Two prompts of three labelled contexts and a query each. */
const prompts = {
  target: tensor([2, 1], [1, -1]),
  labels: tensor([2, 3], [1, -1, 1, -1, -1, 1]),
  matching: tensor([2, 3], [1, 0, 1, 0, 1, 0]),
  prediction: tensor([2, 1], [0.75, 0.5]),
};

/** A model with one query a prompt. */
const attention = tensor([2, 1, 1, 1, 3], [0.5, 0.125, 0.375, 0.25, 0.625, 0.125]);

const with_ = (tensors: Record<string, ReturnType<typeof tensor>>): Model =>
  update(modelAt(500, { sizes: { layers: 1, heads: 1, tokens: 3, queries: 1 } }), {
    type: 'probe',
    frame: { step: 510, tensors },
  }).model;

const rowsOf = (model: Model) => rowsOn(model).map(stripVTControlCharacters);
const rowWith = (model: Model, text: string) => rowsOf(model).find((row) => row.includes(text)) ?? '';

describe('contexts that vote for the label of the query', () => {
  const model = press(with_({ ...prompts, attention }), keyTo('prompt'), 'enter').model;

  it('weigh their labels by the attention of the query', () => {
    const contexts = contextsOf(model)!;
    expect([...contexts.votes]).toEqual([0.5, -0.125, 0.375]);
    expect(matchingMass(contexts)).toBe(0.875);
    expect(rowWith(model, 'same pattern')).toMatch(/same pattern +0\.875 +yes +· +yes/);
    expect(rowWith(model, ' vote')).toMatch(/vote +0\.750 +0\.500 +-0\.125 +0\.375/);
    expect(rowWith(press(model, 'esc').model, 'on same pattern')).toMatch(/entropy .* on same pattern 0\.875/);
    expect(rowWith(model, 'prompt')).toMatch(/probe 1\/2 .*query \+1, predicted +0\.750 ✓ sign/);
  });

  it('are gone through by keys: contexts from left to right, prompts one after the other', () => {
    expect(contextsOf(press(model, 'right').model)!.cursor).toBe(1);
    expect(contextsOf(press(model, 'right', 'right', 'right').model)!.cursor).toBe(2);
    const next = press(model, 'p').model;
    expect([...contextsOf(next)!.votes]).toEqual([-0.25, -0.625, 0.125]);
    expect(rowWith(next, 'prompt')).toMatch(/probe 2\/2 .*query −1, predicted +0\.500 ✕ sign/);
    expect(contextsOf(press(next, 'p').model)!.target).toBe(1);
  });

  it('take the query for the last token of models with a pattern a prompt', () => {
    const square = tensor(
      [2, 1, 1, 4, 4],
      Array.from({ length: 32 }, (_, at) => at),
    );
    const causal = press(with_({ ...prompts, attention: square }), keyTo('prompt')).model;
    expect([...contextsOf(causal)!.attention!]).toEqual([12, 13, 14]);
    expect([...contextsOf(press(causal, 'p').model)!.attention!]).toEqual([28, 29, 30]);
  });

  it('say no votes while the attention has not come', () => {
    expect(contextsOf(with_(prompts))!.attention).toBeUndefined();
    expect(rowWith(press(with_(prompts), keyTo('prompt'), 'enter').model, ' vote')).toMatch(/vote +– +–/);
  });
});
