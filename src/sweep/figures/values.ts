import { lowEnd } from '../../core/band.ts';
import { faint, svgDocument, svgMarker, svgText } from '../../plot/svg.ts';
import { nothingMeasured, svgAxes } from '../../plot/svg_axes.ts';
import { isSame, settingsText, type Values } from '../cells.ts';
import { type Group, type Spread, seedsText } from '../groups.ts';
import { colourOf, edge, figureWidth, legend } from './legend.ts';

const chartHeight = 380;
/** Half of the cap of an error bar, and what lines of one value are apart, in pixels. */
const cap = 4;

interface Point extends Spread {
  readonly x: number;
}

interface Line {
  readonly settings: Values;
  readonly points: readonly Point[];
}

/**
 * The value at the end against a setting with numbers: mean over seeds with bars of one standard deviation (down to the lowest seed at most), a line for every
 * combination of the other settings.
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
  const places = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
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
  if (!axes) return svgDocument(figureWidth, height, [...key.pieces, nothingMeasured(box, title)]);
  const drawn = lines.flatMap((line, i) => {
    const colour = colourOf(i, lines.length);
    const aside = (i - (lines.length - 1) / 2) * Math.min(cap, 40 / lines.length);
    const at = (point: Point): number => Number((axes.x(point.x) + aside).toFixed(1));
    const bars = line.points.map((point) => {
      const [x, top, bottom] = [at(point), axes.y(point.mean! + (point.sd ?? 0)), axes.y(lowOf(point))];
      const ends = [top, bottom].map((y) => `M${x - cap} ${y.toFixed(1)}h${2 * cap}`).join('');
      return `<path d="M${x} ${top.toFixed(1)}V${bottom.toFixed(1)}${ends}" fill="none" stroke="${colour}"/>`;
    });
    const marks = line.points.map((point) => svgMarker(at(point), Number(axes.y(point.mean!).toFixed(1)), i, colour));
    const path = line.points.map((point) => `${at(point)} ${axes.y(point.mean!).toFixed(1)}`).join('L');
    return [`<path d="M${path}" fill="none" stroke="${colour}" stroke-width="1.6"/>`, ...bars, ...marks];
  });
  const caption = svgText(edge, height - 12, seedsText(points.map(({ n }) => n)), { size: 11, fill: faint });
  return svgDocument(figureWidth, height, [...key.pieces, ...axes.below, ...drawn, ...axes.above, caption]);
}

function linesOf(groups: readonly Group[], spread: (group: Group) => Spread, along: string): Line[] {
  const lines: { settings: Values; points: Point[] }[] = [];
  for (const group of groups) {
    const { [along]: x, ...settings } = group.settings;
    const value = spread(group);
    if (typeof x !== 'number' || value.mean === null) continue;
    const line = lines.find((one) => isSame(one.settings, settings));
    if (line) line.points.push({ x, ...value });
    else lines.push({ settings, points: [{ x, ...value }] });
  }
  return lines.map(({ settings, points }) => ({ settings, points: points.sort((a, b) => a.x - b.x) }));
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
