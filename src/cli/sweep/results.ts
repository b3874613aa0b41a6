import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { requirePlace } from '../../core/place.ts';
import { isSweep, sweepsIn } from '../../store/sweep_folder.ts';
import { variedPaths } from '../../sweep/cells.ts';
import { curvesFigure } from '../../sweep/figures/curves.ts';
import { heatmapFigure } from '../../sweep/figures/heatmap.ts';
import { valuesFigure } from '../../sweep/figures/values.ts';
import { groupsOf, spreadOf } from '../../sweep/groups.ts';
import type { SweepRecord } from '../../sweep/record.ts';
import { type CellResult, resultRows, resultsCsv, resultsOf } from '../../sweep/results.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { writePictures } from '../output/pictures.ts';
import { directoryOf } from '../preferences/directory.ts';
import { lookedAt } from './on_slurm.ts';
import {
  metricFor,
  pathNamed,
  resultsLatex,
  resultsMarkdown,
  resultsText,
  type TableOptions,
  tableOf,
} from './tables.ts';

export type ResultsFlags = Flags<
  'dir' | 'metric' | 'value' | 'rows' | 'columns' | 'csv' | 'json' | 'markdown' | 'latex' | 'svg' | 'png' | 'figure'
> & { readonly name: string };

/** Prints what a sweep has come to: a table over seeds, or its rows, or a figure. */
export async function sweepResults(flags: ResultsFlags): Promise<void> {
  const folder = sweepFolder(flags.name, directoryOf(flags.dir));
  const sweep = await lookedAt(folder);
  for (const picture of [flags.svg, flags.png]) if (picture !== undefined) await requirePlace(resolve(picture));
  const results = await resultsOf(sweep, folder, (message) => note(message));
  const { metric, json, csv, markdown, latex, svg, png, rows, columns, value: which } = flags;
  if (which === 'best' && (csv || json)) note('--value best: every row has the last and the best value');
  const options = { metric, which, rows, columns };
  if (svg !== undefined || png !== undefined) {
    await writePictures(figureOf(sweep, results, flags.figure, options), svg, png);
  }
  const kept = resultRows(sweep, results).filter((row) => metric === undefined || row['metric'] === metric);
  if (metric !== undefined) metricFor(results, options);
  if (json) return printJson({ v: 1, sweep: sweep.name, rows: kept });
  if (csv) return printCsv(resultsCsv(sweep, kept));
  if (markdown) return print(...resultsMarkdown(tableOf(sweep, results, options)));
  if (latex) return print(...resultsLatex(tableOf(sweep, results, options)));
  if (svg !== undefined || png !== undefined) return;
  print(...resultsText(sweep, results, options));
  const open = sweep.cells.filter(({ state }) => state !== 'done');
  if (open.length > 0)
    print('', ...open.map(({ run, state, reason }) => `${state.padEnd(8)} ${run}${reason ? `: ${reason}` : ''}`));
}

/** @throws UserError when a word does not name a sweep */
function sweepFolder(word: string, directory: string): string {
  const folder = [resolve(word), resolve(directory, word)].find(isSweep);
  if (folder !== undefined) return folder;
  const names = sweepsIn(directory).map((folder) => basename(folder));
  throw new UserError({
    where: word,
    what: existsSync(resolve(directory, word)) ? 'is no sweep' : 'there is no such sweep',
    expected:
      names.length > 0 ? `one of ${names.slice(0, 10).join(', ')}` : `a sweep in ${shown(directory)}, which has none`,
    fix: nearest(word, names) || undefined,
  });
}

function figureOf(
  sweep: SweepRecord,
  results: readonly CellResult[],
  figure: ResultsFlags['figure'] = 'curves',
  options: TableOptions,
): string {
  const { name, title } = metricFor(results, options);
  const { which = 'last' } = options;
  const groups = groupsOf(sweep, results);
  const measured = which === 'best' ? `Best ${title}` : `${title} at the end`;
  if (figure === 'curves') return curvesFigure(groups, name, title);
  const paths = variedPaths(sweep);
  const [down, across] = [pathNamed(options.rows, paths, '--rows'), pathNamed(options.columns, paths, '--columns')];
  const spread = (group: (typeof groups)[number]) => spreadOf(group, name, which);
  if (figure === 'values') {
    const isNumbers = (path: string): boolean => groups.every(({ settings }) => typeof settings[path] === 'number');
    const along = down ?? paths.find(isNumbers);
    if (along === undefined || !isNumbers(along)) {
      const what = along === undefined ? 'no setting with numbers varies' : `values of ${along} are not numbers`;
      throw new UserError({ where: '--figure values', what, fix: 'take curves' });
    }
    return valuesFigure(groups, spread, { along, title: measured });
  }
  const rows = down ?? paths.find((path) => path !== across);
  const free = paths.filter((path) => !(path in sweep.zip && rows !== undefined && rows in sweep.zip));
  const columns = across ?? free.find((path) => path !== rows);
  if (rows === undefined || columns === undefined || rows === columns) {
    const isSame = rows !== undefined && rows === columns;
    const what = isSame ? `${rows} is in the columns` : 'it needs two settings that vary by themselves';
    throw new UserError({ where: '--figure heatmap', what, fix: 'take curves or values' });
  }
  return heatmapFigure(groups, spread, { rows, columns, title: measured });
}
