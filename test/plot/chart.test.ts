import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Series, type SeriesView } from '../../src/core/series.ts';
import { toAnsi } from '../../src/plot/ansi.ts';
import { type ChartOptions, describeChart, drawChart } from '../../src/plot/chart.ts';
import { type Span, textWidth, toPlain } from '../../src/plot/text.ts';

const training = new Series();
const unseen = new Series();
for (let step = 1; step <= 400; step++) {
  training.push(step, step === 300 ? 9 : 1 / step);
  if (step % 50 === 0) unseen.push(step, step === 200 ? null : 4 / step);
}
const options: ChartOptions = {
  width: 60,
  height: 13,
  series: [
    { label: 'training', role: 'training', view: training.view() },
    { label: 'unseen', role: 'in_domain', view: unseen.view(), better: 'lower' },
  ],
  lines: [{ label: 'floor', value: 0.002 }],
  marks: [{ step: 250, label: 'pruned L0H3' }],
  x: { from: 0, to: 500, scale: 'linear' },
  y: { scale: 'log' },
};
const rows = (chart: ChartOptions) => toPlain(drawChart(chart)).split('\n');

/** A curve of 300 steps from turn to turn, so many decades up. */
function wander(turns: readonly number[], up: number): Series {
  const series = new Series();
  const pace = 300 / (turns.length - 1);
  for (let step = 1; step < 300; step++) {
    const [at, share] = [Math.floor(step / pace), (step % pace) / pace];
    series.push(step, 10 ** (up + (1 - share) * turns[at]! + share * turns[at + 1]!));
  }
  return series;
}

const cellsOf = (line: readonly Span[]) =>
  line.flatMap(({ text, style }) => [...text].map((symbol) => ({ symbol, fg: style?.fg })));

describe('chart', () => {
  it('draws curves, a gap, a spike, a level, a mark, axes and a legend', () => {
    expect(rows(options).map((row) => row.trimEnd())).toEqual([
      '   10¹ ┤              pruned L0H3 ┊    ⡇',
      '       │                          ┊    ⡇',
      '   10⁰ ┤⡇                         ┊    ⡇',
      '       │⢣                         ┊    ⡇',
      '  10⁻¹ ┤⠈⠳⣄  ⠒⠢⠤⠤⣀⣀⡀              ┊    ⡇',
      '       │  ⠈⠙⠒⠤⢤⣀⣀  ⠈⠉⠉⠑⠒          ⠤⠤⢄⣀⣀⣇⣀⡀',
      '  10⁻² ┤         ⠉⠉⠉⠒⠒⠒⠒⠤⠤⠤⠤⠤⣄⣀⣀⣀⣀⣀⣀⡀  ⡇ ⠈⠉⠉⠉⠉⠉⠉⠉◆ unseen',
      '       │⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠄⠉⠉⠉⠉⠉⠉⠉⠉⠉⠉⠒⠒⠒● training',
      '  10⁻³ ┤                          ┊         floor 0.00200',
      '       └┬───────────────────┬────────────────────┬──────────',
      '  step  0                  200                  400',
      ' ● training 0.00250    ◆ unseen  0.0100 best  0.0100 @400',
      ' ⠄⠄⠄⠄ floor 0.00200',
    ]);
  });

  it('keeps the tips of curves that end in one cell apart, names them, and lets the curves take turns', () => {
    const series = (['training', 'in_domain', 'out_of_domain'] as const).map((role) => {
      const same = new Series();
      for (let step = 0; step <= 400; step++) same.push(step, 1 + step / 400);
      return { label: role, role, view: same.view() };
    });
    const body = drawChart({ ...options, series, lines: [], marks: [] }).slice(0, 9);
    expect(toPlain(body)).toMatch(/●◆▲ training/);
    const cells = body.flat().filter(({ text }) => /[⠁-⣿]/.test(text));
    for (const role of series.map((one) => one.role)) {
      const own = cells.filter(({ style }) => style?.fg === role).length;
      expect(Math.abs(own - cells.length / 3)).toBeLessThanOrEqual(2);
    }
  });

  it('marks the best value, and reads every curve at a cursor', () => {
    const falls = new Series();
    for (let step = 1; step <= 400; step++) falls.push(step, Math.abs(step - 200) + 1);
    const one = { label: 'falls', role: 'training', view: falls.view(), better: 'lower' } as const;
    const chart = { ...options, series: [one], lines: [], marks: [], cursor: 100 };
    const drawn = rows(chart);
    const column = (step: number) => 8 + Math.floor((52 * step) / 500);
    expect(drawn.filter((row) => /[▴▾]/.test(row[column(200)]!))).toHaveLength(1);
    expect(drawn.filter((row) => row[column(100)] === '│').length).toBeGreaterThan(7);
    // The cell of step 100 holds steps 97 to 105, whose values are 104 to 96.
    expect(describeChart(chart)).toContain('step 97–105 · log y');
    expect(drawn.at(-1)).toMatch(/ ● falls +96\.0 96\.0–104 *$/);
    const smoothed = { ...one, raw: one.view, view: unseen.view(), smoothing: 0.9 };
    expect(rows({ ...chart, series: [smoothed] }).at(-1)).toMatch(/ ● falls +96\.0 96\.0–104 +smooth +0\.0400 *$/);
    // Where nothing was measured, the last value before; at a gap none; outside the axis no cursor.
    const sparse = { label: 'unseen', role: 'in_domain', view: unseen.view() } as const;
    expect(rows({ ...chart, series: [sparse], cursor: 140 }).at(-1)).toMatch(/unseen +0\.0400 *$/);
    expect(rows({ ...chart, series: [sparse], cursor: 200 }).at(-1)).toMatch(/unseen +– *$/);
    expect(rows({ ...chart, series: [sparse], cursor: 700 }).at(-1)).toMatch(/unseen +0\.0100 *$/);
  });

  it('has a plain dress', () => {
    const plain = rows({ ...options, glyphs: 'ascii', x: { from: 0, to: 500, scale: 'log' } });
    expect(plain.map((row) => row.trimEnd())).toEqual([
      '   1e1 +                                  pruned L0H3 :*',
      '       |                                              :*',
      '   1e0 +*********                                     :*',
      '       |        **********                  unseen    :*',
      '  1e-1 +                 ***********    oooooooo      :*',
      '       |                           *********** ooo    ooo',
      '  1e-2 +                                     ***********ooo',
      '       |------------------------------ floor 0.00200 -*****-',
      '  1e-3 +                                          training',
      '       ++------------------+------------------+-------------',
      '  step  1                 10                 100',
      ' * training 0.00250    o unseen  0.0100 best  0.0100 @400',
      ' ---- floor 0.00200',
    ]);
  });

  it.each([
    ['truecolor', 23, 179, 124],
    ['256', 36],
    ['16', 92],
  ] as const)('colours the curves at %s', (depth, ...codes) => {
    const row = toAnsi(drawChart(options).slice(2, 3), { depth });
    expect(row).toContain(`${{ truecolor: '38;2;', '256': '38;5;', '16': '' }[depth]}${codes.join(';')}m⡇`);
  });

  it('says what its axes and curves are', () => {
    expect(describeChart(options)).toBe('log y');
    const smoothed = { ...options.series[1]!, smoothing: 0.9 };
    expect(describeChart({ ...options, series: [smoothed], y: { scale: 'linear' } })).toBe('linear y · smoothed 0.90');
  });

  it('names a curve at its end or along it, within a row of it and of no other', () => {
    const roles = ['training', 'in_domain', 'out_of_domain'] as const;
    const random = fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 4, maxLength: 9 });
    let along = 0;
    fc.assert(
      fc.property(fc.tuple(random, random, random), fc.integer({ min: 300, max: 330 }), (turns, to) => {
        const series = roles.map((role, index) => ({
          label: role,
          role,
          view: wander(turns[index]!, index / 2).view(),
        }));
        const x = { ...options.x, to };
        const body = drawChart({
          ...options,
          width: 90,
          height: 24,
          series,
          lines: [],
          marks: [],
          x,
          legend: true,
          signed: true,
        });
        // Without axis and legend.
        const cells = body.map(cellsOf).filter((line) => /[│┤]/.test(line[7]!.symbol));
        for (const [row, line] of cells.entries()) {
          for (const role of roles) {
            const start = line
              .map(({ symbol }) => symbol)
              .join('')
              .indexOf(` ${role} `);
            if (start < 0) continue;
            const middle = start + Math.floor((role.length + 2) / 2);
            const inksAt = (column: number) =>
              [row - 1, row, row + 1].flatMap((at) => {
                const cell = cells[at]?.[column];
                return cell && /[⠁-⣿●◆▲]/.test(cell.symbol) ? [cell.fg] : [];
              });
            // At the end of curves that meet the names stand below each other.
            const ends = [row - 1, row, row + 1].map((at) => cells[at]?.[start - 1]?.symbol ?? ' ');
            if (/[●◆▲]/.test(ends.join(''))) continue;
            expect(new Set(inksAt(middle))).toEqual(new Set([role]));
            along++;
          }
        }
      }),
      { numRuns: 60 },
    );
    expect(along).toBeGreaterThan(20);
  });

  it('names levels at their right ends, over nothing that was measured', () => {
    const flat = new Series();
    for (let step = 0; step <= 500; step++) flat.push(step, 1);
    const series = [{ label: 'one', role: 'training', view: flat.view() } as const];
    const names = (value: number) =>
      rows({ ...options, series, marks: [], lines: [{ label: 'floor', value }] })
        .slice(0, 10)
        .filter((row) => row.includes(`floor ${value.toPrecision(3)}`));
    expect(names(0.1)).toHaveLength(1);
    expect(names(0.1)[0]).toMatch(/floor 0\.100 ?[⠁⠂⠄⡀ ]*$/);
    // Where the curve runs along it there is room beside it.
    expect(names(1)).toHaveLength(1);
    expect(names(1)[0]).not.toMatch(/[⠁-⣿]/);
  });

  it('names levels of one row together, and never the larger below the smaller', () => {
    const near = (value: number) => [
      { label: 'floor', value },
      { label: 'ridge', value: 0.98 * value },
    ];
    for (let height = 9; height < 30; height++) {
      for (const value of [2, 0.5, 0.1, 0.03, 0.01]) {
        const drawn = rows({ ...options, marks: [], height, legend: 'names', lines: near(value) });
        const plot = drawn.filter((row) => /[│┤]/.test(row[7]!));
        const [floor, ridge] = ['floor', 'ridge'].map((name) => plot.findIndex((row) => row.includes(` ${name} `)));
        if (floor! >= 0 && ridge! >= 0) expect(floor).toBeLessThanOrEqual(ridge!);
        if (floor === ridge && floor! >= 0) expect(plot[floor!]).toMatch(/ floor [\d.]+ · ridge [\d.]+ /);
      }
    }
    expect(rows({ ...options, marks: [], width: 100, lines: near(0.002) }).join()).toMatch(
      / floor 0\.00200 · ridge 0\.00196 /,
    );
  });

  it('fills a band between few evaluations, and breaks it at a gap', () => {
    const [low, middle, high] = [1, 2, 4].map((value) => {
      const one = new Series();
      for (const step of [0, 100, 200]) one.push(step, value);
      one.push(250, null);
      for (const step of [300, 400]) one.push(step, value);
      return one.view();
    }) as [SeriesView, SeriesView, SeriesView];
    const series = [{ label: 'mean', role: 'in_domain', view: middle, band: { low, high } } as const];
    const linear = { ...options, series, lines: [], marks: [], legend: false, y: { scale: 'linear', from: 0, to: 5 } };
    const drawn = rows({ ...linear, x: { from: 0, to: 400, scale: 'linear' } } as ChartOptions).slice(0, 11);
    const filled = (step: number) =>
      drawn.filter((row) => /[⠁-⣿◆]/.test(row[8 + Math.min(51, Math.floor((52 * step) / 400))]!)).length;
    for (const step of [0, 30, 100, 170, 200, 330, 399]) expect(filled(step), `at ${step}`).toBeGreaterThanOrEqual(6);
    expect(filled(255)).toBe(0);
    const shaded = drawChart({ ...linear, tints: 'dark', x: { from: 0, to: 400, scale: 'linear' } } as ChartOptions);
    const isGround = ({ style = {} }: Span) => typeof style.bg === 'number' || typeof style.fg === 'number';
    const cells = shaded.map((line) => line.flatMap((one) => [...one.text].map(() => isGround(one))));
    for (const step of [0, 30, 100, 170, 200, 330, 399])
      expect(cells.filter((row) => row[8 + Math.min(51, Math.floor((52 * step) / 400))]).length).toBeGreaterThanOrEqual(
        6,
      );
    expect(cells.filter((row) => row[8 + Math.floor((52 * 255) / 400)])).toEqual([]);
    // Only the curve is left of dots: the ground tells what they spread over.
    expect(shaded.filter((line) => /[⠁-⣿]/.test(toPlain([line])))).toHaveLength(1);
  });

  it('ends a band at its curve where it has no lower end on a log axis', () => {
    const [low, middle, high] = [-1, 1, 3].map((value) => {
      const one = new Series();
      for (let step = 0; step <= 400; step += 10) one.push(step, value);
      return one.view();
    }) as [SeriesView, SeriesView, SeriesView];
    const series = [{ label: 'mean', role: 'in_domain', view: middle, band: { low, high } } as const];
    const chart = { ...options, series, lines: [], marks: [], legend: false, height: 24, tints: 'dark' as const };
    const shaded = drawChart(chart).map((line) => line.some(({ style = {} }) => typeof style.bg === 'number'));
    const curve = drawChart(chart).findIndex((line) => /[⠁-⣿]{20}/.test(toPlain([line])));
    expect(shaded.slice(0, curve).filter(Boolean).length).toBeGreaterThan(1);
    expect(shaded.slice(curve + 1)).not.toContain(true);
  });

  it('leaves a band out that is hardly higher than its curve: its dots would be taken for curves', () => {
    const [low, middle, high] = [1.98, 2, 2.02].map((value) => {
      const one = new Series();
      for (const step of [0, 100, 200]) one.push(step, value);
      return one.view();
    }) as [SeriesView, SeriesView, SeriesView];
    const one = { label: 'mean', role: 'in_domain', view: middle } as const;
    const frame = { ...options, lines: [], marks: [], y: { scale: 'linear', from: 0, to: 5 } } as const;
    const bare = drawChart({ ...frame, series: [one] });
    for (const tints of [undefined, 'dark'] as const)
      expect(drawChart({ ...frame, tints, series: [{ ...one, band: { low, high } }] })).toEqual(bare);
  });

  it('says what will appear', () => {
    const empty = new Series();
    empty.push(1, Number.NaN);
    const series = [{ label: 'training', role: 'training', view: empty.view() } as const];
    const chart = rows({ ...options, height: 5, series, empty: 'the first loss appears\nafter step 1' });
    expect(chart.map((row) => row.trim())).toEqual([
      '│               the first loss appears',
      '│                    after step 1',
      '└┬───────────────────┬────────────────────┬──────────',
      'step  0                  200                  400',
      '● training       –    ⠄⠄⠄⠄ floor 0.00200',
    ]);
  });

  it('does not move while numbers grow longer', () => {
    const still = (step: number) => {
      const series = new Series();
      for (let index = 0; index <= step; index++) series.push(index, 0.9 - 1e-5 * index);
      const view = series.view();
      const chart = { ...options, series: [{ label: 'training', role: 'training', view, better: 'lower' } as const] };
      return rows({ ...chart, lines: [], marks: [], x: { from: 0, to: 20_000, scale: 'linear' } });
    };
    const [early, late] = [still(9), still(12_480)];
    expect(early.map((row) => row.slice(0, 8))).toEqual(late.map((row) => row.slice(0, 8)));
    expect(early.slice(10, 12)).toEqual(late.slice(10, 12));
    expect(early[12]!.indexOf('best')).toBe(late[12]!.indexOf('best'));
  });

  it('puts what a log axis cannot show at a foot of its own, and says so', () => {
    const series = new Series();
    [1, 0, -1, 0.1].forEach((value, step) => {
      series.push(step, value);
    });
    const chart = rows({
      width: 30,
      height: 6,
      series: [{ label: 'gap', role: 'training', view: series.view() }],
      legend: false,
      x: { from: 0, to: 3, scale: 'linear' },
      y: { scale: 'log' },
    });
    expect(chart.slice(0, 4).map((row) => row.trimEnd())).toEqual([
      '     1 ┤⠑⢄',
      '       │  ⠑⢄',
      '   0.1 ┤   ⠈⠢⡀               ●',
      '   ≤ 0 ┤     ⠈⠢⣀⣀⣀⣀⣀⣀⣀⣀⡠⠤⠔⠒⠉⠉',
    ]);
  });

  it('joins no dots at the foot with those on the scale of a column, whether measured or raw', () => {
    const [jumping, smooth] = [new Series(), new Series()];
    for (let step = 0; step < 400; step++) {
      jumping.push(step, step % 4 === 0 ? 1 : 0);
      smooth.push(step, 0.3);
    }
    const inkedBetween = (series: ChartOptions['series'][number]) =>
      rows({
        ...options,
        width: 40,
        height: 20,
        series: [series],
        lines: [],
        marks: [],
        x: { ...options.x, to: 400 },
        legend: false,
      })
        .map((row) => row.slice(8))
        .filter((row) => /[⠁-⣿]/.test(row)).length;
    const [one, base] = [jumping.view(), { label: 'loss', role: 'training' } as const];
    // The row of the values, that of the foot, and of the smoothed curve.
    expect(inkedBetween({ ...base, view: one })).toBe(2);
    expect(inkedBetween({ ...base, view: smooth.view(), raw: one })).toBe(3);
    // A fall below the axis is joined: it is one way, not a spread.
    const fall = new Series();
    for (let step = 0; step < 400; step++) fall.push(step, step < 200 ? 1 : 0);
    expect(inkedBetween({ ...base, view: fall.view() })).toBeGreaterThan(5);
  });

  it('draws raw values faintly behind the smoothed ones', () => {
    const [raw, smooth] = [new Series(), new Series()];
    for (let step = 0; step < 200; step++) {
      raw.push(step, step % 2 === 0 ? 1 : 10);
      smooth.push(step, 3);
    }
    const chart = drawChart({
      width: 20,
      height: 6,
      series: [{ label: 'loss', role: 'training', view: smooth.view(), raw: raw.view() }],
      legend: false,
      x: { from: 0, to: 200, scale: 'linear' },
      y: { scale: 'log' },
    });
    expect(chart[0]![2]).toEqual({ text: '⢕'.repeat(12), style: { fg: 'training', dim: true } });
    expect(chart[2]![2]).toEqual({ text: '⠉'.repeat(11), style: { fg: 'training' } });
  });

  it('keeps legend values in columns when it needs two rows, and leaves out best values where there is no room', () => {
    const view = unseen.view();
    const series = ['a', 'longer', 'longest of all'].map(
      (label) => ({ label, role: 'in_domain', view, better: 'lower' }) as const,
    );
    const legend = (width: number) =>
      rows({ ...options, series, lines: [], width })
        .slice(-2)
        .map((row) => row.trimEnd());
    expect(legend(56)).toEqual([' ◆ a               0.0100    ◆ longer          0.0100', ' ◆ longest of all  0.0100']);
    expect(legend(40)).toEqual([' ◆ a        0.0100    ◆ longer   0.0100', ' ◆ longes…  0.0100']);
    expect(legend(150)[1]).toBe(
      ' ◆ a  0.0100 best  0.0100 @400      ◆ longer  0.0100 best  0.0100 @400      ◆ longest of all  0.0100 best  0.0100 @400',
    );
  });

  it('cuts labels before a value, with what it is under a probe, too', () => {
    const view = unseen.view();
    const series = ['training loss', 'in-domain', 'out-of-domain'].map(
      (label) => ({ label, role: 'in_domain', view, probed: view }) as const,
    );
    const shown = rows({ ...options, series, lines: [], width: 56 })
      .slice(-2)
      .join('\n');
    expect(shown.match(/ 0\.0100 ◇ 0\.0100/g)).toHaveLength(3);
    expect(shown).not.toContain('0…');
  });

  it('tells levels apart by their dots and dashes, and names them in the legend as long as there is room', () => {
    const lines = [
      { label: 'floor L*', value: 0.05 },
      { label: 'ridge', value: 0.4 },
    ];
    const chart = (width: number, height: number) =>
      rows({ ...options, lines, series: options.series.slice(1), marks: [], width, height }).map((row) =>
        row.trimEnd(),
      );
    expect(chart(60, 13).slice(-2)).toEqual([
      ' ◆ unseen  0.0100 best  0.0100 @400',
      ' ⠄⠄⠄⠄ floor L*  0.0500    ⠤⠤   ridge   0.400',
    ]);
    const lined = chart(60, 13).flatMap((row) => /[⠁⠂⠄⡀⠉⠒⠤⣀]([ ]{0,2}[⠁⠂⠄⡀⠉⠒⠤⣀]){9,}/.exec(row)?.[0] ?? []);
    expect(
      lined.map((row) =>
        row
          .slice(0, 8)
          .replaceAll(/[⠁⠂⠄⡀]/g, '.')
          .replaceAll(/[⠉⠒⠤⣀]/g, '-'),
      ),
    ).toEqual(['--  --  ', '........']);
    // Two that lie in one row take turns.
    const same = [lines[0]!, { label: 'ridge', value: 0.0501 }];
    const shared = rows({ ...options, lines: same, series: options.series.slice(1), marks: [] });
    expect(shared.join('\n')).toMatch(/[⠁⠂⠄⡀]{4}[⠉⠒⠤⣀]{2} {2}[⠉⠒⠤⣀]{2} {2}[⠁⠂⠄⡀]/);
    expect(shared.findIndex((row) => row.includes('floor L* 0.0500'))).toBe(
      shared.findIndex((row) => row.includes('ridge 0.0501')) + 1,
    );
    expect(chart(120, 13).at(-1)).toBe(
      ' ◆ unseen  0.0100 best  0.0100 @400      ⠄⠄⠄⠄ floor L*  0.0500    ⠤⠤   ridge   0.400',
    );
    expect(chart(40, 13).at(-1)).toBe(' ⠄⠄⠄⠄  0.0500    ⠤⠤     0.400');
    expect(chart(60, 7).at(-1)).toBe(' ◆ unseen  0.0100    ⠄⠄⠄⠄  0.0500    ⠤⠤     0.400');
    expect(chart(40, 7).at(-1)).toBe(' ◆ unseen  0.0100');
  });

  it('fits its axis to the curves, and names levels that lie far from them at the edge, with an arrow', () => {
    const axisOf = (drawn: readonly string[]) => drawn.filter((row) => row.includes('┤')).map((row) => row.slice(0, 6));
    const level = (label: string, value: number) => ({ label, value });
    const near = rows({ ...options, lines: [level('floor', 3e-5)] });
    expect(axisOf(near)).toEqual(['   10¹', '  10⁻¹', '  10⁻³']);
    expect(near[8]).toMatch(/(⠁|⠂|⠄|⡀){12}/);
    expect(near.join('')).not.toContain('▾');
    const axis = axisOf(rows({ ...options, lines: [] }));
    const below = rows({ ...options, lines: [level('floor', 2e-7)] });
    expect(axisOf(below)).toEqual(axis);
    expect(below[8]).toContain('▾ floor 2.00e-7');
    expect(below.join('').match(/⠁⠁⠁/)).toBeNull();
    const both = rows({ ...options, marks: [], lines: [level('least squares', 0), level('zero', 5000)] });
    expect(axisOf(both)).toEqual(axis);
    expect(both[0]).toMatch(/▴ zero 5\D?000 *$/);
    expect(both[8]).toContain('▾ least squares 0');
    // What there is no room for is left out, from the last on.
    const many = ['first floor', 'second floor', 'third floor'].map((label) => level(label, 2e-7));
    const crowded = rows({ ...options, marks: [], lines: many });
    expect(crowded[8]).toContain('▾ first floor 2.00e-7 · second floor 2.00e-7 · …');
    expect(rows({ ...options, glyphs: 'ascii', lines: [level('floor', 2e-7)] })[8]).toContain('v floor 2.00e-7');
    // A linear axis holds all that is asked for.
    const linear = { ...options, y: { scale: 'linear' } as const };
    expect(rows({ ...linear, lines: [level('zero', 5000)] }).join('')).not.toContain('▴');
  });

  it('keeps the words of two marks apart, wherever they fall', () => {
    for (let step = 20; step <= 460; step += 5) {
      const marks = [step, 480].map((at) => ({ step: at, label: 'snapshot (key)' }));
      const chart = { ...options, series: options.series.slice(1), lines: [], marks };
      for (const row of rows(chart)) expect(row).not.toContain(')snapshot');
    }
  });

  it('loses no measured dot to levels, marks and their words', () => {
    const bare = { ...options, lines: [], marks: [], legend: false, y: { scale: 'log', from: 1e-3, to: 10 } } as const;
    const marks = Array.from({ length: 24 }, (_, index) => ({ step: 20 * index, label: `what happened at ${index}` }));
    const lines = [0.02, 0.004].map((value) => ({ label: 'level', value }));
    const full = drawChart({ ...bare, lines, marks }).map((line) => [...toPlain([line])]);
    const measured = rows(bare)
      .slice(0, 10)
      .flatMap((row, y) => [...row].map((symbol, x) => ({ symbol, x, y })));
    for (const { symbol, x, y } of measured.filter(({ symbol }) => /[⠁-⣿▀▄]/.test(symbol))) {
      expect(full[y]![x]).toBe(symbol);
    }
    // The newest has its words, left of its line.
    expect(full.flat().join('')).toContain('what happened at 23 ┊');
  });
});

describe('any chart', () => {
  const value = fc.oneof(fc.double({ min: -1e6, max: 1e6 }), fc.double({ min: 1e-12, max: 1 }), fc.constant(null));
  it('has exactly the size asked for and never prints NaN', () => {
    fc.assert(
      fc.property(
        fc.record({
          width: fc.integer({ min: 1, max: 90 }),
          height: fc.integer({ min: 1, max: 30 }),
          values: fc.array(value, { maxLength: 60 }),
          level: fc.double(),
          to: fc.integer({ min: 1, max: 100_000 }),
          x: fc.constantFrom('linear' as const, 'log' as const),
          y: fc.constantFrom('linear' as const, 'log' as const),
          glyphs: fc.constantFrom('unicode' as const, 'ascii' as const),
        }),
        ({ width, height, values, level, to, x, y, glyphs }) => {
          const series = new Series();
          values.forEach((number, step) => {
            series.push(step * 3, number);
          });
          const view = series.view();
          const chart = drawChart({
            width,
            height,
            glyphs,
            series: [{ label: 'training', role: 'training', view, raw: view, better: 'lower' }],
            lines: [{ label: 'floor', value: level }],
            marks: [{ step: 30, label: 'mark' }],
            x: { from: 0, to, scale: x },
            y: { scale: y },
          });
          const text = toPlain(chart);
          expect(text.split('\n').map(textWidth)).toEqual(new Array(height).fill(width));
          expect(text).not.toMatch(/NaN|undefined|Infinity/);
          if (glyphs === 'ascii') expect(text).toMatch(/^[\x20-\x7e\n]*$/);
        },
      ),
      { numRuns: 150 },
    );
  });

  it('shows the spike of a single step at every width', () => {
    const series = new Series();
    for (let step = 0; step < 100_000; step++) series.push(step, step === 61_803 ? 1000 : 1);
    for (let width = 20; width <= 200; width += 9) {
      const chart = rows({
        width,
        height: 12,
        series: [{ label: 'training', role: 'training', view: series.view() }],
        x: { from: 0, to: 100_000, scale: 'linear' },
        y: { scale: 'log' },
        legend: false,
      });
      const column = 8 + Math.floor(0.61803 * (width - 8));
      expect(chart.slice(0, 9).every((row) => row[column] !== ' ')).toBe(true);
    }
  });
});
