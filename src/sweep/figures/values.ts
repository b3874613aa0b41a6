import { lowEnd } from '../../core/band.ts';
import { svgDocument, svgMarker, svgText } from '../../plot/svg.ts';
import { type DrawnAxes, nothingMeasured, svgAxes } from '../../plot/svg_axes.ts';
import { isSame, settingsText, type Values } from '../cells.ts';
import { bandsText, type Group, openRunsText, type Spread } from '../groups.ts';
import { caption, colourOf, edge, figureWidth, legend } from './legend.ts';

const chartHeight = 380;
/** Half of the cap of an error bar, and what lines of one value are apart, in pixels. */
const cap = 4;

interface Point extends Spread {
  readonly x: number;
  /** Whether runs are not done, or failed and are left out. */
  readonly isOpen: boolean;
}

interface Line {
  readonly settings: Values;
  readonly points: readonly Point[];
  /** Where no run has a value, and all failed. */
  readonly lost: readonly number[];
}

/**
 * The value at the end against a setting with numbers: mean over seeds with bars of one standard deviation (down to the lowest
 * seed at most), a line for every combination of the other settings. A ring marks what is over fewer runs than there are to
 * be, a cross at the foot where all failed.
 * @param along the setting; its values must be numbers
 */
export function valuesFigure(
  groups: readonly Group[],
  spread: (group: Group) => Spread,
  { along, title }: { readonly along: string; readonly title: string },
): string {
  const lines = linesOf(groups, spread, along);
  const key = legend(
    lines.map(({ settings }) => settingsText(settings)).filter((text) => text !== ''),
    edge,
  );
  const box = { x: edge, y: edge + key.height, width: figureWidth - 2 * edge, height: chartHeight };
  const points = lines.flatMap((line) => line.points);
  const places = [...new Set(groups.map(({ settings }) => settings[along] as number))].sort((a, b) => a - b);
  const isLogX = places[0]! > 0 && places.length > 2 && places.at(-1)! / places[0]! >= 8;
  const isLogY = points.every(({ lowest }) => lowest! > 0);
  const values = points.flatMap((point) => [lowOf(point), point.mean! + (point.sd ?? 0)]);
  const height = box.y + chartHeight + edge + 14;
  const axes =
    points.length > 0 &&
    svgAxes(box, {
      title,
      x: {
        name: along,
        ...widened(places, isLogX),
        scale: isLogX ? 'log' : 'linear',
        ticks: places.map((value) => ({ value, label: String(value) })),
      },
      y: { values, scale: isLogY ? 'log' : 'linear' },
    });
  const under = caption(
    height,
    bandsText(points.map(({ n }) => n)),
    openRunsText(groups),
    points.some(({ isOpen }) => isOpen) ? 'ring: not all runs' : '',
    lines.some(({ lost }) => lost.length > 0) ? '×: all failed' : '',
  );
  if (!axes) return svgDocument(figureWidth, height, [...key.pieces, nothingMeasured(box, title), under]);
  const drawn = lines.flatMap((_, i) => drawLine(lines, i, axes));
  return svgDocument(figureWidth, height, [...key.pieces, ...axes.below, ...drawn, ...axes.above, under]);
}

function drawLine(lines: readonly Line[], index: number, axes: DrawnAxes): string[] {
  const { points, lost } = lines[index]!;
  const colour = colourOf(index, lines.length);
  const aside = (index - (lines.length - 1) / 2) * Math.min(cap, 40 / lines.length);
  const at = (value: number): number => Number((axes.x(value) + aside).toFixed(1));
  const bars = points.map((point) => {
    const [x, top, bottom] = [at(point.x), axes.y(point.mean! + (point.sd ?? 0)), axes.y(lowOf(point))];
    const ends = [top, bottom].map((y) => `M${x - cap} ${y.toFixed(1)}h${2 * cap}`).join('');
    return `<path d="M${x} ${top.toFixed(1)}V${bottom.toFixed(1)}${ends}" fill="none" stroke="${colour}"/>`;
  });
  const marks = points.flatMap(({ x, mean, isOpen }) => {
    const y = axes.y(mean!).toFixed(1);
    const ring = `<circle cx="${at(x)}" cy="${y}" r="9" fill="none" stroke="${colour}" stroke-dasharray="3 2"/>`;
    return [svgMarker(at(x), Number(y), index, colour), ...(isOpen ? [ring] : [])];
  });
  const foot = axes.plot.y + axes.plot.height - 6;
  const crosses = lost.map((x) => svgText(at(x), foot, '×', { size: 18, anchor: 'middle', fill: colour }));
  const path = points.map(({ x, mean }) => `${at(x)} ${axes.y(mean!).toFixed(1)}`).join('L');
  const curve = path === '' ? [] : [`<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>`];
  return [...curve, ...bars, ...marks, ...crosses];
}

function linesOf(groups: readonly Group[], spread: (group: Group) => Spread, along: string): Line[] {
  const lines: { settings: Values; points: Point[]; lost: number[] }[] = [];
  for (const group of groups) {
    const { [along]: x, ...settings } = group.settings;
    if (typeof x !== 'number') continue;
    const value = spread(group);
    const line = lines.find((one) => isSame(one.settings, settings)) ?? { settings, points: [], lost: [] };
    if (!lines.includes(line)) lines.push(line);
    if (value.mean !== null) line.points.push({ x, ...value, isOpen: group.open + group.failed > 0 });
    else if (group.results.length === 0) line.lost.push(x);
  }
  for (const { points } of lines) points.sort((a, b) => a.x - b.x);
  return lines;
}

const lowOf = ({ mean, sd, lowest }: Point): number => lowEnd(mean!, sd ?? 0, lowest!);

/** The range of an axis with a little room at both ends. */
function widened(places: readonly number[], isLog: boolean): { from: number; to: number } {
  const [first, last] = [places[0] ?? 0, places.at(-1) ?? 1];
  if (isLog) {
    const room = (last / first) ** 0.06;
    return { from: first / room, to: last * room };
  }
  const room = 0.06 * (last - first || Math.abs(last) || 1);
  return { from: first - room, to: last + room };
}
