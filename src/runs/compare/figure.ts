import { significant, thousands } from '../../core/format.ts';
import { faint, svgDocument, svgMarker, svgText } from '../../plot/svg.ts';
import { svgChart } from '../../plot/svg_chart.ts';
import {
  bandAlong,
  type Compared,
  curveNames,
  differences,
  isSure,
  membersText,
  metricOf,
  metricRows,
  perMille,
  pruningSeries,
  timesText,
} from './compared.ts';
import { heads } from './figure_heads.ts';
import { colourOf, edge, inner, type Part, width } from './figure_page.ts';

const best = '#007a57';

/** Curves, heads on one scale, metrics with the best marked, and differing settings of runs, as one SVG picture. */
export function compareFigure(runs: readonly Compared[]): string {
  const parts = [legend, charts, heads, metrics, settings];
  const pieces: string[] = [];
  let y = edge;
  for (const part of parts) {
    const { pieces: drawn, height } = part(runs, y);
    pieces.push(...drawn);
    y += height;
  }
  return svgDocument(width, y, pieces);
}

function legend(runs: readonly Compared[], y: number): Part {
  const each = Math.floor(inner / runs.length);
  const pieces = runs.flatMap(({ name, state, over }, i) => {
    const x = edge + i * each;
    const { task, model } = state.config;
    const what = over ? membersText(over) : `${task.name} · ${model.name}`;
    return [
      svgMarker(x + 6, y + 8, i, colourOf(i)),
      svgText(x + 18, y + 13, name, { size: 14, bold: true, fill: colourOf(i) }),
      svgText(x + 18, y + 30, `${what} · step ${thousands(state.step)}`, {
        size: 11,
        fill: faint,
      }),
    ];
  });
  return { pieces, height: 48 };
}

/** Two curves that tell most; where runs were pruned, the second is their error against the share pruned. */
function charts(runs: readonly Compared[], y: number): Part {
  const pruning = pruningSeries(runs);
  const names = curveNames(runs).slice(0, pruning.length > 0 ? 1 : 2);
  const each = Math.floor((inner - 24) / 2);
  const boxAt = (i: number) => ({ x: edge + i * (each + 24), y, width: each, height: 300 });
  const pieces = names.map((name, i) => {
    const series = runs.flatMap(({ state }, run) => {
      const curve = state.curves.get(name);
      const look = { colour: colourOf(run), sign: run, band: bandAlong(runs[run]!, name, 'step') };
      return curve ? [{ view: curve.view(), ...look }] : [];
    });
    return svgChart(boxAt(i), { title: metricOf(runs, name)?.title ?? name, series, x: { name: 'step' }, logY: true });
  });
  if (pruning.length > 0) {
    const series = pruning.map(({ run, series: curve }) => ({ view: curve.view(), colour: colourOf(run), sign: run }));
    const shares = [0, 100, 200, 300, 400, 500, 600, 700, 800, 900, 1000].map((value) => ({
      value,
      label: `${(100 * value) / perMille} %`,
    }));
    const last = Math.max(...series.map(({ view }) => view.at(-1)?.step ?? 0));
    const x = { name: 'pruned', ticks: shares.filter(({ value }) => value <= last) };
    pieces.push(svgChart(boxAt(1), { title: 'Error against the share pruned', series, x, logY: true }));
  }
  return { pieces, height: 324 };
}

function metrics(runs: readonly Compared[], y: number): Part {
  const rows = metricRows(runs).map((row) => ({
    name: metricOf(runs, row.name)?.title ?? row.name,
    cells: row.values.map((value, i) => {
      const ratio = runs[i]!.over && row.ratios[i] ? `  ${timesText(row.ratios[i]!)}` : '';
      return value ? `${withError(value.mean, value.sd ?? value.stderr)}${ratio}` : '–';
    }),
    winner: isSure(row) ? row.best : -1,
  }));
  const means = runs.some(({ over }) => over) ? ', mean ± sd over runs, × the best' : '';
  return table(runs, y, `At the end (bold: best beyond noise${means})`, rows);
}

function withError(mean: number | null, stderr: number | null): string {
  return stderr === null ? significant(mean) : `${significant(mean)} ± ${significant(stderr, 2)}`;
}

function settings(runs: readonly Compared[], y: number): Part {
  const rows = differences(runs).map(({ path, values }) => ({
    name: path,
    cells: values.map((value) => (value === undefined ? '–' : String(value))),
    winner: -1,
  }));
  return table(runs, y, rows.length > 0 ? 'Settings that differ' : 'No setting differs', rows);
}

interface Row {
  readonly name: string;
  readonly cells: readonly string[];
  readonly winner: number;
}

function table(runs: readonly Compared[], y: number, title: string, rows: readonly Row[]): Part {
  const first = 380;
  const each = Math.floor((inner - first) / runs.length);
  const right = (i: number): number => edge + first + (i + 1) * each;
  const pieces = [
    svgText(edge, y + 14, title, { bold: true }),
    ...runs.map((_, i) => svgMarker(right(i) - 5, y + 10, i, colourOf(i))),
    ...rows.flatMap(({ name, cells, winner }, row) => {
      const line = y + 36 + 18 * row;
      return [
        svgText(edge, line, name),
        ...cells.map((cell, i) =>
          svgText(right(i), line, cell, { anchor: 'end', bold: i === winner, ...(i === winner && { fill: best }) }),
        ),
      ];
    }),
  ];
  return { pieces, height: 36 + 18 * rows.length + 18 };
}
