import { positionOf, type Scale, stepTicks, type Tick, valueRange, valueTicks } from './axes.ts';
import { type Box, faint, svgText } from './svg.ts';

const rule = '#c8ccd2';

/** Room for the title, and for axes. */
const margin = { top: 26, right: 12, bottom: 38, left: 58 };
/** Below a gap under a log axis, in pixels: where lies what is not positive. */
const footHeight = 18;

/** The place of the curves in a chart. */
export function plotIn({ x, y, width, height }: Box): Box {
  return {
    x: x + margin.left,
    y: y + margin.top,
    width: width - margin.left - margin.right,
    height: height - margin.top - margin.bottom,
  };
}

interface Axes {
  readonly title: string;
  readonly x: {
    readonly name: string;
    readonly from: number;
    readonly to: number;
    readonly scale: Scale;
    /** Round numbers unless given. */
    readonly ticks?: readonly Tick[] | undefined;
  };
  readonly y: {
    /** What is drawn: the axis has room for all of it. */
    readonly values: readonly number[];
    readonly scale: Scale;
  };
}

/** Title, grid and axes, with where values lie between them, in pixels. */
export interface DrawnAxes {
  readonly plot: Box;
  x(value: number): number;
  y(value: number): number;
  /** To be drawn before the curves, and after them. */
  readonly below: readonly string[];
  readonly above: readonly string[];
}

/** Undefined where no value has a place on the axis. */
export function svgAxes(box: Box, { title, x, y }: Axes): DrawnAxes | undefined {
  const plot = plotIn(box);
  const isLog = y.scale === 'log';
  const finite = y.values.filter(Number.isFinite);
  const placed = finite.filter((value) => !isLog || value > 0);
  if (placed.length === 0) return undefined;
  // What is not positive has no place on a log axis: it lies below a gap, at a foot that says so.
  const foot = placed.length < finite.length ? footHeight : 0;
  const low = placed.reduce((a, b) => Math.min(a, b));
  const high = placed.reduce((a, b) => Math.max(a, b));
  const [bottom, top] = valueRange(low, high, y.scale);
  const yOf = (value: number): number =>
    isLog && value <= 0
      ? plot.y + plot.height
      : plot.y + (plot.height - foot) * (1 - Math.max(0, positionOf(value, bottom, top, y.scale)));
  const xOf = (value: number): number => plot.x + plot.width * positionOf(value, x.from, x.to, x.scale);
  const ticks = valueTicks(bottom, top, y.scale, Math.floor(plot.height / 16));
  const levels = [...ticks, ...(foot > 0 ? [{ value: 0, label: '≤ 0' }] : [])].map(({ value, label }) => {
    const at = yOf(value).toFixed(1);
    const line = `<path d="M${plot.x} ${at}H${plot.x + plot.width}" stroke="${rule}" stroke-width="0.7"/>`;
    return `${line}${svgText(plot.x - 6, Number(at) + 4, label, { size: 11, anchor: 'end', fill: faint })}`;
  });
  const stations = (x.ticks ?? stepTicks(x.from, x.to, x.scale, Math.floor(plot.width / 7))).map(({ value, label }) =>
    svgText(xOf(value), plot.y + plot.height + 16, label, { size: 11, anchor: 'middle', fill: faint }),
  );
  const frame = `<path d="M${plot.x} ${plot.y}V${plot.y + plot.height}H${plot.x + plot.width}" fill="none" stroke="${faint}"/>`;
  const name = svgText(plot.x + plot.width, plot.y + plot.height + 32, x.name, {
    size: 11,
    anchor: 'end',
    fill: faint,
  });
  return { plot, x: xOf, y: yOf, below: [heading(box, title), ...levels, ...stations], above: [frame, name] };
}

/** What stands in the place of a chart without a value. */
export function nothingMeasured(box: Box, title: string): string {
  const { x, y } = plotIn(box);
  return [heading(box, title), svgText(x, y + 20, 'nothing measured', { fill: faint })].join('\n');
}

const heading = ({ x, y }: Box, title: string): string => svgText(x, y + 14, title, { bold: true });
