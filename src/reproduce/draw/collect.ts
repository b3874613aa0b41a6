import { valueText } from '../../sweep/cells.ts';
import type { Curve, Source } from '../measure/source.ts';
import { evaluated } from '../measure/value.ts';
import {
  type Along,
  type Expression,
  type Leaf,
  placed,
  placesAlong,
  type Settings,
  withLeaves,
} from '../recipe/expression.ts';
import type { PanelSpec } from '../recipe/schema.ts';
import { seedsOf } from '../trial.ts';

/** A place along the x axis with what every seed has there. */
export interface Point {
  readonly x: number;
  readonly values: readonly (number | null)[];
}

/** What a line of a panel shows. */
export interface Line {
  readonly label: string;
  readonly seeds: readonly number[];
  readonly points: readonly Point[];
  /** Whether it is a curve of training rather than values at places. */
  readonly isCurve: boolean;
}

type CurveLeaf = Extract<Leaf, { readonly metric: unknown }>;

/** Most points of a curve that are drawn: more than a picture has pixels to tell apart. */
const mostPoints = 400;

/** The lines of a panel; those of a heatmap are its rows. */
export async function linesOf(panel: PanelSpec, source: Source): Promise<Line[]> {
  if (panel.kind === 'heatmap') {
    const rows = placesAlong(panel.rows);
    const lines: Line[] = [];
    for (const row of rows) {
      const quantity = at(panel.quantity, row, source);
      lines.push(await valuesLine(labelOf('$value', row), quantity, panel.columns, source));
    }
    return lines;
  }
  const lines: Line[] = [];
  if (panel.kind === 'values') {
    for (const { quantity, by, label } of panel.lines) {
      for (const place of by ? placesAlong(by) : [{}]) {
        lines.push(await valuesLine(labelOf(label, place), at(quantity, place, source), panel.along, source));
      }
    }
    return lines;
  }
  for (const { metric, of, where, by, label } of panel.lines) {
    for (const { each = 1, ...place } of by ? placesAlong(by) : [{} as Settings]) {
      const leaf = at({ metric, where, ...(of !== undefined && { of }) }, place, source) as CurveLeaf;
      const [seeds, curves]: [number[], Curve[]] = [[], []];
      for (const seed of source.seeds(of)) {
        const curve = await source.curve(leaf, leaf.metric, seed);
        if (!curve) continue;
        seeds.push(seed);
        curves.push(curve);
      }
      const points = pointsOf(curves, Number(each), source.isPart);
      lines.push({ label: labelOf(label, place), seeds, points, isCurve: true });
    }
  }
  return lines;
}

async function valuesLine(label: string, quantity: Expression, along: Along, source: Source): Promise<Line> {
  const [places] = Object.values(along);
  const seeds = seedsOf(quantity, source);
  const settings = placesAlong(along);
  // Seed by seed, as places along the evaluation of one model follow best.
  const columns: (number | null)[][] = settings.map(() => []);
  for (const seed of seeds) {
    for (const [i, place] of settings.entries())
      columns[i]!.push(await evaluated(at(quantity, place, source), seed, source));
  }
  const points = columns.map((values, i) => ({ x: Number(places![i]), values }));
  return { label, seeds, points, isCurve: false };
}

const at = (quantity: Expression, place: Settings, source: Source): Expression =>
  withLeaves(quantity, (leaf) => placed(leaf, place, (of, path) => source.varies(of, path)));

const labelOf = (label: string, place: Settings): string =>
  label.replaceAll('$value', Object.values(place).map(valueText).join(', '));

/**
 * Curves of seeds at the steps that all of them have, some of them left out where there are many.
 * @param each how far along the axis a step goes
 * @param isPart whether steps count that only some have come to
 */
function pointsOf(curves: readonly Curve[], each: number, isPart: boolean): Point[] {
  const known = curves.map(({ step, last }) => new Map(Array.from(step, (one, i) => [one, last[i]!])));
  const all = [...new Set(curves.flatMap(({ step }) => Array.from(step)))].sort((a, b) => a - b);
  const steps = isPart ? all : all.filter((step) => known.every((values) => values.has(step)));
  const every = Math.max(1, Math.ceil(steps.length / mostPoints));
  const shown = steps.filter((_, i) => i % every === 0 || i === steps.length - 1);
  return shown.map((step) => ({ x: step * each, values: known.map((values) => finite(values.get(step) ?? null)) }));
}

const finite = (value: number | null): number | null => (Number.isFinite(value) ? value : null);
