import type { ReadStream, WriteStream } from 'node:tty';
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../src/ui/layout/opening.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { withView } from '../../src/ui/state/model.ts';
import { type MouseReport, MouseReports } from '../../src/ui/terminal/mouse_reports.ts';
import { Session } from '../../src/ui/terminal/session.ts';
import { modelAt, press, rowsOn, utf8 } from './fake_model.ts';

const rowsOf = (model: Model) => rowsOn(model).map(stripVTControlCharacters);
const point = (model: Model, x: number, y: number, button: MouseReport['button'] = 'press') =>
  update(model, { type: 'mouse', button, x, y }).model;
const panelAt = (model: Model, id: string) => layoutOf(model).panels.find(({ panel }) => panel.id === id)!.at;

/** Where the first match of a pattern begins in the rows of a panel. */
function seen(model: Model, id: string, pattern: RegExp): { x: number; y: number } {
  const at = panelAt(model, id);
  const rows = rowsOf(model).map((row) => row.slice(at.x, at.x + at.columns));
  const y = rows.findIndex((row, index) => index >= at.y && index < at.y + at.rows && pattern.test(row));
  if (y === -1) throw new Error(`${pattern} is not in the panel:\n${rows.join('\n')}`);
  return { x: at.x + rows[y]!.search(pattern), y };
}

describe('reports of the terminal', () => {
  const read = (...inputs: readonly string[]) => {
    const reports = new MouseReports();
    return inputs.map((input) => reports.read(input));
  };

  it('are presses and turns of the wheel, on cells counted from 0, whatever else is held', () => {
    expect(read('[<0;1;1M', '[<64;120;40M', '[<65;300;7M', '[<16;2;3M')).toEqual([
      { report: { button: 'press', x: 0, y: 0 }, rest: '' },
      { report: { button: 'wheel_up', x: 119, y: 39 }, rest: '' },
      { report: { button: 'wheel_down', x: 299, y: 6 }, rest: '' },
      { report: { button: 'press', x: 1, y: 2 }, rest: '' },
    ]);
  });

  it('say nothing of releases, other buttons and sideways wheels, and leave no keys behind', () => {
    for (const input of ['[<0;1;1m', '[<1;1;1M', '[<2;1;1M', '[<66;1;1M', '[<32;1;1M']) {
      expect(read(input)).toEqual([{ report: undefined, rest: '' }]);
    }
  });

  it('are put together from pieces, wherever they are cut, and give back the keys that follow', () => {
    const whole = '[<0;12;34M';
    for (let cut = 2; cut < whole.length; cut++) {
      expect(read(whole.slice(0, cut), `${whole.slice(cut)}xM`)).toEqual([
        { report: undefined, rest: '' },
        { report: { button: 'press', x: 11, y: 33 }, rest: 'xM' },
      ]);
    }
  });

  it('are not made of keys; half a report that nothing follows is forgotten', () => {
    expect(read('q', '[', '<', 'M', '[<0;1', 'q', '0;1M').map(({ report, rest }) => report ?? rest)).toEqual([
      'q',
      '[',
      '<',
      'M',
      '',
      'q',
      '0;1M',
    ]);
  });
});

describe('a press', () => {
  it('focuses the panel that it meets, its border included, and takes the notice away as a key does', () => {
    const model = press(modelAt(500), '-').model;
    expect(model.notice.text).not.toBe('');
    for (const { panel, at } of layoutOf(model).panels) {
      for (const [x, y] of [
        [at.x, at.y],
        [at.x + at.columns - 1, at.y + at.rows - 1],
      ] as const) {
        const pressed = point(model, x, y);
        expect([pressed.view.focus, pressed.notice.text]).toEqual([panel.id, '']);
      }
    }
  });

  it('does nothing on the bars, under an overlay, and on a screen that is too small', () => {
    const model = modelAt(500);
    for (const y of [0, 38, 39]) expect(point(model, 100, y)).toBe(model);
    const heads = panelAt(model, 'heads');
    for (const key of ['?', ':', 'q']) {
      const covered = press(model, key).model;
      expect(point(covered, heads.x + 2, heads.y + 1)).toBe(covered);
    }
    const small = modelAt(500, { columns: 59, rows: 20 });
    expect(point(small, 5, 5)).toBe(small);
  });

  it('selects the head whose label or picture it meets, from edge to edge, in one layer and in several', () => {
    for (const model of [modelAt(500), modelAt(500, { sizes: { layers: 2, heads: 4 } })]) {
      const { layers, heads } = model.run.model!;
      const panel = panelAt(model, 'heads');
      const labels = rowsOf(model).flatMap((row, y) =>
        [...row.matchAll(/[ ▸]H\d/g)].map(({ index }) => ({ x: index, y })),
      );
      const inside = labels.filter(({ x, y }) => x > panel.x && y > panel.y && y < panel.y + panel.rows);
      expect(inside).toHaveLength(layers * heads);
      const pitch = inside[1]!.x - inside[0]!.x;
      for (const [head, { x, y }] of inside.entries()) {
        for (const [right, down] of [
          [0, 0],
          [pitch - 2, 0],
          [0, 1],
          [pitch - 2, 2],
        ] as const) {
          expect(point(model, x + right, y + down).view).toMatchObject({ focus: 'heads', head });
        }
      }
    }
  });

  it('selects among heads that have scrolled, and none beside them', () => {
    const model = withView(modelAt(500, { columns: 80, rows: 24, sizes: { layers: 6, heads: 16 } }), {
      focus: 'heads',
      head: 90,
    });
    const { x, y } = seen(model, 'heads', /▸H10/);
    expect(point(model, x + 1, y).view.head).toBe(90);
    const before = seen(model, 'heads', /H9(?=.*▸H10)/);
    expect(point(model, before.x, before.y).view.head).toBe(89);
    const at = panelAt(model, 'heads');
    expect(point(model, at.x + 1, y).view).toMatchObject({ focus: 'heads', head: 90 });
    expect(point(model, x, at.y + at.rows - 2).view.head).toBe(90);
  });

  it('puts the cursor on the entry that it meets in the enlarged pattern', () => {
    for (const sizes of [
      { queries: 8, tokens: 8 },
      { queries: 3, tokens: 9 },
      { queries: 10, tokens: 4 },
    ]) {
      const model = withView(modelAt(500, { columns: 200, rows: 60, sizes }), { focus: 'heads' });
      const [far, mid] = [
        { row: sizes.queries - 1, column: sizes.tokens - 1 },
        { row: 1, column: 2 },
      ];
      for (const cell of [far, mid]) {
        const there = withView(model, { cell });
        const bracket = seen(there, 'head', /\[ *\]/);
        const pressed = point(withView(model, { cell: { row: 0, column: 0 } }), bracket.x + 1, bracket.y);
        expect(pressed.view).toMatchObject({ focus: 'head', cell });
      }
    }
  });

  it('puts the cursor on the first of the entries that share a cell, and nowhere beside the picture', () => {
    const model = modelAt(500, { environment: { ...utf8, NO_COLOR: '1' }, sizes: { queries: 200, tokens: 30 } });
    const cross = seen(withView(model, { cell: { row: 120, column: 3 } }), 'head', /✕/);
    const pressed = point(model, cross.x, cross.y);
    expect(pressed.view.cell.column).toBe(3);
    expect(Math.abs(pressed.view.cell.row - 120)).toBeLessThan(30);
    expect(seen(pressed, 'head', /✕/)).toEqual(cross);
    const at = panelAt(model, 'head');
    const { cell } = model.view;
    expect(point(model, at.x + 2, cross.y).view).toMatchObject({ focus: 'head', cell });
    expect(point(model, cross.x, at.y + 1).view).toMatchObject({ focus: 'head', cell });
  });

  it('only focuses before there is a picture', () => {
    const { probe: _, ...rest } = modelAt(500);
    const model: Model = { ...rest, probe: undefined };
    for (const id of ['heads', 'head']) {
      const at = panelAt(model, id);
      const { head, cell } = model.view;
      expect(point(model, at.x + 10, at.y + 4).view).toMatchObject({ focus: id, head, cell });
    }
  });
});

describe('the wheel', () => {
  it('zooms the curves as + and - do and leaves the focus where it is', () => {
    const model = withView(modelAt(500), { focus: 'heads' });
    const { x, y } = panelAt(model, 'curves');
    const closer = point(model, x + 5, y + 5, 'wheel_up');
    expect(closer.view).toMatchObject({ focus: 'heads', zoom: { level: 1 } });
    const keyed = press(withView(model, { focus: 'curves' }), '+', '+').model;
    const twice = point(closer, x + 5, y + 5, 'wheel_up');
    expect(twice.view.zoom).toEqual(keyed.view.zoom);
    expect(point(twice, x + 5, y + 5, 'wheel_down').view.zoom).toEqual(press(keyed, '-').model.view.zoom);
    expect(point(model, x + 5, y + 5, 'wheel_down').notice.text).toContain('all steps are in view');
  });

  it('does nothing elsewhere', () => {
    const model = modelAt(500);
    for (const { panel, at } of layoutOf(model).panels) {
      if (panel.id !== 'curves') expect(point(model, at.x + 2, at.y + 2, 'wheel_up')).toBe(model);
    }
    const { x, y } = panelAt(model, 'curves');
    const covered = press(model, '?').model;
    expect(point(covered, x + 5, y + 5, 'wheel_up')).toBe(covered);
  });
});

describe('the terminal', () => {
  const on = '\x1b[?1000h\x1b[?1006h';
  const off = '\x1b[?1006l\x1b[?1000l';
  function session(mouse: boolean) {
    const written: string[] = [];
    const stream = {
      on: () => {},
      off: () => {},
      writable: true,
      errored: null,
      write: (text: string) => written.push(text),
    };
    const ignore = () => {};
    const events = { onHangup: ignore, onTerminate: ignore, onSuspend: ignore, onResume: ignore, onResize: ignore };
    const stdin = stream as unknown as ReadStream;
    return { written, session: new Session(stdin, stream as unknown as WriteStream, events, mouse) };
  }

  it('reports the mouse until it is left, or the program crashes', () => {
    const left = session(true);
    left.session.enter();
    left.session.leave();
    expect(left.written).toEqual([
      `\x1b[?1049h\x1b[?25l\x1b[?2004h${on}`,
      `${off}\x1b[?2004l\x1b[0m\x1b[?2026l\x1b[?25h\x1b[?1049l`,
    ]);
    const crashed = session(true);
    crashed.session.enter();
    // What Node calls at the end of a program that an error has ended.
    (process.listeners('exit').at(-1) as () => void)();
    expect(crashed.written).toEqual(left.written);
    crashed.session.leave();
  });

  it('is not sent a byte more when the mouse is not wanted', () => {
    const { written, session: plain } = session(false);
    plain.enter();
    plain.leave();
    expect(written).toEqual(['\x1b[?1049h\x1b[?25l\x1b[?2004h', '\x1b[?2004l\x1b[0m\x1b[?2026l\x1b[?25h\x1b[?1049l']);
  });
});
