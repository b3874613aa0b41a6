import { describe, expect, it } from 'vitest';
import { textWidth } from '../../../src/plot/text.ts';
import type { HomeData } from '../../../src/ui/home/contract.ts';
import { drawHome } from '../../../src/ui/home/draw.ts';
import { homeKeys } from '../../../src/ui/home/keys.ts';
import { type HomeModel, initialHome } from '../../../src/ui/home/model.ts';
import { updateHome } from '../../../src/ui/home/update.ts';
import { chooseLook } from '../../../src/ui/terminal/terminal.ts';
import { utf8 } from '../fake_model.ts';
import { rowText } from '../row_text.ts';
import { homeData as data, now, run } from './fake_home.ts';

function homeAt(columns = 120, rows = 40, given: HomeData = data): HomeModel {
  return initialHome(given, { columns, rows }, chooseLook({ ...utf8, NO_COLOR: '1' }), now);
}

function press(model: HomeModel, ...keys: readonly string[]) {
  let step = { model, effects: [] as ReturnType<typeof updateHome>['effects'] };
  for (const key of keys) step = updateHome(step.model, { type: 'key', key });
  return step;
}

const rowsOf = (model: HomeModel) => drawHome(model).map((row) => rowText(row, model.look));
const text = (model: HomeModel) => rowsOf(model).join('\n');

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
  [250, 80],
] as const)('at %i × %i', (columns, rows) => {
  const many: HomeData = {
    presets: Array.from({ length: 60 }, (_, i) => ({ ...data.presets[0]!, name: `preset-${i}` })),
    recipes: data.recipes,
    runs: Array.from({ length: 60 }, (_, i) => run(`run-${i}`, { title: 'w'.repeat(300) })),
  };
  const situations: [string, HomeModel][] = [
    ['with runs and presets', homeAt(columns, rows)],
    ['with nothing', homeAt(columns, rows, { presets: [], recipes: [], runs: [] })],
    ['with more than fits', press(homeAt(columns, rows, many), ...Array<string>(50).fill('j')).model],
    ['with a search', press(homeAt(columns, rows), '/', 'b', 'e').model],
    ['with help', press(homeAt(columns, rows), '?').model],
  ];

  it.each(situations)('fills the screen, %s', (_, model) => {
    const drawn = rowsOf(model);
    expect(drawn).toHaveLength(rows);
    for (const row of drawn) expect(textWidth(row)).toBe(columns);
  });

  it('keeps the counts apart from what stands before them', () => {
    expect(text(homeAt(columns, rows, many)).split('\n')[0]).toMatch(
      /^ incline .*\S? {2,}\d+ training · 60 runs · 60 presets · 2 recipes $/,
    );
  });

  it('keeps the selected row in sight in a long list', () => {
    const model = press(homeAt(columns, rows, many), ...Array<string>(50).fill('j')).model;
    expect(text(model)).toMatch(/▸.*(preset|run)-50/);
  });
});

it.each([
  [60, 18],
  [80, 24],
  [100, 30],
] as const)('has runs and presets at %i × %i, whichever list has the cursor', (columns, rows) => {
  const runs = Array.from({ length: 9 }, (_, i) => run(`run-${i}`, {}));
  const presets = Array.from({ length: 9 }, (_, i) => ({
    ...data.presets[0]!,
    name: `preset-${i}`,
    title: `Title ${i}`,
  }));
  for (const model of [
    homeAt(columns, rows, { runs, presets, recipes: [] }),
    press(homeAt(columns, rows, { runs, presets, recipes: [] }), 'shift+tab').model,
  ]) {
    expect(text(model)).toContain('run-0');
    // Of eight rows at least a heading takes one.
    for (let i = 0; i < 6; i++) expect(text(model)).toContain(`preset-${i}`);
  }
  // Without runs all is theirs but a line that says where runs will be.
  expect(text(homeAt(columns, rows, { runs: [], presets, recipes: [] }))).toContain('none yet');
  if (rows === 18)
    expect(text(press(homeAt(columns, rows, { runs, presets, recipes: [] }), 'j').model)).toContain('Title 1');
});

it('says what it needs on a screen that is too small', () => {
  expect(text(homeAt(60, 17))).toContain('The screen needs 60 × 18;');
});

/** What each key of the table does, as a person notices it. */
const journeys: Record<string, () => void> = {
  open: () => {
    expect(press(homeAt(), 'enter').effects).toEqual([{ type: 'choose', choice: { type: 'attach', run: 'first' } }]);
    expect(press(homeAt(), 'j', 'enter').effects).toEqual([
      { type: 'choose', choice: { type: 'replay', folder: '/runs/second' } },
    ]);
    expect(press(homeAt(), 'shift+tab', 'j', 'enter').effects).toEqual([
      { type: 'choose', choice: { type: 'start', preset: 'beta' } },
    ]);
    expect(press(homeAt(), 'tab', 'j', 'enter').effects).toEqual([
      { type: 'choose', choice: { type: 'reproduce', recipe: 'figure-2' } },
    ]);
  },
  replay: () => {
    expect(press(homeAt(), 'r').effects).toEqual([
      { type: 'choose', choice: { type: 'replay', folder: '/runs/first' } },
    ]);
    expect(text(press(homeAt(), 'tab', 'r').model)).toContain('r replay: select a run first');
  },
  resume: () => {
    expect(text(press(homeAt(), 'R').model)).toContain('the run has no snapshot');
    const file = '/runs/second/step-00001500.safetensors';
    expect(press(homeAt(), 'j', 'R').effects).toEqual([
      { type: 'choose', choice: { type: 'resume', file, steps: 3000 } },
    ]);
  },
  mark: () => {
    const marked = press(homeAt(), 'space', 'j', 'space').model;
    expect(marked.marked).toEqual(['/runs/first', '/runs/second']);
    expect(text(marked)).toContain('2 marked');
    expect(press(marked, 'space').model.marked).toEqual(['/runs/first']);
  },
  compare: () => {
    expect(text(press(homeAt(), 'c').model)).toContain('mark two to six runs');
    expect(press(homeAt(), 'space', 'j', 'space', 'c').effects).toEqual([
      { type: 'choose', choice: { type: 'compare', folders: ['/runs/first', '/runs/second'] } },
    ]);
  },
  note: () => {
    const typed = press(homeAt(), 'n', 'h', 'i', 'space', 'x', 'backspace', 'y');
    expect(text(typed.model)).toContain('note hi y_');
    const kept = press(typed.model, 'enter');
    expect(kept.effects).toEqual([{ type: 'annotate', annotation: { folder: '/runs/first', note: 'hi y', tags: [] } }]);
    expect(text(kept.model)).toContain('hi y');
    expect(press(typed.model, 'esc').effects).toEqual([]);
  },
  tags: () => {
    const kept = press(homeAt(), '#', ...'#a b,a', 'enter');
    expect(kept.effects).toEqual([
      { type: 'annotate', annotation: { folder: '/runs/first', note: '', tags: ['a', 'b'] } },
    ]);
    expect(text(kept.model)).toContain('first #a #b');
  },
  search: () => {
    const found = press(homeAt(), '/', ...'odd').model;
    expect(text(found)).toContain('second');
    expect(text(found)).not.toContain('third');
    expect(text(press(found, 'enter').model)).toContain('showing what contains "odd"');
    expect(text(press(found, 'esc').model)).toContain('third');
    expect(press(homeAt(), '/', ...'gamma').model.list).toBe('presets');
  },
  other_list: () => {
    const lists = ['tab', 'tab', 'tab', 'shift+tab'].map((_, i, all) => press(homeAt(), ...all.slice(0, i + 1)));
    expect(lists.map(({ model }) => model.list)).toEqual(['recipes', 'presets', 'runs', 'presets']);
  },
  rows: () => {
    expect(press(homeAt(), 'j', 'k').model.at.runs).toBe(0);
    expect(press(homeAt(), 'shift+tab', 'k').model).toMatchObject({ list: 'runs', at: { runs: 2 } });
    expect(press(homeAt(), 'j').model.at.runs).toBe(1);
    expect(press(homeAt(), 'j', 'j', 'j').model).toMatchObject({ list: 'presets', at: { presets: 0 } });
    const last = press(homeAt(), ...Array<string>(9).fill('j')).model;
    expect(last).toMatchObject({ list: 'recipes', at: { recipes: 1 } });
  },
  help: () => {
    const helped = press(homeAt(), '?').model;
    for (const { help } of homeKeys) expect(text(helped)).toContain(help);
    // Where there is no room for whole sentences, their first clauses.
    const small = text({ ...helped, size: { columns: 60, rows: 18 } });
    expect(small).toMatch(/enter +Start a preset, make a figure +│/);
    expect(small).toMatch(/space +Mark the run for comparison +│/);
    expect(press(helped, 'q').effects).toEqual([]);
    expect(press(helped, 'ctrl+z').effects).toEqual([{ type: 'suspend' }]);
    expect(press(helped, 'ctrl+c').effects).toEqual(press(homeAt(), 'ctrl+c').effects);
  },
  clear: () => expect(press(homeAt(), '/', 'b', 'enter', 'esc').model.search).toBe(''),
  quit: () => expect(press(homeAt(), 'q').effects).toEqual([{ type: 'choose', choice: { type: 'quit' } }]),
  suspend: () => expect(press(homeAt(), 'ctrl+z').effects).toEqual([{ type: 'suspend' }]),
};

describe('keys', () => {
  it('each has a journey', () => expect(Object.keys(journeys).sort()).toEqual(homeKeys.map(({ id }) => id).sort()));
  it.each(Object.entries(journeys))('%s', (_, journey) => journey());

  it('none but those of the table does anything', () => {
    const known = new Set(homeKeys.flatMap(({ keys }) => keys));
    const others = [...Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)), 'left', 'right', 'backspace'];
    for (const key of others.filter((name) => !known.has(name))) {
      expect(press(homeAt(), key)).toEqual({ model: homeAt(), effects: [] });
    }
  });
});

it('keeps the cursor on its run and drops marks of removed ones when the list changes', () => {
  const model = press(homeAt(), 'space', 'j', 'space').model;
  const runs = [run('newest'), ...data.runs.slice(1)];
  const after = updateHome(model, { type: 'refreshed', data: { ...data, runs }, now }).model;
  expect(after.at.runs).toBe(1);
  expect(after.marked).toEqual(['/runs/second']);
});

it('shows forks under their parents, and leaves room between steps and age', () => {
  const runs = [run('parent'), run('child', { depth: 1, started: now - 1_860_000 }), run('grandchild', { depth: 2 })];
  const drawn = text(homeAt(120, 40, { ...data, runs }));
  expect(drawn).toMatch(/ {4}✓ parent .*\n.* {4}└ ✓ child .* 1 500 {2,}31 min ago.*\n.* {6}└ ✓ grandchild /);
});

it('tells a paused run from one that trains', () => {
  const runs = [run('waits', { live: true, paused: true, step: 500 }), run('goes', { live: true, step: 500 })];
  const drawn = text(homeAt(120, 40, { ...data, runs }));
  expect(drawn).toMatch(/▸ +‖ waits/);
  expect(drawn).toMatch(/● goes/);
  expect(drawn).toContain('‖ paused, step 500 of 1 500');
});

describe('on a small screen', () => {
  it('heads the columns of runs that are there, at every width', () => {
    const curve = Array.from({ length: 20 }, (_, step) => ({ step, value: 1 / (step + 1) }));
    const headline = { label: 'train', title: 'Training loss', value: '0.0512', curve };
    for (const length of [5, 20, 40]) {
      const runs = [run('r'.repeat(length), { headline }), run('second', { headline })];
      for (let columns = 60; columns <= 220; columns += 3) {
        const rows = rowsOf(homeAt(columns, 40, { ...data, runs }));
        const heading = rows.find((row) => /^╭.* runs /.test(row))!;
        const first = rows.find((row) => row.includes('second'))!;
        expect(heading.includes('started'), `${columns}: ${heading}`).toBe(first.includes(' ago'));
        expect(heading.includes('curve')).toBe(/[▁▂▃▄▅▆▇]{6}/.test(first));
        expect(heading.includes('last value')).toBe(first.includes('0.0512'));
      }
    }
  });

  it('shows of a preset a run that was made as it is, else says that another is not', () => {
    const curve = [1, 2, 3].map((step) => ({ step, value: 1 / step }));
    const headline = { label: 'train', title: 'Training loss', value: '0.3', curve };
    const [other, same] = ['heads 64', 'heads 8'].map((value, i) =>
      run(`run-${i}`, { headline, facts: [{ label: 'model', value }] }),
    );
    const presets = [{ ...data.presets[0]!, facts: [{ label: 'model', value: 'heads 8' }] }];
    const shown = (...runs: HomeData['runs']) =>
      text(press(homeAt(200, 60, { presets, recipes: [], runs }), ...runs.map(() => 'j')).model);
    expect(shown(other!, same!)).toContain('Training loss, run-1 ');
    expect(shown(other!)).toContain('Training loss, run-0, of other settings');
  });

  it.each([['runs'], ['presets'], ['recipes']])('hints at what leads on and out among %s', (list) => {
    const model = press(homeAt(80, 24), ...{ runs: ['j'], presets: ['shift+tab'], recipes: ['tab'] }[list]!).model;
    expect(model.list).toBe(list);
    expect(text(model).split('\n').at(-1)).toMatch(/^ enter \w+ .* tab (runs|presets|recipes) .*\? help +q quit *$/);
  });

  it('explains every key in full', () => {
    const drawn = text(press(homeAt(80, 24), '?').model);
    for (const { help } of homeKeys) expect(drawn).toContain(help);
    expect(drawn).toContain('incline --help lists them.');
  });
});

it.each([80, 120])('shows names that runs get by themselves in full at %i columns', (columns) => {
  const name = 'garg-linear-20261125-101502';
  const runs = [run(name, { step: 25_000, steps: 25_000, started: now - 1_860_000 }), run('other')];
  expect(text(homeAt(columns, 24, { ...data, runs }))).toMatch(new RegExp(`${name} +25 000 +31 min ago`));
});

it('says how far a run that is done would go on', () => {
  expect(text(press(homeAt(), 'j').model)).toContain('R resume to step 3 000');
  const stopped = run('stopped', { step: 700, snapshots: [{ file: 'step-00000700.safetensors', step: 700 }] });
  expect(text(homeAt(120, 40, { ...data, runs: [stopped, ...data.runs] }))).not.toContain('resume to');
});

it('says of each run what it is judged by, how that fell, and how far it is', () => {
  const curve = Array.from({ length: 40 }, (_, i) => ({ step: 10 * i, value: 10 ** (-i / 10) }));
  const headline = { title: 'In-domain loss', label: 'in-domain', value: '0.0126', curve };
  const runs = [run('falls', { headline, live: true, step: 610, steps: 2000 }), run('bare')];
  const wide = text(homeAt(120, 40, { ...data, runs }));
  expect(wide).toMatch(/falls +▇▆▆▅.*▂▁▁ +in-domain +0\.0126 +610 \/ 2 000 +2 h ago/);
  // The details draw it; of a preset, how its last run went.
  expect(wide).toContain('In-domain loss, falls');
  const preset = press(homeAt(120, 40, { ...data, runs }), 'shift+tab').model;
  expect(text(preset)).toContain('In-domain loss, falls');
  // Where there is no room for all, how far it is stays longest, then the value.
  const narrow = text(
    homeAt(60, 18, {
      ...data,
      runs: [run('a-name-of-thirty-two-characters-', { ...runs[0]!, name: 'a-name-of-thirty-two-characters-' })],
    }),
  );
  expect(narrow).toMatch(/characters- .*610 \/ 2 000/);
});

it('lists presets under their groups with the time that they take, and says how many more there are', () => {
  const presets = Array.from({ length: 30 }, (_, i) => ({
    ...data.presets[0]!,
    name: `preset-${i}`,
    group: i < 2 ? 'start here' : 'A paper 2024',
    time: i === 1 ? 'GPU' : '20 s',
  }));
  const drawn = text(press(homeAt(80, 24, { ...data, presets }), 'shift+tab').model);
  expect(drawn).toMatch(/start here ─* *│\n│ ▸ preset-0 .* 20 s +│\n│ {3}preset-1 .* GPU +│\n│ A paper 2024 ─/);
  expect(drawn).toMatch(/\d+ more ↓/);
});

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
] as const)('recipes at %i × %i', (columns, rows) => {
  it('say how their claims stand, or how long they take', () => {
    const drawn = text(press(homeAt(columns, rows), 'tab').model);
    expect(drawn).toMatch(/▸ figure-1 .* 2 ✓/);
    expect(drawn).toMatch(/ figure-2 .* 1m 00s/);
    if (rows > 24) expect(drawn).toMatch(/The loss falls\..*\n.* confirmed/);
    expect(drawn).toContain(rows > 24 ? 'npx incline reproduce figure-1 --quick' : 'What figure-1 shows');
  });
});
