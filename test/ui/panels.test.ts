import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import type { ProbeFrame } from '../../src/protocol/messages.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { keyTo, modelAt, press, rowsOn } from './fake_model.ts';
import { activations } from './fake_source.ts';

const large = { columns: 250, rows: 80 };
const rowsOf = (model: Model) => rowsOn(model).map(stripVTControlCharacters);
const row = (model: Model, words: string) => rowsOf(model).find((text) => text.includes(words)) ?? '';
const text = (model: Model) => rowsOf(model).join('\n');
const numbers = (words: string) => [...words.matchAll(/-?\d[\d.]*(e-?\d+)?/g)].map(([number]) => Number(number));
const without = (model: Model, ...names: readonly string[]): Model => {
  const { step, tensors } = activations(500);
  const kept = Object.entries(tensors).filter(([name]) => !names.includes(name));
  const frame: ProbeFrame = { step, tensors: Object.fromEntries(kept) };
  return update(model, { type: 'probe', frame }).model;
};

describe('the mixing matrix', () => {
  // Â is (1 − e^(−step/300)) A, and the largest entries of A are the ones of its identity.
  it.each([300, 900])('says how far it is from the optimum and where most, at step %d', (step) => {
    const left = Math.exp(-step / 300);
    const [distance, largest, token, prompt] = numbers(row(modelAt(step, large), '‖Â − A‖').split('‖A‖')[1]!);
    expect(distance).toBeCloseTo(left, 3);
    expect(largest).toBeCloseTo(-left, 3);
    expect(token).toBe(prompt);
  });

  it('shows both matrices under the cursor that the selected head has', () => {
    const { model } = press(modelAt(300, large), keyTo('mixing'), 'right', 'right', 'down', 'down');
    expect(row(model, `${keyTo('mixing')} mixing`)).toMatch(/query +10 → key 2 Â +-?[\d.e-]+ A +-?[\d.e-]+/);
    expect(row(model, '3 L0H0')).toMatch(/query +10 → key 2/);
  });

  it('does without the optimum, and waits for frames that have none of it', () => {
    const alone = without(modelAt(500, large), 'optimal_mixing');
    expect(text(alone)).toContain('this frame has no optimal mixing matrix');
    expect(text(alone)).not.toContain('difference Â − A');
    expect(text(without(alone, 'mixing'))).toContain('the learned and the optimal mixing matrix appear here');
  });
});

describe('the head weights', () => {
  it('have the norm of each head beside them', () => {
    const model = modelAt(300, large);
    const learned = 1 - Math.exp(-1);
    const norm = Math.sqrt(Array.from({ length: 32 }, (_, k) => Math.cos(64 + k)).reduce((sum, w) => sum + w * w, 0));
    const of = rowsOf(model).filter((line) => / H2 +[▀▄ ]/.test(line));
    expect(numbers(of.at(-1)!).at(-1)).toBeCloseTo(learned * norm, 2);
  });

  it('scroll with the selected head where there are more than rows', () => {
    const many = modelAt(500, { sizes: { heads: 64 } });
    expect(row(press(many, keyTo('weights')).model, `${keyTo('weights')} weights`)).toContain('0–');
    const down = press(many, keyTo('weights'), ...new Array<string>(60).fill('down')).model;
    expect(row(down, `${keyTo('weights')} weights`)).toMatch(/–63 of 64.*H60, token/);
    expect(text(down)).toContain('▸H60');
  });
});

describe('the prompt', () => {
  it('has the mean squared errors of given and query tokens', () => {
    const model = modelAt(300, large);
    const left = Math.exp(-1);
    const mean = (from: number, to: number) => {
      let sum = 0;
      for (let k = from; k < to; k++) sum += (left * (k / 10)) ** 2;
      return sum / (to - from);
    };
    const [given, query] = numbers(row(model, '│▄  prediction').split('prediction')[1]!);
    expect(given).toBeCloseTo(mean(0, 8), 3);
    expect(query).toBeCloseTo(mean(8, 32), 2);
    expect(numbers(row(model, 'ridge limit').split('limit')[1]!).slice(0, 2)).toEqual([0, 0]);
  });

  it('tells given from query tokens, in words', () => {
    const model = press(modelAt(500, large), keyTo('prompt')).model;
    expect(text(model)).toMatch(/└─+ given ─+┊─+ query ─/);
    expect(row(model, `${keyTo('prompt')} prompt`)).toContain('8, query');
    expect(row(press(model, 'left').model, `${keyTo('prompt')} prompt`)).toContain('7, given');
    expect(row(press(model, 'left', 'right').model, `${keyTo('prompt')} prompt`)).toContain('8, query');
  });

  it('does without predictions and ridge', () => {
    const bare = without(modelAt(500, large), 'prediction', 'ridge_limit', 'ridge_best');
    expect(row(bare, '│▄  prediction')).toMatch(/prediction +– +–/);
  });

  it('is the one that is asked for by number', () => {
    const model = modelAt(500, { ...large, sizes: { prompts: 16 } });
    const typed = (number: string) => press(model, ':', ...`probe ${number}`, 'enter').model;
    expect(text(typed('7')).match(/probe +7\/16/g)).toHaveLength(3);
    expect(typed('17').notice.text).toBe(':probe: expected 1 to 16, the number of a probe prompt');
    expect(typed('0').notice.tone).toBe('alert');
  });
});

it('offers no panel whose tensor has never come, and gives it no key', () => {
  const model = modelAt(500, { ...large, plain: true, sizes: { layers: 4, heads: 4, queries: 40, tokens: 40 } });
  expect(text(model)).not.toMatch(/mixing|weights|prompt ─/);
  const asked = press(model, '9').model;
  expect(asked.view).toEqual(model.view);
  expect(asked.notice.text).toMatch(/^9: this run has panels 1 to [4-8]$/);
});

it('keeps its place when one frame lacks what others had', () => {
  const model = modelAt(500, large);
  const borders = (rows: readonly string[]) => rows.map((line) => line.replace(/[^╭╰]/g, ' ').trimEnd());
  const lacking = without(model, 'mixing', 'optimal_mixing', 'head_weights', 'target');
  expect(borders(rowsOf(lacking))).toEqual(borders(rowsOf(model)));
});

it('names the layers of the thumbnails, each on a row of its own', () => {
  const model = modelAt(500, { sizes: { layers: 4, heads: 4, queries: 40, tokens: 40 } });
  for (let layer = 0; layer < 4; layer++) expect(text(model)).toMatch(new RegExp(`│ L${layer}[ ▸]+H0 .*H1 .*H2 .*H3`));
  expect(press(model, '2', 'down', 'right').model.view.head).toBe(5);
  expect(press(model, '2', 'down', 'down', 'down', 'down').model.view.head).toBe(12);
});

describe('theory', () => {
  const estimate = (mean: number) => ({ mean, stderr: null, n: 0 });
  const model = modelAt(500, {
    more: [
      ...[502, 504, 506, 508].map((step) => ({
        type: 'metrics' as const,
        step,
        values: { gap: Math.exp(step * Math.log(1 - 0.00312)) },
      })),
      {
        type: 'evaluated',
        step: 510,
        values: { ridge_limit_loss: estimate(0.07), rate_bound: estimate(1 - 2.05e-7) },
      },
    ],
  });

  it('has the bound on the rate beside the rate, as distances from 1', () => {
    expect(row(model, 'fitted')).toMatch(/bound 1 − 2\.05e-7 +fitted 1 − 0\.00312 +a step/);
    expect(text(model)).toContain('floor L* 0.0100');
  });

  it('has what is repeated at one step once in the curves', () => {
    const masked = {
      type: 'mask_applied',
      step: 300,
      revision: 1,
      scope: 'probe',
      edits: ['-L0H3'],
      kept_fraction: 1,
    } as const;
    expect(modelAt(500, { more: [masked, masked, { ...masked, step: 310 }] }).run.marks).toHaveLength(2);
  });

  it('has the ridge limit as a line in the curves once it has been measured', () => {
    expect(text(model)).toMatch(/⠤⠤ +ridge +0\.0700/);
    expect(text(modelAt(500))).not.toContain('ridge');
  });
});

describe('panels that are closed', () => {
  it('leave their room to the others, all but the last', () => {
    let model = modelAt(500);
    for (const key of [keyTo('pruning'), keyTo('run'), '3', '2']) model = press(model, key, key).model;
    expect(rowsOf(model)[1]).toMatch(/^╭▸ 1 loss ─+.*╮$/);
    expect(rowsOf(model)[1]).toHaveLength(120);
    const last = press(model, '1').model;
    expect(last.notice.text).toBe('curves: the last panel stays');
    expect(text(press(last, '3').model)).toContain('╭▸ 3 L0H0');
  });

  it('are so by a second press of their number: the first says so where another key led there', () => {
    const first = press(modelAt(500), '1').model;
    expect(text(first)).toContain('╭▸ 1 loss');
    expect(first.notice.text).toBe('1: curves has the focus; 1 again closes it');
    expect(text(press(first, '1').model)).not.toContain(' 1 loss');
  });

  it('come back with enter and esc where these lead to them', () => {
    const closed = press(modelAt(500), '3', '3', '2').model;
    expect(text(closed)).not.toContain('3 L0H0');
    const entered = press(closed, 'enter', 'enter').model;
    expect(text(entered)).toContain('╭▸ 3 L0H0');
    expect(text(press(entered, 'esc', 'esc').model)).toContain('╭▸ 2 heads');
  });

  it('fill the screen with one enter, and lead on to the selected head with a second one', () => {
    const zoomed = (...keys: readonly string[]) => press(modelAt(500), ...keys).model.view;
    expect(zoomed('2', 'enter')).toMatchObject({ focus: 'heads', zoomed: 'heads' });
    expect(zoomed('2', 'enter', 'enter')).toMatchObject({ focus: 'head', zoomed: 'head' });
    expect(zoomed('enter', 'enter')).toMatchObject({ focus: 'curves', zoomed: 'curves' });
  });

  it('while one panel fills the screen, its number goes back and another number goes on', () => {
    const filled = press(modelAt(500), keyTo('prompt'), keyTo('prompt'), 'enter').model;
    expect(rowsOf(press(filled, keyTo('prompt')).model)[1]).toMatch(new RegExp(`^╭▸ ${keyTo('prompt')} prompt .*╮$`));
    const back = press(filled, keyTo('prompt'), keyTo('prompt')).model;
    expect(back.view.zoomed).toBeUndefined();
    expect(text(back)).toContain(`╭▸ ${keyTo('prompt')} prompt`);
  });
});
