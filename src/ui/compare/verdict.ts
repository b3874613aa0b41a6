import { significant } from '../../core/format.ts';
import { markerOf } from '../../plot/curves.ts';
import { type Line, lineWidth, span } from '../../plot/text.ts';
import { decidingRow, isSure, metricOf, metricRows, timesText } from '../../runs/compare/compared.ts';
import { type CompareModel, runToken } from './model.ts';

/**
 * Which run is the best by the curve in view, or by another metric where all are as good by that, and how many times its value
 * the others have: the names of the others, then the metric, are left out where there is no room; or that the best and the
 * next differ by no more than chance makes of it. Undefined where none is better than all others.
 */
export function verdictOf({ runs, curves, curve }: CompareModel, width: number): Line | undefined {
  const row = decidingRow(metricRows(runs), curves[curve]);
  const value = row?.values[row.best];
  if (!row || !value) return undefined;
  const metric = ` by ${metricOf(runs, row.name)?.short ?? row.name}`;
  if (!isSure(row)) {
    const apart =
      row.lead === null ? '' : ` (${significant(row.lead.sigma, 2)}σ, needs ${significant(row.lead.needed, 2)})`;
    return [span(' no best beyond noise', { bold: true }), span(`${metric}${apart}`, { fg: 'hint' })];
  }
  const sign = (run: number, named: boolean) =>
    span(`${markerOf(runToken(run)).unicode}${named ? ` ${runs[run]!.name}` : ''}`, { fg: runToken(run), bold: true });
  const others = runs.map((_, run) => run).filter((run) => run !== row.best && row.ratios[run] !== null);
  const form = (said: string, named: boolean): Line => [
    span(' ✓ best ', { bold: true }),
    sign(row.best, true),
    span(` ${significant(value.mean)}`, { fg: 'value', bold: true }),
    span(said, { fg: 'hint' }),
    ...others.flatMap(
      (run): Line => [span(' · ', { fg: 'hint' }), sign(run, named), span(` ${timesText(row.ratios[run]!)}`)],
    ),
  ];
  const forms = [form(metric, true), form(metric, false), form('', false)];
  return forms.find((line) => lineWidth(line) < width) ?? forms.at(-1);
}
