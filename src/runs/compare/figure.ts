import { significant, thousands } from '../../core/format.ts';
import type { Matrix } from '../../plot/heatmap.ts';
import { sharedScale } from '../../plot/shared_scale.ts';
import { runTokens, themes } from '../../plot/style.ts';
import { svgChart, svgDocument, svgHeatmap, svgMarker, svgText } from '../../plot/svg.ts';
import { type Compared, curveNames, differences, metricOf, metricRows, perMille, pruningSeries } from './compared.ts';
import { headTable } from './head_table.ts';
import { headPatterns, patternOf } from './heads.ts';

const width = 1200;
const edge = 24;
const inner = width - 2 * edge;
const faint = '#6a6f78';
const best = '#007a57';

/** A part of the figure and the pixels it is high. */
interface Part {
  readonly pieces: readonly string[];
  readonly height: number;
}

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

function colourOf(run: number): string {
  return `#${themes.light.tokens[runTokens[run % runTokens.length]!]![0].toString(16).padStart(6, '0')}`;
}

function legend(runs: readonly Compared[], y: number): Part {
  const each = Math.floor(inner / runs.length);
  const pieces = runs.flatMap(({ name, state }, i) => {
    const x = edge + i * each;
    const { task, model } = state.config;
    return [
      svgMarker(x + 6, y + 8, i, colourOf(i)),
      svgText(x + 18, y + 13, name, { size: 14, bold: true, fill: colourOf(i) }),
      svgText(x + 18, y + 30, `${task.name} · ${model.name} · step ${thousands(state.step)}`, {
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
      return curve ? [{ view: curve.view(), colour: colourOf(run), sign: run }] : [];
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

/** Most columns of heads; more would be too small to see. */
const mostColumns = 16;

function heads(runs: readonly Compared[], y: number): Part {
  const patterns = runs.map(({ frame }) => headPatterns(frame));
  const table = headTable(patterns);
  if (!table) return { pieces: [], height: 0 };
  const columns = Math.min(mostColumns, table.columns);
  const each = Math.min(150, Math.floor((inner - 110) / columns));
  const pictures = runs.map((_, run) =>
    Array.from({ length: columns }, (_, column): Matrix | undefined => {
      const placed = table.rows[run]?.[column];
      return placed && patternOf(patterns[run]!, placed.head, 0);
    }),
  );
  const max = sharedScale(pictures.flat().filter((one) => one !== undefined));
  const size = each - 8;
  const pieces = [
    svgText(edge, y + 14, 'Attention patterns, one scale', { bold: true }),
    svgText(width - edge, y + 14, explain(runs, table, columns), { size: 11, anchor: 'end', fill: faint }),
  ];
  runs.forEach((run, i) => {
    const top = y + 28 + i * (size + 26);
    pieces.push(svgMarker(edge + 6, top + 24, i, colourOf(i)));
    pieces.push(svgText(edge + 18, top + 28, shortened(run.name), { size: 11, fill: colourOf(i) }));
    pictures[i]!.forEach((picture, column) => {
      if (!picture) return;
      const { head, similarity } = table.rows[i]![column]!;
      const perLayer = patterns[i]!.heads;
      const alike = similarity === undefined ? '' : ` · ${similarity.toFixed(2)}`;
      const label = `L${Math.floor(head / perLayer)}H${head % perLayer}${alike}`;
      const x = edge + 110 + column * each;
      pieces.push(svgText(x, top + 12, label, { size: 10, fill: faint }));
      pieces.push(svgHeatmap({ x, y: top + 16, width: size, height: size }, picture, { min: 0, max, map: 'viridis' }));
    });
  });
  const bottom = y + 28 + runs.length * (size + 26) + 6;
  const ramp: Matrix = { rows: 1, columns: 64, data: Float32Array.from({ length: 64 }, (_, i) => i / 63) };
  pieces.push(svgText(edge + 110, bottom + 10, '0', { size: 11, fill: faint }));
  pieces.push(
    svgHeatmap({ x: edge + 124, y: bottom, width: 160, height: 12 }, ramp, { min: 0, max: 1, map: 'viridis' }),
  );
  pieces.push(svgText(edge + 290, bottom + 10, significant(max), { size: 11, fill: faint }));
  return { pieces, height: bottom - y + 36 };
}

function explain(runs: readonly Compared[], table: NonNullable<ReturnType<typeof headTable>>, columns: number): string {
  const all = table.columns > columns ? `${columns} of ${table.columns} heads · ` : '';
  const how = table.matched.every(Boolean)
    ? `matched with the heads of ${runs[table.reference]!.name}; numbers: 1 − total variation`
    : 'patterns of unlike sizes stand in their own order';
  return `${all}${how}`;
}

function metrics(runs: readonly Compared[], y: number): Part {
  const rows = metricRows(runs).map(({ name, values, best: winner }) => ({
    name: metricOf(runs, name)?.title ?? name,
    cells: values.map((value) => (value ? withError(value.mean, value.stderr) : '–')),
    winner,
  }));
  return table(runs, y, 'At the end (bold: best)', rows);
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

function shortened(name: string): string {
  return name.length > 13 ? `${name.slice(0, 12)}…` : name;
}
