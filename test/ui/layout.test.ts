import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Choices, Layout, Measures } from '../../src/ui/layout/layout.ts';
import { layOut } from '../../src/ui/layout/layout.ts';
import { goTo, layoutOf, offeredPanels } from '../../src/ui/layout/opening.ts';
import { type Model, withView } from '../../src/ui/state/model.ts';
import { modelAt } from './fake_model.ts';

/** Those of a run of one layer; other models are offered others. */
const panels = offeredPanels(modelAt(0));
const ids = panels.map(({ id }) => id);
/** Any screen on which at least the focused panel is not closed. */
const screens = fc
  .record({
    columns: fc.integer({ min: 60, max: 400 }),
    rows: fc.integer({ min: 18, max: 150 }),
    focus: fc.constantFrom(...ids),
    zoomed: fc.option(fc.constantFrom(...ids), { nil: undefined }),
    opened: fc.uniqueArray(fc.constantFrom(...ids)),
    closed: fc.uniqueArray(fc.constantFrom(...ids)),
    used: fc.integer({ min: 0, max: 60 }),
  })
  .map((screen) => ({ ...screen, closed: screen.closed.filter((id) => id !== screen.focus) }));

/** Panels that make use of as many rows, and of whose attention all is seen in 22 and 14 rows. */
const measures = (used: number): Measures => ({
  uses: () => used,
  foremost: () => 1,
  sees: ({ id }, { columns, rows }) => Math.min(columns, 50) * Math.min(rows, id === 'heads' ? 22 : 14),
});
const untouched: Choices = { focus: 'curves', zoomed: undefined, opened: [], closed: [] };
const idsOf = ({ panels: placed }: Layout) => placed.map(({ panel }) => panel.id);
const shown = (columns: number, rows: number, choices: Partial<Choices> = {}) =>
  idsOf(layOut({ columns, rows }, panels, { ...untouched, ...choices }, measures(200)));

it('covers every cell between the top line and the two bottom lines once', () => {
  fc.assert(
    fc.property(screens, ({ columns, rows, used, ...choices }) => {
      const layout = layOut({ columns, rows }, panels, choices, measures(used));
      const covered = layout.panels.reduce((sum, { at }) => sum + at.columns * at.rows, 0);
      expect(covered).toBe(columns * (rows - 3));
      for (const { at } of layout.panels) {
        expect(at.y).toBeGreaterThanOrEqual(1);
        expect(at.y + at.rows).toBeLessThanOrEqual(rows - 2);
        expect(at.x + at.columns).toBeLessThanOrEqual(columns);
      }
      const overlap = layout.panels.some((a, i) =>
        layout.panels.some(
          (b, j) =>
            i < j &&
            a.at.x < b.at.x + b.at.columns &&
            b.at.x < a.at.x + a.at.columns &&
            a.at.y < b.at.y + b.at.rows &&
            b.at.y < a.at.y + a.at.rows,
        ),
      );
      expect(overlap).toBe(false);
    }),
  );
});

it('always shows the panel in focus, never a closed one, gives each at least its minimum, and forgets none', () => {
  fc.assert(
    fc.property(screens, ({ columns, rows, used, ...choices }) => {
      const layout = layOut({ columns, rows }, panels, { ...choices, zoomed: undefined }, measures(used));
      const seen = idsOf(layout);
      expect(seen).toContain(choices.focus);
      for (const id of choices.closed) expect(seen).not.toContain(id);
      for (const { panel, at } of layout.panels) expect(at.rows).toBeGreaterThanOrEqual(panel.minimum);
      expect([...seen, ...layout.hidden.map(({ id }) => id)].sort()).toEqual([...ids].sort());
    }),
  );
});

it('keeps one panel at 60 × 18, curves and heads at 80 × 24, five panels at 120 × 40, seven at 200 × 60 and all at 250 × 80', () => {
  expect(shown(60, 18)).toEqual(['curves']);
  expect(shown(60, 18, { focus: 'head' })).toEqual(['head']);
  expect(shown(80, 23)).toEqual(['curves', 'heads']);
  expect(shown(80, 24)).toEqual(['curves', 'heads']);
  expect(shown(120, 40)).toEqual(['curves', 'run', 'pruning', 'heads', 'head']);
  expect(shown(200, 60)).toEqual(['curves', 'prompt', 'run', 'pruning', 'heads', 'head', 'mixing']);
  expect(shown(250, 80)).toHaveLength(panels.length);
});

it('puts an opened panel into the lower place of its column, and nothing into that of a closed one', () => {
  const opened = ['mixing', 'weights', 'prompt'];
  expect(shown(120, 40, { opened })).toEqual(['curves', 'prompt', 'heads', 'mixing']);
  expect(shown(120, 40, { opened, focus: 'heads' })).toEqual(['curves', 'prompt', 'heads', 'mixing']);
  expect(shown(120, 40, { closed: ['head', 'run', 'pruning'] })).toEqual(['curves', 'heads']);
  const choices = { ...untouched, closed: ['heads', 'head'] };
  const one = layOut({ columns: 120, rows: 40 }, panels, choices, measures(200));
  expect(one.panels.map(({ at }) => at.columns)).toEqual([120, 120, 120]);
});

it('shows a model of one head once, where the panel of one head has room, and all heads when they are asked for', () => {
  const at = (columns: number, rows: number, heads = 1) =>
    modelAt(500, { columns, rows, sizes: { layers: 1, heads, tokens: 8, queries: 8 } });
  const told = (model: Model) => {
    const { panels: placed, hidden } = layoutOf(model);
    expect([...placed.map(({ panel }) => panel), ...hidden].map(({ id }) => id).sort()).toEqual([...ids].sort());
    return placed.map(({ panel }) => panel.id);
  };
  expect(told(at(80, 24))).toEqual(['curves', 'heads']);
  for (const [columns, rows] of [
    [120, 40],
    [200, 60],
  ] as const) {
    expect(told(at(columns, rows, 2))).toContain('heads');
    const one = at(columns, rows);
    expect(told(one)).toContain('head');
    expect(told(one)).not.toContain('heads');
    expect(told(goTo(one, 'heads'))).toEqual(expect.arrayContaining(['heads', 'head']));
    expect(told(withView(one, { closed: ['head'] }))).toContain('heads');
  }
});

it('gives rows that a panel makes no use of to the others', () => {
  const rowsOf = (used: number) =>
    layOut({ columns: 120, rows: 60 }, panels, untouched, {
      ...measures(used),
      uses: (panel, { rows }) => (panel.id === 'heads' ? used : rows),
    })
      .panels.filter(({ panel }) => panel.column === 'right')
      .map(({ at }) => at.rows);
  expect(rowsOf(22)[0]).toBe(22);
  expect(rowsOf(22).reduce((sum, rows) => sum + rows)).toBe(57);
  expect(Math.min(...rowsOf(22).slice(1))).toBeGreaterThanOrEqual(Math.min(...rowsOf(60).slice(1)));
});
