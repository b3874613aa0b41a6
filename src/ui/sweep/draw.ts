import { duration, significant, thousands } from '../../core/format.ts';
import { blankLine, fitLine, type Line, lineWidth, span, textWidth } from '../../plot/text.ts';
import { secondsFrom, secondsLeft, shareDone, spreadOver } from '../../sweep/overview.ts';
import { drawBetweenBars } from '../screen/bars.ts';
import { failedBody, type Guard, unguarded } from '../screen/faults.ts';
import { clauses, hintLine } from '../screen/hints.ts';
import { refusalOf } from '../screen/key_binding.ts';
import type { Size } from '../screen/size.ts';
import type { Row } from '../terminal/cells.ts';
import { valueAxisOf } from './axis.ts';
import { bestOf } from './best.ts';
import { drawDetails, drawDetailsAndEffect } from './details.ts';
import { drawEffect } from './effect.ts';
import { gridOf, type Window, windowOf } from './grid.ts';
import { sweepKeys } from './keys.ts';
import { layoutOf } from './layout.ts';
import { nameOf, type SweepModel, selected, selectedCell } from './model.ts';
import { progressBar, shownStates, stateCounts } from './states.ts';
import { drawTile, isBrief } from './tile.ts';

/** The rows of the screen of a sweep, from the top. */
export function drawSweep(model: SweepModel, guard: Guard = unguarded): Row[] {
  return drawBetweenBars(model, guard, { head: topLine, body, status: statusLine, hints, bindings: sweepKeys });
}

function body(model: SweepModel, size: Size, guard: Guard): Line[] {
  const { tiles, details, isBeside } = layoutOf(model, size);
  const instead = (room: Size) => (message: string) =>
    Array.from({ length: room.rows }, (_, row) => fitLine(failedBody(message, room.columns)[row] ?? [], room.columns));
  const whole = { ...tiles, rows: tiles.rows + 1 };
  const left = guard('the tiles', () => drawTiles(model, tiles), instead(whole));
  if (!details) return left;
  const grid = gridOf(model, tiles);
  const isShown = !isBeside || grid.places.length < grid.rows * grid.columns;
  const drawAbout = isShown ? drawDetails : drawDetailsAndEffect;
  const about = guard('the details', () => drawAbout(model, details), instead(details));
  return isBeside ? left.map((line, row) => [...line, ...about[row]!]) : [...left, ...about];
}

/** A line that says what all tiles show, and those in view. */
function drawTiles(model: SweepModel, size: Size): Line[] {
  const grid = gridOf(model, size);
  const window = windowOf(grid, size);
  const { firstRow, firstColumn, heights, widths } = window;
  const lines = heights.flatMap((rows, down) => {
    const tiles = widths.map((columns, across) => {
      const place = (firstRow + down) * grid.columns + firstColumn + across;
      const one = grid.places[place];
      if (one) return drawTile(model, one, { columns, rows }, place === grid.cursor);
      const isAfterLast = place === grid.places.length;
      const effect = isAfterLast ? drawEffect(model, { columns, rows }) : undefined;
      return effect ?? Array.from({ length: rows }, () => blankLine(columns));
    });
    return Array.from({ length: rows }, (_, row) => tiles.flatMap((tile) => tile[row]!));
  });
  const view = inView(grid, window);
  return [caption(model, size.columns, view, isBrief(model, widths[0] ?? size.columns)), ...lines];
}

/** Which part of the grid is in view, where that is not all. */
function inView(grid: { rows: number; columns: number }, { firstRow, firstColumn, heights, widths }: Window): string {
  const part = (what: string, first: number, seen: number, all: number): string[] =>
    seen < all ? [`${what} ${first + 1}–${first + seen} of ${all}`] : [];
  return [
    ...part('rows', firstRow, heights.length, grid.rows),
    ...part('columns', firstColumn, widths.length, grid.columns),
  ].join(' · ');
}

function caption(model: SweepModel, columns: number, view: string, brief: boolean): Line {
  const { data, matrix, metric, metrics, ranked } = model;
  const right = view === '' ? [] : [span(` ${view} `, { fg: 'hint' })];
  const room = columns - lineWidth(right);
  if (metric === undefined) {
    const text = data.unread > 0 ? ` reading ${thousands(data.unread)} runs …` : ' nothing is measured yet';
    return [...fitLine([span(text, { fg: 'hint' })], room), ...right];
  }
  const [axis, best] = [valueAxisOf(model), bestOf(model)];
  const better = { lower: 'lower is better', higher: 'higher is better', none: '' };
  const info = data.metrics?.info(metric);
  const range = axis && `${significant(axis.from, 1)} to ${significant(axis.to, 1)}`;
  const varied = Object.keys(matrix.combinations[0]?.settings ?? {}).map((path) => path.split('.').at(-1)!);
  const facts = [
    ...(brief && varied.length > 1 ? [varied.join(' × ')] : []),
    ...(data.unread > 0 ? [`${thousands(data.unread)} runs yet to be read`] : []),
    ...(ranked ? ['best first'] : []),
    ...(axis ? [`${axis.scale === 'log' ? 'log y' : 'y'} ${range}`] : []),
    ...(matrix.combinations.some((one) => spreadOver(one, metric).apart) ? ['~ at different steps'] : []),
    `steps 0 to ${thousands(data.sweep.steps)}`,
    ...(metrics.length > 1 ? [`metric ${metrics.indexOf(metric) + 1} of ${metrics.length}`] : []),
    better[info?.better ?? 'none'],
    best ? `best ${nameOf(best)}` : '',
    'mean ± sd over seeds',
  ].filter((fact) => fact !== '');
  const [title, short] = [info?.title ?? metric, info?.short ?? metric];
  const all = ['', ...facts].join(' · ');
  const name = textWidth(title) + textWidth(all) < room ? title : short;
  const said = facts.reduce((text, fact) => {
    const longer = `${text} · ${fact}`;
    return textWidth(name) + textWidth(longer) + 2 <= room ? longer : text;
  }, '');
  return [...fitLine([span(` ${name}`, { bold: true }), span(said, { fg: 'hint' })], room), ...right];
}

/** Name, progress over all runs, how many are in each state, and the time left; in words and with a bar as far as they fit. */
function topLine({ data, size, look }: SweepModel): Line {
  const { sweep, cells, isGoing } = data;
  const share = shareDone(cells, sweep.steps);
  const left = isGoing ? secondsLeft(data, cells) : null;
  const isDone = cells.every(({ state }) => state === 'done');
  const isOver = isDone || cells.every(({ state }) => state === 'done' || state === 'failed');
  const state = isGoing ? '' : isOver ? (isDone ? '  finished' : '  over') : '  not going';
  const end = span(`${left === null ? state : `  ${duration(left)} left`} `, { bold: true });
  const right = (barWidth: number, words: boolean): Line => [
    ...(barWidth > 0 ? [...progressBar(share, barWidth), span(' ')] : []),
    span(`${Math.floor(100 * share)} %  `),
    span(words ? `${thousands(cells.length)} runs: ` : '', { fg: 'hint' }),
    ...stateCounts(cells, look, words),
    end,
  ];
  const name = [span(' incline ', { fg: 'focus', bold: true, inverse: true }), span(` ${sweep.name} `, { bold: true })];
  const forms = [
    ...(isDone ? [] : [right(20, true), right(8, true)]),
    ...(isDone ? [right(0, true)] : []),
    right(12, false),
    right(6, false),
    right(0, false),
  ];
  const form = forms.find((one) => lineWidth(name) + lineWidth(one) + 1 <= size.columns) ?? forms.at(-1)!;
  return [...fitLine(name, size.columns - lineWidth(form) - 1), span(' '), ...form];
}

function statusLine(model: SweepModel): Line {
  const { question, typing, notice, tone, data } = model;
  if (question) return [span(' ? ', { fg: 'intervention', bold: true }), span(question.text, { bold: true })];
  if (typing !== undefined) {
    return [
      span(' total steps of every run ', { fg: 'hint' }),
      span(`${typing.text}_`, typing.offered ? { fg: 'hint' } : { bold: true }),
      span(`   now ${thousands(data.sweep.steps)} · enter extends · esc leaves it`, { fg: 'hint' }),
    ];
  }
  if (notice !== '') return [span(' · ', { fg: tone === 'alert' ? 'alert' : 'hint' }), span(notice)];
  if (data.trouble !== undefined) return [span(' ! ', { fg: 'alert' }), span(`not as of now: ${data.trouble}`)];
  return here(model);
}

/** The run under the cursor, in one line. */
function here(model: SweepModel): Line {
  const combination = selected(model);
  const cell = selectedCell(model);
  if (!combination || !cell) return [];
  const { sign, word, style } = shownStates[cell.state];
  const { steps } = model.data.sweep;
  const facts = [
    `step ${thousands(cell.step)} of ${thousands(steps)}`,
    ...(cell.stepsPerSecond === null
      ? []
      : [
          `${significant(cell.stepsPerSecond)} steps/s`,
          `${duration(secondsFrom(model.data.sweep, cell.step, cell.stepsPerSecond))} left`,
        ]),
    ...(cell.reason === undefined ? [] : [cell.reason]),
  ];
  const line = [span(` ${nameOf(combination)} · seed ${cell.seed} `), span(`${sign} ${word} `, style)];
  const more = clauses(facts.join(' · '), model.size.columns - lineWidth(line));
  return [...line, span(more, { fg: 'hint' })];
}

function hints(model: SweepModel): Line {
  if (model.help || model.question || model.typing !== undefined) return blankLine(1);
  // What is not for these runs would take the room of what is.
  const able = sweepKeys.filter((binding) => refusalOf(binding, model) === undefined);
  return [span(' '), ...hintLine(model, able, model.size.columns - 2)];
}
