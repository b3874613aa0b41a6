import { resolve } from 'node:path';
import { fitNumber } from '../../core/format.ts';
import { requirePlace } from '../../core/place.ts';
import { type Compared, differences, metricOf, metricRows } from '../../runs/compare/compared.ts';
import { loadCompared } from '../../runs/compare/load.ts';
import { compareCsv, compareJson } from '../../runs/compare/report.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { writePictures } from '../output/pictures.ts';
import { directoryOf } from '../preferences/directory.ts';
import { hasFullScreen, screenPreferences } from '../screen/full_screen.ts';
import { shareCompared } from '../screen/postcards.ts';

type CompareFlags = Flags<'dir' | 'json' | 'csv' | 'svg' | 'png'> & { readonly runs: readonly string[] };

/** Puts runs side by side: on the screen, or as text, JSON, CSV or pictures where that is asked for. */
export async function compare({ runs: words, dir, json, csv, svg, png }: CompareFlags): Promise<void> {
  for (const picture of [svg, png]) if (picture !== undefined) await requirePlace(resolve(picture));
  const runs = await loadCompared(words, directoryOf(dir));
  for (const { name, notices } of runs) {
    note(...notices.map((notice) => `${name}: ${notice}`));
  }
  if (svg !== undefined || png !== undefined) {
    const { compareFigure } = await import('../../runs/compare/figure.ts');
    await writePictures(compareFigure(runs), svg, png);
  }
  if (json) return printJson(compareJson(runs));
  if (csv) return printCsv(compareCsv(runs));
  if (svg !== undefined || png !== undefined) return;
  if (!hasFullScreen()) return print(...asTable(runs));
  const { showCompare } = await import('../../ui/compare/show_compare.ts');
  await showCompare(runs, screenPreferences(), shareCompared(words));
}

function asTable(runs: readonly Compared[]): string[] {
  const metrics = metricRows(runs).map(({ name, values, best }): Row => {
    const cells = values.map((one, i) => `${fitNumber(one?.mean ?? null, 10)} ${i === best ? '✓' : ' '}`);
    return [metricOf(runs, name)?.title ?? name, cells];
  });
  const settings = differences(runs).map(({ path, values }): Row => {
    return [path, values.map((one) => (one === undefined ? '–  ' : `${String(one)}  `))];
  });
  const rows: readonly Row[] = [
    ['at the end (✓ best)', runs.map(({ name }) => `${name}  `)],
    ['step', runs.map(({ state }) => `${state.step}  `)],
    ...metrics,
    ['', []],
    [settings.length > 0 ? 'settings that differ' : 'no setting differs', []],
    ...settings,
  ];
  const title = Math.max(...rows.map(([name]) => name.length));
  const widths = runs.map((_, i) => 2 + Math.max(12, ...rows.map(([, cells]) => cells[i]?.length ?? 0)));
  return rows
    .map(([name, cells]) => name.padEnd(title) + cells.map((cell, i) => cell.padStart(widths[i]!)).join(''))
    .map((line) => line.trimEnd());
}

type Row = readonly [name: string, cells: readonly string[]];
