import { type Box, faint, svgClipped, svgMarker, svgText } from '../../plot/svg.ts';
import type { DrawnAxes } from '../../plot/svg_axes.ts';
import type { PanelSpec } from '../recipe/schema.ts';
import { axesOf } from './axes.ts';
import type { Line } from './collect.ts';
import { type Look, legend, lookOf, strokeOf } from './look.ts';
import { type Spread, spreadsOf } from './spread.ts';

type Chart = Exclude<PanelSpec, { readonly kind: 'heatmap' }>;

/** Signs along a curve, and half of the cap of an error bar in pixels. */
const signs = 5;
const cap = 4;

/**
 * A panel with axes: legend above, lines with what they spread over, and marks.
 * @param room pixels for the legend, the same in all panels so that their axes lie on one line
 */
export function chartPanel(panel: Chart, lines: readonly Line[], box: Box, room: number): string[] {
  const { from = Number.NEGATIVE_INFINITY, to = Number.POSITIVE_INFINITY } = panel.x;
  const spreads = lines.map(({ points }) => spreadsOf(points, panel.y.scale).filter(({ x }) => x >= from && x <= to));
  const key = legend(labelsOf(lines), box);
  const all = spreads.flat();
  const marks = panel.marks.flatMap(({ y }) => y ?? []);
  const extent = {
    x: [...all.map(({ x }) => x), ...panel.marks.flatMap(({ x }) => x ?? [])],
    y: [...all.flatMap(({ low, high }) => [low, high]), ...marks],
  };
  const inner = { ...box, y: box.y + room, height: box.height - room };
  const axes = axesOf(inner, panel.title, panel, extent);
  const drawn = lines.map((line, i) => {
    const look = lookOf(i, lines.length);
    return line.isCurve
      ? curve(spreads[i]!, look, axes, i)
      : values(spreads[i]!, look, axes, i - (lines.length - 1) / 2);
  });
  const inside = svgClipped(
    axes.plot,
    drawn.flatMap(({ lines }) => lines),
  );
  const signs = drawn.flatMap(({ signs }) => signs);
  return [...key.pieces, ...axes.below, ...markLines(panel, axes), inside, ...signs, ...axes.above];
}

/** What is cut off at the frame, and signs, which are whole or not there. */
interface Drawn {
  readonly lines: readonly string[];
  readonly signs: readonly string[];
}

/** What a legend says; one line is told by the axis. */
export const labelsOf = (lines: readonly Line[]): string[] => (lines.length > 1 ? lines.map(({ label }) => label) : []);

function curve(points: readonly Spread[], look: Look, axes: DrawnAxes, offset: number): Drawn {
  const { x, y } = axes;
  if (points.length === 0) return { lines: [], signs: [] };
  const upper = points.map((one) => `${x(one.x)} ${y(one.high)}`);
  const lower = points.map((one) => `${x(one.x)} ${y(one.low)}`).reverse();
  const band = `<path d="M${[...upper, ...lower].join('L')}Z" fill="${look.colour}" fill-opacity="0.15"/>`;
  const path = `<path d="M${points.map((one) => `${x(one.x)} ${y(one.mean)}`).join('L')}" fill="none" ${strokeOf(look)}/>`;
  const places = Array.from({ length: signs }, (_, i) => (i + 0.3 + (offset % 7) / 10) / signs);
  const marks = places.flatMap((share) => {
    const one = points[Math.min(points.length - 1, Math.floor(share * points.length))]!;
    return sign(x(one.x), y(one.mean), look, axes);
  });
  return { lines: [band, path], signs: marks };
}

/** @param aside how far bars stand from the middle of their place, so that those of several lines do not cover each other */
function values(points: readonly Spread[], look: Look, axes: DrawnAxes, aside: number): Drawn {
  const { x, y } = axes;
  const at = (one: Spread): number => Number((x(one.x) + 1.5 * aside).toFixed(1));
  const bars = points.map((one) => {
    const ends = [one.high, one.low].map((value) => `M${at(one) - cap} ${y(value)}h${2 * cap}`).join('');
    return `<path d="M${at(one)} ${y(one.high)}V${y(one.low)}${ends}" fill="none" stroke="${look.colour}"/>`;
  });
  const path = points.map((one) => `${at(one)} ${y(one.mean)}`).join('L');
  const line = points.length > 1 ? [`<path d="M${path}" fill="none" ${strokeOf(look)}/>`] : [];
  return { lines: [...line, ...bars], signs: points.flatMap((one) => sign(at(one), y(one.mean), look, axes)) };
}

/** Where it lies in the frame. */
function sign(x: number, y: number, look: Look, { plot }: DrawnAxes): string[] {
  const isInside = x >= plot.x && x <= plot.x + plot.width && y >= plot.y && y <= plot.y + plot.height;
  return isInside ? [svgMarker(x, y, look.sign, look.colour)] : [];
}

function markLines({ marks }: Chart, { plot, x, y }: DrawnAxes): string[] {
  return marks.flatMap((mark) => {
    const isUpright = mark.x !== undefined;
    const [left, top] = [isUpright ? x(mark.x!) : plot.x, isUpright ? plot.y : y(mark.y ?? 0)];
    const path = isUpright ? `M${left} ${plot.y}v${plot.height}` : `M${plot.x} ${top}h${plot.width}`;
    const label = isUpright
      ? svgText(left, plot.y - 5, mark.label, { size: 12, fill: faint, anchor: 'middle' })
      : svgText(plot.x + plot.width - 6, top - 5, mark.label, { size: 12, fill: faint, anchor: 'end' });
    return [`<path d="${path}" stroke="${faint}" stroke-dasharray="3 3"/>`, label];
  });
}
