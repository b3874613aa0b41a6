import { fitNumber, significant } from '../../core/format.ts';
import {
  type Compared,
  differences,
  isSure,
  type MetricRow,
  metricOf,
  metricRows,
  timesText,
  type Value,
} from '../../runs/compare/compared.ts';

type Row = readonly [name: string, cells: readonly string[]];

/** What runs come to side by side, as a table. */
export function compareText(runs: readonly Compared[]): string[] {
  const isOver = runs.some(({ over }) => over);
  const judged = metricRows(runs);
  const metrics = judged.map(({ name, values, best, ratios }): Row => {
    const cells = values.map((one, i) => {
      const ratio = !isOver ? '' : `  ${(ratios[i] ? timesText(ratios[i]) : '').padEnd(ratioWidth)}`;
      return `${valueText(one)}${ratio} ${i === best ? '✓' : ' '}`;
    });
    return [metricOf(runs, name)?.title ?? name, cells];
  });
  const settings = differences(runs).map(({ path, values }): Row => {
    return [path, values.map((one) => (one === undefined ? '–  ' : `${String(one)}  `))];
  });
  const rows: readonly Row[] = [
    [
      isOver ? 'at the end: mean ± sd over runs, × the best (✓)' : 'at the end (✓ best)',
      runs.map(({ name }) => `${name}  `),
    ],
    ...(isOver ? [['runs', runs.map(({ over }) => `${over?.runs.length ?? 1}  `)] as Row] : []),
    ['step', runs.map(({ state }) => `${state.step}  `)],
    ...metrics,
    ['', []],
    [settings.length > 0 ? 'settings that differ' : 'no setting differs', []],
    ...settings,
  ];
  const title = Math.max(...rows.map(([name]) => name.length));
  const widths = runs.map((_, i) => 2 + Math.max(12, ...rows.map(([, cells]) => cells[i]?.length ?? 0)));
  const lines = rows.map(
    ([name, cells]) => name.padEnd(title) + cells.map((cell, i) => cell.padStart(widths[i]!)).join(''),
  );
  return [...lines.map((line) => line.trimEnd()), ...withinNoise(runs, judged)];
}

/** Of which metrics the best is no surer than chance. */
function withinNoise(runs: readonly Compared[], rows: readonly MetricRow[]): string[] {
  const unsure = rows.filter((row) => row.best >= 0 && !isSure(row));
  if (unsure.length === 0) return [];
  const names = unsure.map(({ name }) => metricOf(runs, name)?.title ?? name);
  return ['', `✓ within noise of another: ${names.join('; ')}`];
}

const ratioWidth = 5;

function valueText(value: Value | undefined): string {
  const { mean = null, sd } = value ?? {};
  return sd === undefined || sd === null ? fitNumber(mean, 10) : `${significant(mean)} ± ${significant(sd, 2)}`;
}
