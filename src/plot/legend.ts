import { fitNumber, thousands } from '../core/format.ts';
import type { SeriesView } from '../core/series.ts';
import { markerOf } from './curves.ts';
import { levelSample } from './levels.ts';
import type { Reading } from './reading.ts';
import type { Token } from './style.ts';
import { tellApart } from './tell_apart.ts';
import { fitLine, fitText, type Line, lineWidth, repeated, span, textWidth } from './text.ts';

interface LegendSeries {
  readonly label: string;
  readonly role: Token;
  readonly view: SeriesView;
  /** As it is, where `view` is smoothed. */
  readonly raw?: SeriesView;
  readonly probed?: SeriesView | undefined;
  readonly better?: 'lower' | 'higher';
  /** What the curve is at the cursor, and smoothed, where it is smoothed. */
  readonly reading?: { readonly raw: Reading | undefined; readonly smoothed?: number };
}

interface LegendLevel {
  readonly label: string;
  readonly value: number;
  readonly role?: Token;
  readonly text?: string;
}

const valueWidth = 7;
/** Of values that are said in words, as `1 − 4.31e-10`. */
const textValueWidth = 12;
const between = 3;

/** Most rows that the curves of a legend may take, with the best values and without them, and its levels beyond those. */
interface LegendRoom {
  readonly full: number;
  readonly short: number;
  readonly levels: number;
  /** Whether values are left out before names are cut. */
  readonly namesFirst?: boolean;
}

/**
 * The current and, where there is room, the best value of every curve, then the levels, in rows of `width` cells; with a
 * cursor the value there, with the least and the largest of its cell and the smoothed one.
 * Every number keeps its place: widths depend on labels and on the end of the axis only.
 * @param last the end of the axis
 */
export function drawLegend(
  {
    series,
    lines = [],
    width,
  }: { readonly series: readonly LegendSeries[]; readonly lines?: readonly LegendLevel[]; readonly width: number },
  room: LegendRoom,
  last: number,
  placeText: PlaceText = thousands,
): readonly Line[] {
  // Best values make way for levels that have no row of their own.
  const full = lines.length > 0 && room.levels === 0 ? 0 : room.full;
  const rows = withLevels(
    curveRows(series, width, { ...room, full }, placeText, placeText(last).length),
    lines,
    width,
    room.levels,
  );
  return rows.map((row) => fitLine(row, width));
}

/** Adds the levels behind the last curve, else in a row of their own; their labels are given up last. */
function withLevels(rows: readonly Line[], levels: readonly LegendLevel[], width: number, ownRows: number): Line[] {
  if (levels.length === 0) return [...rows];
  const gap = span(repeated(' ', between));
  const entries = (labelled: boolean): Line =>
    levels.flatMap((one, index) => [...(index === 0 ? [] : [gap]), ...level(one, index, labelled)]);
  const [named, bare] = [entries(true), entries(false)] as const;
  const joined = (added: Line): Line => (rows.length === 0 ? added : [...rows.at(-1)!, gap, ...added]);
  const fits = (line: Line) => lineWidth(line) <= width;
  const shared = [joined(named), ...(ownRows === 0 ? [joined(bare)] : [])].find(fits);
  if (shared) return [...rows.slice(0, -1), shared];
  return ownRows === 0 ? [...rows] : [...rows, fits(named) ? named : bare];
}

/** A piece of its line as it is drawn, and what it stands for. */
function level({ label, value, role = 'theory', text }: LegendLevel, index: number, labelled: boolean): Line {
  const said = `${labelled ? `${label} ` : ''}${text?.padEnd(textValueWidth) ?? fitNumber(value, valueWidth)}`;
  return [span(` ${levelSample(index)} ${said}`, { fg: role })];
}

function curveRows(
  series: readonly LegendSeries[],
  width: number,
  room: LegendRoom,
  placeText: PlaceText,
  placeWidth: number,
): Line[] {
  const stepWidth = Math.max(5, placeWidth);
  const full: Entry = (one, labelWidth) => [
    ...current(one, labelWidth),
    ...(one.reading ? spread(one.reading) : best(one, stepWidth, placeText)),
  ];
  for (const [entry, mostRows] of [
    [full, room.full],
    [current, room.short],
    ...(room.namesFirst ? [[named, room.short] as const] : []),
  ] as const) {
    const oneRow = rowsOf(natural(series, entry), width);
    const rows = oneRow.length <= 1 ? oneRow : rowsOf(aligned(series, entry), width);
    if (rows.length <= mostRows) return rows;
  }
  return rowsOf(cramped(series, width, room), width);
}

/** How a place on the axis is written. */
type PlaceText = (place: number) => string;

type Entry = (one: LegendSeries, labelWidth: number) => Line;

function natural(series: readonly LegendSeries[], entry: Entry): Line[] {
  return series.map((one) => entry(one, textWidth(one.label)));
}

/** Entries whose labels and values line up when they stand below each other. */
function aligned(series: readonly LegendSeries[], entry: Entry): Line[] {
  const labelWidth = Math.max(...series.map(({ label }) => textWidth(label)));
  const entries = series.map((one) => entry(one, labelWidth));
  const entryWidth = Math.max(...entries.map(lineWidth));
  return entries.map((line) => fitLine(line, entryWidth));
}

/** Entries with labels cut so that none has to be left out. */
function cramped(series: readonly LegendSeries[], width: number, { short, namesFirst }: LegendRoom): Line[] {
  const entriesInRow = Math.ceil(series.length / short);
  const entryWidth = Math.floor((width - between * (entriesInRow - 1)) / entriesInRow);
  const isProbed = series.some(({ probed, reading }) => !reading && probedNow(probed) !== undefined);
  const values = 1 + valueWidth + (isProbed ? probedWidth : 0);
  const [entry, others] = namesFirst ? [named, markerWidth] : [current, markerWidth + values];
  const labelWidth = Math.max(1, entryWidth - others);
  const labels = tellApart(
    series.map(({ label }) => label),
    labelWidth,
  );
  return series.map((one, index) =>
    fitLine(entry({ ...one, label: labels[index]! }, labelWidth), Math.max(1, entryWidth)),
  );
}

/** What a curve is now without what a probe prunes; undefined where none does. */
export function probedNow(probed: SeriesView | undefined): number | undefined {
  const value = probed?.at(-1)?.value;
  return Number.isNaN(value) ? undefined : value;
}

/** Of the sign of a curve, with a space on either side. */
const markerWidth = 3;
/** Of what a curve is under a probe, with its sign. */
const probedWidth = 2 + valueWidth;

function named({ label, role }: LegendSeries, labelWidth: number): Line {
  return [
    span(` ${markerOf(role).unicode} `, { fg: role, bold: true }),
    span(fitText(label, labelWidth), { fg: role }),
  ];
}

function current(one: LegendSeries, labelWidth: number): Line {
  const { role, view, probed, reading } = one;
  const value = reading ? reading.raw?.value : view.last?.value;
  const { unicode, hollow = unicode } = markerOf(role);
  const probedValue = reading ? undefined : probedNow(probed);
  return [
    ...named(one, labelWidth),
    span(' '),
    span(fitNumber(value ?? null, valueWidth), { fg: reading ? 'focus' : 'value', bold: true }),
    ...(probedValue === undefined
      ? []
      : [span(` ${hollow}${fitNumber(probedValue, valueWidth)}`, { fg: 'pruned', bold: true })]),
  ];
}

/** Least to largest value in the cell of the cursor, where they differ, and the smoothed value there. */
function spread({ raw, smoothed }: NonNullable<LegendSeries['reading']>): Line {
  const [least, most] = [raw?.min, raw?.max].map((value) => fitNumber(value ?? null, valueWidth).trim());
  const range = least === most ? '' : `${least}–${most}`;
  const behind = smoothed === undefined ? '' : ` smooth ${fitNumber(smoothed, valueWidth)}`;
  return [span(` ${range.padEnd(2 * valueWidth + 1)}${behind}`, { fg: 'hint' })];
}

/** The best value and its step; of a smoothed curve, whose single points say little, the last as it is. */
function best({ view, raw, better }: LegendSeries, stepWidth: number, placeText: PlaceText): Line {
  if (raw) return [span(` raw  ${fitNumber(raw.last?.value ?? null, valueWidth)}`, { fg: 'hint' })];
  if (!better) return [];
  const found = view.best(better);
  const step = found ? `@${placeText(found.step)}` : '';
  return [span(` best ${fitNumber(found?.value ?? null, valueWidth)} ${step.padEnd(stepWidth + 1)}`, { fg: 'hint' })];
}

/** Entries one after the other, broken into rows where the width ends. */
function rowsOf(entries: readonly Line[], width: number): Line[] {
  const rows: Line[] = [];
  for (const entry of entries) {
    const row = rows.at(-1);
    if (row && lineWidth(row) + between + lineWidth(entry) <= width) {
      rows[rows.length - 1] = [...row, span(repeated(' ', between)), ...entry];
    } else rows.push(entry);
  }
  return rows;
}
