import { resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { requirePlace } from '../../core/place.ts';
import { locate } from '../../store/library.ts';
import { variedPaths } from '../../sweep/cells.ts';
import { curvesFigure } from '../../sweep/figures/curves.ts';
import { heatmapFigure } from '../../sweep/figures/heatmap.ts';
import { valuesFigure } from '../../sweep/figures/values.ts';
import { groupsOf, spreadOf } from '../../sweep/groups.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import { type CellResult, resultRows, resultsCsv, resultsOf } from '../../sweep/results.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { writePictures } from '../output/pictures.ts';
import { directoryOf } from '../preferences/directory.ts';
import { lookedAt } from './on_slurm.ts';
import { metricFor, resultsLatex, resultsMarkdown, resultsText, tableOf } from './tables.ts';

export type ResultsFlags = Flags<
  'dir' | 'metric' | 'value' | 'rows' | 'columns' | 'csv' | 'json' | 'markdown' | 'latex' | 'svg' | 'png' | 'figure'
> & { readonly name: string };

/** Prints what a sweep has come to: a table over seeds, or its rows, or a figure. */
export async function sweepResults(flags: ResultsFlags): Promise<void> {
  const { folder } = locate(flags.name, directoryOf(flags.dir));
  const sweep = await lookedAt(folder);
  for (const picture of [flags.svg, flags.png]) if (picture !== undefined) await requirePlace(resolve(picture));
  const results = await resultsOf(sweep, folder, (message) => note(message));
  const { metric, json, csv, markdown, latex, svg, png, rows, columns, value: which } = flags;
  if (svg !== undefined || png !== undefined) await writePictures(figureOf(sweep, results, flags), svg, png);
  const kept = resultRows(sweep, results).filter((row) => metric === undefined || row['metric'] === metric);
  if (metric !== undefined) metricFor(results, metric);
  if (json) return printJson({ v: 1, sweep: sweep.name, rows: kept });
  if (csv) return printCsv(resultsCsv(sweep, kept));
  const options = { metric, which, rows, columns };
  if (markdown) return print(...resultsMarkdown(tableOf(sweep, results, options)));
  if (latex) return print(...resultsLatex(tableOf(sweep, results, options)));
  if (svg !== undefined || png !== undefined) return;
  print(...resultsText(sweep, results, options));
  const open = sweep.cells.filter(({ state }) => state !== 'done');
  if (open.length > 0)
    print('', ...open.map(({ run, state, reason }) => `${state.padEnd(8)} ${run}${reason ? `: ${reason}` : ''}`));
}

function figureOf(sweep: SweepRecord, results: readonly CellResult[], flags: ResultsFlags): string {
  const { name, title } = metricFor(results, flags.metric);
  const { figure = 'curves', value: which } = flags;
  const groups = groupsOf(sweep, results);
  const measured = which === 'best' ? `Best ${title}` : `${title} at the end`;
  if (figure === 'curves') return curvesFigure(groups, name, title);
  const paths = variedPaths(sweep);
  const spread = (group: (typeof groups)[number]) => spreadOf(group, name, which);
  if (figure === 'values') {
    const along = paths.find(
      (path) => path === flags.rows || groups.every(({ settings }) => typeof settings[path] === 'number'),
    );
    if (along === undefined)
      throw new UserError({ where: '--figure values', what: 'no setting with numbers varies', fix: 'take curves' });
    return valuesFigure(groups, spread, { along, title: measured });
  }
  const [rows, columns] = [
    flags.rows ?? paths[0],
    flags.columns ?? paths.filter((path) => path !== (flags.rows ?? paths[0]))[0],
  ];
  if (rows === undefined || columns === undefined) {
    throw new UserError({
      where: '--figure heatmap',
      what: 'it needs two settings that vary',
      fix: 'take curves or values',
    });
  }
  return heatmapFigure(groups, spread, { rows, columns, title: measured });
}
