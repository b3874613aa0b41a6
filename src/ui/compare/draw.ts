import { thousands } from '../../core/format.ts';
import { toAnsi } from '../../plot/ansi.ts';
import { markerOf } from '../../plot/curves.ts';
import { drawPanel } from '../../plot/panel.ts';
import type { Line } from '../../plot/text.ts';
import { blankLine, fitLine, fitText, span, toAscii, toPlain } from '../../plot/text.ts';
import { hintLine } from '../frame/hint_line.ts';
import { smallest } from '../frame/layout.ts';
import { drawCompareCurves } from './curves.ts';
import { drawCompareHeads } from './heads.ts';
import { compareKeys } from './keys.ts';
import { type CompareModel, runToken } from './model.ts';
import { drawMetrics, drawSettings } from './tables.ts';

/** Columns from which tables stand beside the curves instead of below them. */
const sideBySide = 110;

/** Rows that the heads of a run take at most. */
const mostHeadRows = 9;

/** What a part of the screen shows, without its border. */
export interface ComparePicture {
  readonly title: string;
  readonly detail?: string;
  readonly body: readonly Line[];
}

type Draw = (model: CompareModel, size: { readonly columns: number; readonly rows: number }) => ComparePicture;

/** The screen of several runs: one row of the terminal each, always one fewer than the terminal has. */
export function drawCompare(model: CompareModel): string[] {
  const { columns, rows } = model.size;
  if (columns < smallest.columns || rows < smallest.rows) {
    return [text(model, [span(`${smallest.columns} × ${smallest.rows} needed; q leaves`)])];
  }
  const height = rows - 4;
  const body = model.help ? helpPanel(model, columns, height) : panelsOf(model, columns, height);
  return [topLine(model), ...body, statusLine(model), hints(model)].map((line) => text(model, fitLine(line, columns)));
}

function panelsOf(model: CompareModel, columns: number, height: number): Line[] {
  if (columns < sideBySide) {
    const above = Math.ceil(height / 2);
    const below = { heads: drawCompareHeads, metrics: drawMetrics, settings: drawSettings }[model.below];
    return [...panel(model, drawCompareCurves, columns, above), ...panel(model, below, columns, height - above)];
  }
  // A label and a few rows of entries for each run make heads readable, more where there is room; curves get the rest.
  const heads = Math.min(Math.ceil(height / 2), 3 + mostHeadRows * model.runs.length);
  const above = height - heads;
  const left = Math.round(columns * 0.5);
  const settings = Math.min(Math.floor(above / 2), settingsRows(model) + 2);
  const tables = [
    ...panel(model, drawMetrics, columns - left, above - settings),
    ...panel(model, drawSettings, columns - left, settings),
  ];
  const curves = panel(model, drawCompareCurves, left, above);
  return [...curves.map((line, row) => [...line, ...tables[row]!]), ...panel(model, drawCompareHeads, columns, heads)];
}

function settingsRows(model: CompareModel): number {
  return Math.max(3, drawSettings(model, { columns: 200, rows: 100 }).body.length);
}

function panel(model: CompareModel, draw: Draw, width: number, height: number): Line[] {
  const picture = draw(model, { columns: width - 2, rows: height - 2 });
  return drawPanel({ width, height, glyphs: model.look.glyphs, ...picture });
}

/** Names of the runs in their colours, with the sign that their curves carry. */
function topLine({ runs, size }: CompareModel): Line {
  const room = Math.max(6, Math.floor((size.columns - 10) / runs.length) - 4);
  return [
    span(' incline ', { fg: 'focus', bold: true, inverse: true }),
    ...runs.flatMap(({ name, state }, i) => {
      const step = ` ${thousands(state.step)}`;
      const label = fitText(name, Math.min(name.length, room - step.length)).trimEnd();
      return [
        span(`  ${markerOf(runToken(i)).unicode} ${label}`, { fg: runToken(i), bold: true }),
        span(step, { fg: 'hint' }),
      ];
    }),
  ];
}

function statusLine({ notice, runs }: CompareModel): Line {
  if (notice !== '') return [span(' · ', { fg: 'hint' }), span(notice)];
  const tasks = [...new Set(runs.map(({ state }) => `${state.config.task.name} · ${state.config.model.name}`))];
  return [span(` ${tasks.join('  |  ')}`, { fg: 'hint' })];
}

function hints({ size }: CompareModel): Line {
  const keys = compareKeys.filter(({ small }) => !small || size.columns < sideBySide);
  const hint = ({ shown, label }: (typeof keys)[number]) => [
    span(shown, { bold: true }),
    span(` ${label}`, { fg: 'hint' }),
  ];
  return [span(' '), ...hintLine(keys, hint, size.columns - 2, '  ')];
}

function helpPanel({ look }: CompareModel, width: number, height: number): Line[] {
  const keys = compareKeys.map(
    ({ shown, help }): Line => [span(`   ${fitText(shown, 9)}`, { bold: true }), span(help)],
  );
  const body = [blankLine(1), ...keys];
  return drawPanel({
    width,
    height,
    title: 'help',
    footer: 'any key closes',
    focused: true,
    glyphs: look.glyphs,
    body,
  });
}

function text({ look: { depth, theme, glyphs } }: CompareModel, line: Line): string {
  const symbols = glyphs === 'ascii' ? toAscii([line]) : [line];
  return depth === 'none' ? toPlain(symbols) : toAnsi(symbols, { depth, theme });
}
