import { resolve } from 'node:path';
import { requirePlace } from '../../core/place.ts';
import type { Compared } from '../../runs/compare/compared.ts';
import { loadCompared } from '../../runs/compare/load.ts';
import { compareCsv, compareJson } from '../../runs/compare/report.ts';
import { loadGroups, namesSweep } from '../../sweep/compared_groups.ts';
import type { Flags } from '../options/table.ts';
import { note, print, printCsv, printJson } from '../output/output.ts';
import { writePictures } from '../output/pictures.ts';
import { directoryOf } from '../preferences/directory.ts';
import { hasFullScreen, screenPreferences } from '../screen/full_screen.ts';
import { shareCompared } from '../screen/postcards.ts';
import { compareText } from './text.ts';

type CompareFlags = Flags<'dir' | 'group' | 'json' | 'csv' | 'svg' | 'png'> & { readonly runs: readonly string[] };

/** Puts runs, or groups of them, side by side: on the screen, or as text, JSON, CSV or pictures where that is asked for. */
export async function compare({ runs: words, dir, group, json, csv, svg, png }: CompareFlags): Promise<void> {
  for (const picture of [svg, png]) if (picture !== undefined) await requirePlace(resolve(picture));
  const runs = await loaded(words, group, directoryOf(dir));
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
  if (!hasFullScreen()) return print(...compareText(runs));
  const { showCompare } = await import('../../ui/compare/show_compare.ts');
  await showCompare(runs, screenPreferences(), shareCompared(words, group));
}

function loaded(words: readonly string[], paths: readonly string[], directory: string): Promise<Compared[]> {
  const isGrouped = paths.length > 0 || words.some((word) => namesSweep(word, directory));
  return isGrouped ? loadGroups(words, paths, directory, (message) => note(message)) : loadCompared(words, directory);
}
