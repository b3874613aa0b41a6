import { describe, expect, test } from 'vitest';
import { bandOf } from '../../../src/core/band.ts';
import { Series } from '../../../src/core/series.ts';
import { textWidth } from '../../../src/plot/text.ts';
import type { Compared } from '../../../src/runs/compare/compared.ts';
import { drawCompare } from '../../../src/ui/compare/draw.ts';
import { compareKeys } from '../../../src/ui/compare/keys.ts';
import { type CompareModel, initialCompare } from '../../../src/ui/compare/model.ts';
import { updateCompare } from '../../../src/ui/compare/update.ts';
import { chooseLook } from '../../../src/ui/terminal/terminal.ts';
import { comparedRun } from '../../runs/compare/fake_runs.ts';
import { utf8 } from '../fake_model.ts';
import { rowText } from '../row_text.ts';

const three = () => [
  comparedRun('four', { heads: 4, loss: 0.4, batch: 10 }),
  comparedRun('eight', { heads: 8, loss: 0.1, batch: 10 }),
  comparedRun('sixteen', { heads: 16, loss: 0.2, batch: 10 }),
];
const twoTasks = () => [
  comparedRun('ours', { heads: 4, loss: 0.4, batch: 10 }),
  comparedRun('theirs', { heads: 4, loss: 0.1, batch: 10, task: 'linear_regression', keys: 5 }),
];

function modelOf(runs: readonly Compared[], columns: number, rows: number, environment = {}): CompareModel {
  return initialCompare(runs, { columns, rows }, chooseLook({ ...utf8, NO_COLOR: '1', ...environment }));
}

const press = (model: CompareModel, key: string) => updateCompare(model, { type: 'key', key });
const pressed = (model: CompareModel, ...keys: string[]): CompareModel =>
  keys.reduce((now, key) => press(now, key).model, model);
const rowsOf = (model: CompareModel) => drawCompare(model).map((row) => rowText(row, model.look));
const textOf = (model: CompareModel): string => rowsOf(model).join('\n');

const steady = (from: number, to: number): Series => {
  const series = new Series();
  for (const [step, value] of [from, to].entries()) series.push(100 * step, value);
  return series;
};

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
])('at %d × %d', (columns, rows) => {
  test.each([
    ['three head counts', three],
    ['two tasks', twoTasks],
    ['six runs', () => [...three(), ...three()]],
  ])('%s fill the screen exactly, whatever is shown', (_name, make) => {
    for (const keys of [[], ['d'], ['tab'], ['tab', 'tab'], ['?'], ['x'], ['x', 'x'], ['X', 'y'], ['right', 'down']]) {
      const frame = rowsOf(pressed(modelOf(make(), columns, rows), ...keys));
      expect(frame).toHaveLength(rows);
      for (const row of frame) expect(textWidth(row)).toBe(columns);
    }
  });
});

test('values that lie close together stand on a linear axis, until a person asks for the other', () => {
  const runs = [0.8, 0.9].map((loss, i) => comparedRun(String(i), { heads: 4, loss, batch: 10 }));
  const scaleOf = (model: CompareModel) => /(linear|log) y/.exec(textOf(model))?.[1];
  const from = (least: number) => {
    const curves = new Map([['train_loss', steady(least, 0.9)]]);
    return modelOf(
      runs.map((run) => ({ ...run, state: { ...run.state, curves } })),
      120,
      40,
    );
  };
  const near = from(0.6);
  expect(scaleOf(near)).toBe('linear');
  expect(scaleOf(pressed(near, 'y'))).toBe('log');
  const far = from(0.1);
  expect(scaleOf(far)).toBe('log');
  expect(scaleOf(pressed(far, 'y'))).toBe('linear');
});

test('curves, the best of each metric, differing settings and matched heads stand on one screen', () => {
  const text = textOf(modelOf(three(), 120, 40));
  expect(text).toMatch(/● four.*◆ eight.*▲ sixteen/);
  expect(text).toMatch(/in-domain +0\.400 ?± ?0\.040 ×4\.00 +0\.100 ?± ?0\.010 ×1\.00✓ +0\.200 ?± ?0\.020 ×2\.00/);
  expect(text).toMatch(/model\.heads +4 +8 +16/);
  expect(text).toContain('matched with those of sixteen: ≈ 1 − total variation');
  expect(text).toMatch(/H0 ≈1\.00 +H1 ≈1\.00/);
});

test.each([
  [60, 18],
  [80, 24],
  [200, 60],
])('the best run and how far the others are is said at %d × %d', (columns, rows) => {
  expect(textOf(modelOf(three(), columns, rows))).toMatch(
    /✓ best ◆ eight 0\.100 by train · ●( four)? ×4\.00 · ▲( sixteen)? ×2\.00/,
  );
  // By what is measured with errors that are larger than the difference, none is.
  const close = [
    comparedRun('four', { heads: 4, loss: 1, batch: 10 }),
    comparedRun('eight', { heads: 8, loss: 1.2, batch: 10 }),
  ];
  const curve = close[0]!.state.curves.get('train_loss')!;
  const evaluated = close.map((one) => ({
    ...one,
    state: { ...one.state, curves: new Map([['in_domain_inference_loss', curve]]) },
  }));
  expect(textOf(modelOf(evaluated, columns, rows))).toMatch(/no best beyond noise by \S+ \(1\.3σ, needs 2\.0\)/);
  expect(textOf(modelOf(evaluated, columns, rows))).not.toContain('✓');
  // All as good by what they are judged by first: what tells them apart is drawn and said.
  const equal = evaluated.map(({ state, ...one }, i) => ({
    ...one,
    state: {
      ...state,
      curves: new Map([...state.curves, ['eval_loss', curve] as const]),
      estimates: {
        in_domain_inference_loss: { mean: 0, stderr: 0, n: 9 },
        eval_loss: { mean: i === 0 ? 1 : 3, stderr: 0.1, n: 9 },
      },
    },
  }));
  const told = modelOf(equal, columns, rows);
  expect(told.curves[told.curve]).toBe('eval_loss');
  expect(textOf(told)).toMatch(/✓ best ● four +1\.00 by eval/);
  // Losses of different tasks have no common measure.
  expect(textOf(modelOf(twoTasks(), columns, rows))).not.toContain('✓ best');
});

test.each([
  [80, 24],
  [100, 30],
])('metrics and what differs stand beside the curves at %d × %d', (columns, rows) => {
  const text = textOf(modelOf(three(), columns, rows));
  expect(text).toMatch(/╭─ Training loss ─.*╭─ metrics at the end ─/);
  expect(text).toMatch(/heads +4 +8 +16/);
  expect(text).toMatch(/in-domain +0\.400.* 0\.100.*✓ +0\.200/);
  // Six runs need the room of both.
  expect(textOf(modelOf([...three(), ...three()], columns, rows))).not.toContain('metrics at the end');
});

test('a single head of few runs stands beside that of the others', () => {
  const one = () => ['a', 'b'].map((name) => comparedRun(name, { heads: 1, loss: 0.4, batch: 10 }));
  expect(textOf(modelOf(one(), 120, 40))).toMatch(/│ ● a +H0 .* ◆ b +H0 ≈1\.00/);
  expect(textOf(modelOf(three(), 120, 40))).not.toMatch(/● four.*◆ eight.*≈/);
});

test.each([
  ['without colour', {}],
  ['in 16 colours', { NO_COLOR: '', FORCE_COLOR: '1' }],
])('patterns are drawn, not only measured, %s', (_, environment) => {
  const text = textOf(modelOf(three(), 120, 40, environment));
  expect(text).toContain('query ↓ attends to key →');
  expect(text).not.toContain('tiles: mean largest weight');
});

test('a screen that becomes small shows curves first, and what was chosen where it can', () => {
  const shrunk = updateCompare(modelOf(three(), 120, 40), { type: 'resized', size: { columns: 60, rows: 18 } }).model;
  expect(textOf(shrunk)).toContain('─ Training loss ─');
  expect(textOf(pressed(shrunk, 'tab'))).toContain('─ metrics at the end ─');
});

test('tasks whose patterns are of other sizes stand side by side unmatched', () => {
  const model = modelOf(twoTasks(), 120, 40);
  expect(textOf(model)).toContain('patterns of other sizes stand in their own order');
  expect(textOf(pressed(model, 'd'))).toContain('d difference: the patterns are not of one size');
});

test('differences are those from the first run: nothing where heads attend alike', () => {
  const model = modelOf(three(), 120, 40, { NO_COLOR: '', FORCE_COLOR: '3' });
  const rows = (text: string) => new Set(text.match(/48;2;\d+;\d+;\d+/g));
  expect(rows(textOf(model)).size).toBeGreaterThan(10);
  const differing = pressed(model, 'd');
  expect(textOf(differing)).toContain('heads less those of four');
  // The fake heads of one number are the same in every run.
  expect(textOf(differing)).toContain('±0.0100');
});

test('axes: samples from the batch, time where the journal tells, and why not', () => {
  const model = modelOf(three(), 120, 40);
  expect(textOf(pressed(model, 'x'))).toMatch(/snapshots alone +│[\s\S]*do not tell the time;/);
  expect(textOf(pressed(model, 'x', 'x'))).toMatch(/prompt +0/);
  const clock = new Series();
  clock.push(0, 0);
  clock.push(20, 4);
  const timed = modelOf(
    three().map((run) => ({ ...run, clock })),
    120,
    40,
  );
  expect(textOf(pressed(timed, 'x'))).toMatch(/time +0 ms.*2\.0 s.*4\.0 s/);
});

test('pruning curves are overlaid where there are some', () => {
  const points = [0, 0.1, 0.2].map((fraction) => ({
    fraction,
    metrics: { in_domain_inference_loss: { mean: 1 + fraction } },
  }));
  const [first, ...others] = three();
  const model = modelOf(
    [{ ...first!, pruning: [{ file: 'prune.json', order: 'smallest', points }] }, ...others],
    120,
    40,
  );
  const text = textOf(pressed(model, 'V'));
  expect(text).toContain('error against the share pruned');
  expect(text).toMatch(/pruned +0 %.*20 %/);
  expect(text).toContain('four smallest');
});

test('every key acts or says why not, and only q and ctrl+c leave', () => {
  for (const { keys } of compareKeys) {
    for (const key of keys) {
      const model = modelOf(three(), 120, 40);
      const { model: after, effects } = press(model, key);
      if (['q', 'ctrl+c'].includes(key)) expect(effects).toEqual(['leave']);
      else if (key === 'ctrl+z') expect(effects).toEqual(['suspend']);
      else if (key === 'S') expect(effects).toEqual(['postcard']);
      else {
        expect(effects).toEqual([]);
        if (!['left', 'up', 'h', 'k'].includes(key)) expect(after, key).not.toEqual(model);
      }
    }
  }
});

test('on a small screen hints lead to the other tables, to all keys, and out', () => {
  const last = rowsOf(modelOf(three(), 80, 24)).at(-1)!;
  expect(last).toMatch(/ tab below .*\? help +q leave *$/);
  const help = textOf(pressed(modelOf(three(), 80, 24), '?'));
  for (const key of compareKeys) expect(help).toContain(key.help);
});

test('what a person should know of a file stands in the status line until a key is pressed', () => {
  const [first, ...others] = three();
  const model = modelOf([{ ...first!, notices: ['it carries no checksum'] }, ...others], 120, 40);
  const line = `${first!.name}: it carries no checksum`;
  expect(textOf(model)).toContain(line);
  expect(textOf(pressed(model, 'd'))).not.toContain(line);
});

test('groups of runs: bands round the means, standard deviations and multiples of the best in the table', () => {
  const groups = three().map((run, i) => {
    const { estimates, curves } = run.state;
    const { mean } = estimates['in_domain_inference_loss']!;
    const values = { in_domain_inference_loss: { mean, sd: 0.01, stderr: null, n: 5 } };
    const bands = new Map([...curves].map(([name, curve]) => [name, bandOf([curve, doubled(curve)])]));
    const over = { runs: ['a', 'b'], seeds: [i, i + 1], bands };
    return { ...run, over, state: { ...run.state, estimates: values } };
  });
  const text = textOf(modelOf(groups, 120, 40));
  expect(text).toMatch(/● four 20 · 2 seeds/);
  expect(text).toContain('mean ± 1 sd · log y');
  expect(text).toMatch(/in-domain +0\.400±0\.010 ×4\.00 +0\.100±0\.010 ×1\.00✓ 0\.200±0\.010 ×2\.00/);
  expect(textOf(modelOf(groups, 200, 60))).toMatch(/0\.400 ± 0\.010 ×4\.00/);
  expect(textOf(pressed(modelOf(groups, 120, 40), 'x'))).toContain('have no time of their own');
  const dots = (model: CompareModel): number => textOf(model).replace(/[^⠁-⣿]/gu, '').length;
  expect(dots(modelOf(groups, 120, 40))).toBeGreaterThan(1.2 * dots(modelOf(three(), 120, 40)));
});

function doubled(curve: Series): Series {
  const twice = new Series();
  for (let i = 0; i < curve.length; i++) twice.push(i, 2 * curve.view().at(i)!.value);
  return twice;
}
