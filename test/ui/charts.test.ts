import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Series } from '../../src/core/series.ts';
import { drawChart } from '../../src/plot/chart.ts';
import { toPlain } from '../../src/plot/text.ts';
import type { EventBody, Numbers } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { update } from '../../src/ui/run/update.ts';
import { initialModel, type Model } from '../../src/ui/state/model.ts';
import { fittedGap, levelsOf } from '../../src/ui/state/shown_metrics.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { measured, stamped, started } from './fake_source.ts';

const theory: Numbers = {
  loss_floor: 0.01,
  initial_loss: 2.01,
  ridge_gap: 0.04,
  zeta0: 1e-3,
  rank_deficient_tokens: 0,
  frozen_loss_floor: 0.01,
  rate_bound: 1 - 2.5e-7,
};

/** A run that has come to step 400 with a gap of 2·e^(−t/200) and a distance to best that levels at 0.04. */
function modelOf(values: Numbers, curves = 'loss', late: readonly EventBody[] = []): Model {
  const first = started() as Extract<EventBody, { type: 'run_started' }>;
  const bodies: EventBody[] = [{ ...first, theory: values, config: { ...first.config, screen: { curves } } as never }];
  for (let step = 0; step <= 400; step += 10) {
    const gap = 2 * Math.exp(-step / 200);
    const estimate = (mean: number) => ({ mean, stderr: null, n: 0 });
    bodies.push(...measured(step), {
      type: 'evaluated',
      step,
      values: { gap: estimate(gap), gap_to_best_ridge: estimate(2 * gap + 0.04) },
    });
  }
  const run = [...bodies, ...late].reduce((state, body, index) => reduceRun(state, stamped(body, index + 1)), emptyRun);
  return update(initialModel({ columns: 120, rows: 40 }, chooseLook(utf8)), { type: 'run', run }).model;
}

const text = (model: Model) => rowsOn(model).map(stripVTControlCharacters).join('\n');

describe('the curves', () => {
  it('begin with those that the configuration names, and a key goes through all there are', () => {
    const titles = ['1 distance from ridge', '1 loss', '1 gap L − L*', '1 distance from ridge'];
    let model = modelOf(theory, 'ridge');
    for (const title of titles) {
      expect(text(model)).toContain(title);
      model = press(model, 'v').model;
    }
  });

  it('hold the distance to best ridge against its closed form', () => {
    const shown = text(modelOf(theory, 'ridge'));
    expect(shown).toMatch(/to limit mτ +0\.541/);
    expect(shown).toMatch(/to best Nτ +0\.581/);
    expect(shown).toMatch(/⠄ mτ to Nτ +0\.0400/);
    // In the table: now, best and what theory expects.
    expect(shown).toMatch(/to best ridge +0\.581 +0\.581 +0\.0400/);
  });

  it('are called in short what the help explains, whatever the task', () => {
    const help = press(modelOf(theory, 'ridge'), '?', ...'penalty').model;
    expect(text(help)).toMatch(/to best ridge +Distance from ridge with penalty Nτ\./);
  });

  it('hold the gap against the bound of Theorem 1 and against its own fit', () => {
    const shown = text(modelOf(theory, 'gap'));
    expect(shown).toMatch(/bound 1 − 2\.50e-7/);
    expect(shown).toMatch(/fitted 1 − 0\.00499/);
    expect(shown).not.toContain('frozen Q ');
    const stopped = text(modelOf({ ...theory, frozen_loss_floor: 0.06, rate_bound: null }, 'gap'));
    expect(stopped).toMatch(/frozen Q +0\.0500/);
    expect(stopped).not.toContain('bound 1');
  });

  it('are the losses where a run has no others', () => {
    const model = press(modelOf(theory), 'tab').model;
    const bare = { ...model, run: { ...model.run, curves: new Map([...model.run.curves].slice(0, 2)) } };
    expect(text(bare)).toContain('1 loss');
    const asked = press({ ...bare, view: { ...bare.view, focus: 'curves' } }, 'v').model;
    expect(asked.notice.text).toContain('this run has no other curves');
  });
});

describe('what theory says of the start', () => {
  it('is the rank check with the number of tokens that fail it', () => {
    expect(text(modelOf(theory))).toMatch(/ζ0 0\.001(00)? +Assumption 2 holds/);
    const failing = text(modelOf({ ...theory, zeta0: 0, rank_deficient_tokens: 5, frozen_loss_floor: 0.25 }));
    expect(failing).toMatch(/with Q frozen 0\.250/);
    expect(failing).toMatch(/Assumption 2 fails at 5 of 32 tokens/);
  });

  it('is said to follow until it comes', () => {
    const { zeta0, rank_deficient_tokens, rate_bound, ...known } = theory;
    const early = { ...known, zeta0: null };
    expect(text(modelOf(early))).toContain('ζ0, ranks and bound follow in a moment');
    const values = { zeta0: zeta0!, rank_deficient_tokens: rank_deficient_tokens!, rate_bound: rate_bound! };
    const late = text(modelOf(early, 'gap', [{ type: 'theory', step: 400, values }]));
    expect(late).toContain('Assumption 2 holds');
    expect(late).toMatch(/bound 1 − 2\.50e-7/);
  });
});

describe('a probe', () => {
  const estimate = (mean: number) => ({ mean, stderr: null, n: 0 });
  const mask = (revision: number, ...edits: string[]): EventBody => {
    return { type: 'mask_applied', step: 400, revision, scope: 'probe', edits, kept_fraction: 0.5 };
  };
  const intact = { gap: estimate(2 * Math.exp(-2)), gap_to_best_ridge: estimate(4 * Math.exp(-2) + 0.04) };
  const bent = { gap: estimate(19), gap_to_best_ridge: estimate(21) };
  const probed: EventBody[] = [mask(1, '-L0H0'), { type: 'evaluated', step: 400, values: bent, intact }];
  const restored: EventBody[] = [...probed, mask(2, '+L0H0'), { type: 'evaluated', step: 400, values: intact }];

  it('leaves every number of theory and every level as they were, while it prunes and after', () => {
    const told = (late: readonly EventBody[]) => {
      const { run } = modelOf(theory, 'gap', late);
      const levels = run.metrics.charts.flatMap((chart) => levelsOf(run, chart));
      return { levels, theory: run.theory, fitted: fittedGap(run), summary: run.estimates };
    };
    const before = told([]);
    expect(before.fitted?.factor).toBeCloseTo(Math.exp(-1 / 200), 6);
    expect(told(probed)).toEqual(before);
    expect(told(restored)).toEqual(before);
  });

  it('is drawn beside the curve that goes on, and told beside what is intact', () => {
    const shown = text(modelOf(theory, 'gap', probed));
    expect(shown).toMatch(/● gap +0\.271 ○ +19\.0/);
    expect(shown).toMatch(/measured +intact +probed +± +change/);
    expect(shown).toMatch(/│ gap +0\.271 +19\.0 +×70\.2/);
    const after = text(modelOf(theory, 'gap', restored));
    expect(after).not.toContain('19.0');
    expect(after).toMatch(/now +± +best +expected/);
  });
});

describe('a floor that changes with a setting', () => {
  const noisier: EventBody[] = [
    { type: 'control_changed', step: 200, path: 'task.noise', from: 0.01, to: 0.5 },
    { type: 'theory', step: 200, values: { loss_floor: 0.5, initial_loss: 2.5 } },
  ];
  const levelAt = (more: readonly EventBody[], label: string) => {
    const { run } = modelOf(theory, 'loss', more);
    return run.metrics.charts.flatMap((chart) => levelsOf(run, chart)).find((level) => level.label === label);
  };

  it('is the old one up to that step, and the new one from there on', () => {
    expect(levelAt(noisier, 'floor L*')).toMatchObject({ value: 0.5, before: [{ until: 200, value: 0.01 }] });
    const floor = { label: 'L*', value: 1, before: [{ until: 50, value: 0.3 }] };
    const series = new Series();
    for (const step of [0, 100]) series.push(step, 10);
    const curve = { label: 'train', role: 'training', view: series.view() } as const;
    const x = { from: 0, to: 100, scale: 'linear' } as const;
    const rows = toPlain(
      drawChart({ width: 60, height: 16, series: [curve], lines: [floor], x, y: { scale: 'log' } }),
    ).split('\n');
    const dots = (row: string | undefined) =>
      [...(row ?? '')].flatMap((symbol, at) => (/[⠀-⣿]/.test(symbol) ? [at] : []));
    const lines = rows.map(dots).filter((at) => at.length > 5);
    // The curve, the new floor on the right, the old one on the left below it.
    expect(lines).toHaveLength(3);
    expect(Math.min(...lines[1]!)).toBeGreaterThan(Math.max(...lines[2]!));
  });

  it('takes along what theory said of the start under the settings before', () => {
    expect(levelAt([], 'frozen Q')?.value ?? theory.frozen_loss_floor).toBe(theory.frozen_loss_floor);
    const { run } = modelOf({ ...theory, frozen_loss_floor: 0.06 }, 'loss', noisier);
    expect(run.theory).toEqual({ loss_floor: 0.5, initial_loss: 2.5 });
    expect(text(modelOf({ ...theory, frozen_loss_floor: 0.06 }, 'loss', noisier))).not.toContain('with Q frozen');
  });
});

describe('a training curve', () => {
  const withLosses = (loss: (step: number) => number) =>
    modelAt(0, {
      more: Array.from(
        { length: 60 },
        (_, at) => ({ type: 'metrics', step: at + 1, values: { train_loss: loss(at) } }) as const,
      ),
    });
  const detail = (model: Model) => rowsOn(model).map(stripVTControlCharacters)[1];

  it('that is 0 between spikes is smoothed unless a key says otherwise, and says so', () => {
    const spiky = withLosses((at) => (at % 5 === 0 ? 1 / (at + 1) : 0));
    expect(detail(spiky)).toContain('smoothed 0.90');
    expect(detail(press(spiky, 'e').model)).toContain('smoothed 0.98');
    expect(detail(press(spiky, 'e', 'e').model)).not.toContain('smoothed');
  });

  it('that is noisy is smoothed, one that is not stays raw', () => {
    expect(detail(withLosses((at) => (at % 2 === 0 ? 1 : 0.4) / (at + 1)))).toContain('smoothed 0.90');
    expect(detail(withLosses((at) => 1 / (at + 1)))).not.toContain('smoothed');
  });
});
