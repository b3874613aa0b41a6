import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { textWidth } from '../../src/plot/text.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import { Composer } from '../../src/ui/frame/composer.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { keyTo, modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { ablation, activations, measured, pruned } from './fake_source.ts';

const screens = [
  { columns: 60, rows: 18 },
  { columns: 80, rows: 24 },
  { columns: 120, rows: 40 },
  { columns: 200, rows: 60 },
  { columns: 250, rows: 80 },
  { columns: 81, rows: 50 },
];
const plain = (row: string) => stripVTControlCharacters(row);
const frame = (model: Model) => rowsOn(model).map(plain);
/** Where everything that should stand still is: borders, axis, titles, units. */
const fixed = (rows: readonly string[]) =>
  rows.map((row) =>
    [...row]
      .map((symbol) => (/[╭╮╰╯│└┤]/.test(symbol) ? symbol : ' '))
      .join('')
      .trimEnd(),
  );

describe.each(screens)('at $columns × $rows', ({ columns, rows }) => {
  const situations: [string, Model][] = [
    ['before the first event', modelAt(0, { columns, rows })],
    ['in the middle', modelAt(500, { columns, rows })],
    ['with 64 heads', modelAt(500, { columns, rows, sizes: { heads: 64, tokens: 30, queries: 200 } })],
    ['with four layers', modelAt(500, { columns, rows, sizes: { layers: 4, heads: 8, tokens: 12, queries: 12 } })],
    ['with a help text', press(modelAt(500, { columns, rows }), '?').model],
    ['with a menu', press(modelAt(500, { columns, rows }), 'q').model],
    ['with a command line', press(modelAt(500, { columns, rows }), ':', 'l').model],
    ['with patterns only', modelAt(500, { columns, rows, plain: true })],
    [
      'with many tokens',
      press(modelAt(500, { columns, rows, sizes: { tokens: 30, queries: 200 } }), keyTo('weights'), keyTo('prompt'))
        .model,
    ],
    ...([keyTo('mixing'), keyTo('weights'), keyTo('prompt'), keyTo('run')] as const).map((key): [string, Model] => [
      `with panel ${key} opened, then alone`,
      press(modelAt(500, { columns, rows, sizes: { prompts: 16 } }), key, 'enter').model,
    ]),
    [
      'with many neurons, some pruned',
      press(
        modelAt(500, {
          columns,
          rows,
          sizes: { layers: 2, heads: 3, neurons: 300 },
          more: [ablation(490, { heads: 3, neurons: 300 }), pruned(['-L0H1', '-L1N4-250'], 'clamp')],
        }),
        keyTo('pruning'),
      ).model,
    ],
    ['with one panel', press(modelAt(500, { columns, rows }), 'tab', 'tab', 'enter').model],
  ];

  it.each(situations)('fills the screen, %s', (_, model) => {
    const drawn = frame(model);
    expect(drawn).toHaveLength(rows);
    for (const row of drawn) expect(textWidth(row)).toBe(columns);
  });

  it('moves nothing while steps advance', () => {
    for (const [before, after] of [
      [510, 520],
      [990, 1000],
    ] as const) {
      expect(fixed(frame(modelAt(after, { columns, rows })))).toEqual(fixed(frame(modelAt(before, { columns, rows }))));
    }
    const at = (step: number, word: string) => frame(modelAt(step, { columns, rows }))[0]!.indexOf(word);
    for (const word of ['/ 2 000', 's left']) expect(at(1000, word)).toBe(at(100, word));
  });

  it('sends no colour or style where none is wanted, and only ASCII where no more can be shown', () => {
    const bare = rowsOn(modelAt(500, { columns, rows, environment: { ...utf8, NO_COLOR: '1' } }));
    expect(bare.join('')).not.toContain('\x1b');
    const ascii = frame(modelAt(500, { columns, rows, environment: { TERM: 'xterm', LANG: 'C' } }));
    expect(ascii.join('')).toMatch(/^[\x20-\x7e]*$/);
    for (const row of ascii) expect(row).toHaveLength(columns);
  });
});

describe('the screen', () => {
  it('says what it shows', () => {
    const text = frame(modelAt(500)).join('\n');
    for (const part of [
      'yang-quick-20261103-141502',
      '6 heads',
      'seed 3',
      '● training',
      '500 / 2 000',
      '103 steps/s',
    ]) {
      expect(text).toContain(part);
    }
    for (const part of [
      'train',
      'in-domain',
      'out-of-domain',
      'L*',
      'query ↓ attends to key →',
      '┌ given 0–7  ┏ query 8–31',
      'entropy',
      'received',
    ]) {
      expect(text).toContain(part);
    }
  });

  it('names the panels it has no room for and the key that brings them', () => {
    const small = modelAt(500, { columns: 80, rows: 24 });
    // What training costs stays in sight.
    expect(frame(small).join('\n')).toMatch(/ 3–8 open other panels +lr +[\d.]+ +[\d.]+ steps\/s/);
    const wide = press(modelAt(500, { columns: 120, rows: 40 }), '7', '7', '8', '8').model;
    expect(frame(wide).join('\n')).toMatch(/ 7 mixing · 8 weights/);
    expect(frame(press(small, '3').model).join('\n')).toContain('▸ 3 L0H0');
    expect(frame(press(small, keyTo('run')).model).join('\n')).toContain(`▸ ${keyTo('run')} run`);
    // tab goes through what is on the screen, and where that is one panel, through all.
    expect(frame(press(small, 'tab', 'tab').model).join('\n')).toContain('▸ 1 loss');
    const split = modelAt(500, { columns: 60, rows: 18 });
    expect(frame(split).join('\n')).toMatch(/▸ 1 loss[\s\S]* 2–8 (open )?other panels/);
    const tabs = ['2 heads', '3 L0H0', '4 prompt', '5 run', '6 pruning', '7 mixing', '8 head weights', '1 loss'];
    for (const [at, title] of tabs.entries()) {
      const pressed = press(split, ...tabs.slice(0, at + 1).map(() => 'tab')).model;
      expect(frame(pressed).join('\n')).toContain(`▸ ${title}`);
    }
  });

  it('says so when it is too small, without overflowing', () => {
    for (const size of [
      { columns: 59, rows: 40 },
      { columns: 120, rows: 17 },
      { columns: 20, rows: 4 },
      { columns: 1, rows: 1 },
    ]) {
      const drawn = frame(update(modelAt(500), { type: 'resized', size }).model);
      expect(drawn.length).toBeLessThanOrEqual(Math.max(0, size.rows - 1));
      for (const row of drawn) expect(textWidth(row)).toBeLessThanOrEqual(size.columns);
    }
    const words = frame(modelAt(500, { columns: 59, rows: 24 })).join(' ');
    expect(words).toContain('60 × 18');
    const little = update(modelAt(500), { type: 'resized', size: { columns: 20, rows: 5 } }).model;
    expect(frame(little).map((row) => row.trim())).toContain('60×18 needed');
  });

  it('tells every state by a sign and a word', () => {
    const summary = { step: 500, seconds: 1, metrics: {} };
    const finished = modelAt(500, { more: [{ type: 'run_finished', step: 500, reason: 'completed', summary }] });
    expect(frame(finished).join('\n')).toMatch(/✓ finished in 1.0 s · .*\n.*q leave/);
    const wide = modelAt(500, {
      columns: 200,
      more: [{ type: 'run_finished', step: 500, reason: 'completed', summary }],
    });
    expect(frame(wide).at(-2)).toMatch(
      /^ ✓ finished in 1.0 s · loss [\d.]+, 17\.4 × its floor L\* [\d.]+ · in-domain 0\.328 ± 0\.0033/,
    );
    // At every size how it ended and what came of it, and what can be done next.
    for (const [columns, rows] of [
      [60, 18],
      [80, 24],
      [100, 30],
      [120, 40],
      [200, 60],
      [250, 80],
    ] as const) {
      const saved = { type: 'snapshot_saved', step: 500, file: 'step-00000500.safetensors', why: 'end' } as const;
      const more = [saved, { type: 'run_finished', step: 500, reason: 'completed', summary } as const];
      const drawn = frame(modelAt(500, { columns, rows, more }));
      expect(drawn.at(-2)).toMatch(/^ ✓ finished in 1.0 s · loss .*17\.4 ×.* L\*/);
      expect(drawn.at(-1)).toMatch(columns < 80 ? /q leave/ : /b fork .*q leave/);
      expect(drawn.at(-1)).not.toMatch(/pause|slower/);
    }
    const failed = modelAt(500, { more: [{ type: 'run_failed', step: 500, message: 'the loss is not finite' }] });
    expect(frame(failed).join('\n')).toMatch(/✕ failed[\s\S]*the loss is not finite; press q to leave/);
    const status = { step: 500, state: 'paused', stepsPerSecond: 0, until: 2000, pace: 0 } as const;
    expect(frame(update(modelAt(500), { type: 'status', status }).model)[0]).toContain('‖ paused');
  });

  it.each([
    ['stopped', '■ stopped'],
    ['budget', '◆ time budget spent'],
    ['diverged', '✕ diverged'],
  ])('tells an end by %s from a finished run', (reason, words) => {
    const summary = { step: 500, seconds: 1, metrics: {} };
    const rows = frame(modelAt(500, { more: [{ type: 'run_finished', step: 500, reason, summary }] }));
    expect(rows[0]).toContain(words);
    expect(rows.at(-2)).toMatch(new RegExp(`^ .${words.slice(1)} in 1.0 s · loss `));
    expect(rows.at(-1)).toContain('q leave');
  });

  it('has neither cursor nor focus as a picture to keep', () => {
    const model = press(modelAt(500, { columns: 120, rows: 40, environment: { ...utf8, NO_COLOR: '1' } }), '3').model;
    const [live, kept] = [model, { ...model, look: { ...model.look, still: true } }].map((one) =>
      frame(one).join('\n'),
    );
    for (const mark of [/╭▸ 3 /, /\[\]|✕/, /1–8 panels/]) {
      expect(live).toMatch(mark);
      expect(kept).not.toMatch(mark);
    }
    expect(kept).toContain('▸H0');
  });

  it('shows the step that a diverged run went back to, and its alert until it goes on', () => {
    const diverged = [
      { type: 'metrics', step: 510, values: { train_loss: null } },
      { type: 'snapshot_saved', step: 507, file: 'step-507.safetensors', why: 'last_finite' },
      { type: 'alert', step: 507, kind: 'diverged', message: 'the loss is not finite' },
      { type: 'paused', step: 507 },
    ] as const;
    const status = { step: 507, state: 'paused', stepsPerSecond: 0, until: 2000, pace: 0 } as const;
    const rowsAfter = (...more: readonly EventBody[]) =>
      frame(update(modelAt(500, { more: [...diverged, ...more] }), { type: 'status', status }).model);
    expect(rowsAfter()[0]).toMatch(/step +507 /);
    expect(modelAt(500, { more: diverged }).run.step).toBe(507);
    expect(rowsAfter().at(-2)).toContain('✕ the loss is not finite');
    expect(rowsAfter(...measured(520)).at(-2)).toContain('✕ the loss is not finite');
    expect(rowsAfter({ type: 'resumed', step: 507 }).at(-2)).not.toContain('the loss is not finite');
  });

  it('shows a notice until the next evaluation', () => {
    const notice = { type: 'alert', step: 500, kind: 'notice', message: 'the schedule begins anew' } as const;
    const status = (...more: readonly EventBody[]) => frame(modelAt(500, { more: [notice, ...more] })).at(-2);
    expect(status()).toContain('the schedule begins anew');
    expect(status(...measured(500))).toContain('the schedule begins anew');
    expect(status(...measured(510))).not.toContain('the schedule begins anew');
  });

  it('hints at the way back once the curves are zoomed in', () => {
    for (const size of [
      { columns: 80, rows: 24 },
      { columns: 120, rows: 40 },
    ]) {
      const hints = (model: Model) => frame(model).find((row) => /\+ zoom/.test(row)) ?? '';
      expect(hints(modelAt(500, size))).not.toContain('- out');
      expect(hints(press(modelAt(500, size), '+').model)).toMatch(/\+ zoom · - out · 0 all/);
    }
  });

  it('lists what can be typed, with the value in force and when another one takes effect', () => {
    const lines = frame(press(modelAt(500), ':', 'l').model);
    expect(lines.join('\n')).toMatch(/:lr VALUE +0\.0100 +learning rate, the peak of its schedule, from the next step/);
    expect(lines.join('\n')).not.toContain(':batch');
    expect(frame(press(modelAt(500, { columns: 60, rows: 18 }), ':').model).join('\n')).toMatch(/\d more: type on/);
  });

  it.each([
    ['?', 80],
    [':', 80],
    ['q', 80],
    ['?', 200],
    [':', 200],
    ['q', 200],
  ])('lets all panels stand back behind what %s opens, at %i columns', (key, columns) => {
    const { model } = press(modelAt(500, { columns, rows: columns === 80 ? 24 : 60 }), key);
    const rows = new Composer().compose(model).map((row) => row.flat());
    const texts = rows.map((row) => row.map(({ text }) => text).join(''));
    const box = texts.flatMap((text, y) => (/▸ (help|commands|leave the screen) ─/.test(text) ? [y] : []))[0]!;
    const left = texts[box]!.indexOf('╭▸');
    const right = texts[box]!.indexOf('─╮', left) + 2;
    const foot = texts.findIndex((text, y) => y > box && text[left] === '╰');
    for (let y = box; y <= foot; y++) {
      const beside = [texts[y]!.slice(0, left), texts[y]!.slice(right)];
      // Where there is little room nothing stands there, elsewhere a blank parts the two.
      if (columns === 80) expect(beside.join('').trim()).toBe('');
      else expect([beside[0]!.at(-1), beside[1]![0]]).toEqual([' ', ' ']);
    }
    // Around the box no frame is brighter than the others, and no word.
    for (const row of [...rows.slice(1, box), ...rows.slice(foot + 1, -2)]) {
      for (const { text, style } of row) {
        if (text.trim() === '') continue;
        expect(style?.dim === true || style?.fg === 'border').toBe(true);
        expect(style?.bold ?? false).toBe(false);
      }
    }
  });

  it('lets what is of now stand back while the pictures are of an earlier step', () => {
    const file = 'step-00000400.safetensors';
    const saved = modelAt(500, { more: [{ type: 'snapshot_saved', step: 400, file, why: 'key' }] });
    const asked = press(saved, ',').model;
    const peek = update(asked, { type: 'recalled', file, frame: activations(400) }).model;
    const loss = (model: Model) =>
      new Composer().compose(model).find((row) => row.flat().some(({ text }) => /^loss( · now)?$/.test(text)))!;
    const isWeak = (model: Model) =>
      loss(model)[0]!.every(({ text, style }) => text.trim() === '' || style?.fg === 'border');
    expect([saved, peek].map(isWeak)).toEqual([false, true]);
    // With nothing of the step in view, nothing stands back: the badge says what is looked at.
    const alone = { ...peek, view: { ...peek.view, zoomed: 'curves' } };
    expect(isWeak(alone)).toBe(false);
    expect(rowsOn(alone)[0]).toContain('LOOKING AT 400');
    // Where there is room for one panel it is one with pictures of the step, and the badge is whole.
    const narrow = { columns: 60, rows: 18 };
    const small = update(peek, { type: 'resized', size: narrow }).model;
    expect(rowsOn(small)[0]).toContain('◂ LOOKING AT 400 ');
    expect(rowsOn(small)[1]).toContain('heads · step 400');
    // Each says of which step it is; the board tells of the run as it is, which keys act on.
    const shown = rowsOn(peek).join('\n');
    for (const title of ['heads · step 400', 'L0H0 · step 400', 'pruning · now']) expect(shown).toContain(title);
    // What the step has pictures of is as bright as ever.
    const heads = new Composer().compose(peek).flatMap((row) => row.flat());
    expect(heads.some(({ style }) => typeof style?.bg === 'number' && !style.dim)).toBe(true);
  });

  it('tells what the screen costs only where the line is why pictures come seldom', () => {
    const model = modelAt(500);
    const look = { ...model.look, bytesPerSecond: 20_000 };
    const at = (share: number) =>
      frame({ ...model, look, meter: { framesPerSecond: 3, bytesPerSecond: share * look.bytesPerSecond } }).at(-2);
    expect(at(0.1)).not.toContain('fps');
    expect(at(0.9)).toMatch(/3 fps .*kB\/s/);
  });

  it('names the command that returns to a run in full', () => {
    const menu = press(modelAt(500, { columns: 80, rows: 24 }), 'q').model;
    expect(frame(menu).join('\n')).toContain('the run goes on; npx incline attach returns to it');
  });

  it('draws only the panels whose numbers have changed again', () => {
    const composer = new Composer();
    const first = composer.compose(modelAt(500));
    const model = modelAt(500);
    const again = composer.compose(model);
    expect(again).toEqual(first);
    const started = performance.now();
    for (let repeat = 0; repeat < 20; repeat++) composer.compose(model);
    const unchanged = performance.now() - started;
    const fresh = performance.now();
    for (let repeat = 0; repeat < 20; repeat++) new Composer().compose(model);
    expect(unchanged).toBeLessThan((performance.now() - fresh) / 2);
  });
});
