import { thousands } from '../../core/format.ts';
import { positionOf, type Tick, valueRange, valueTicks } from '../../plot/axes.ts';
import { type Box, svgText } from '../../plot/svg.ts';
import type { DrawnAxes } from '../../plot/svg_axes.ts';
import type { Axis } from '../recipe/schema.ts';

const ink = '#1b1d20';
const rule = '#dfe2e6';
const margin = { top: 40, right: 16, bottom: 52, left: 72 };

/** How far outside its axis something is placed at most, in lengths of the axis: a number that a picture can hold. */
const farthest = 20;

interface Extent {
  readonly x: readonly number[];
  readonly y: readonly number[];
}

/** @param extent all that must have room */
export function axesOf(
  box: Box,
  title: string,
  { x, y }: { readonly x: Axis; readonly y: Axis },
  extent: Extent,
): DrawnAxes {
  const plot: Box = {
    x: box.x + margin.left,
    y: box.y + margin.top,
    width: box.width - margin.left - margin.right,
    height: box.height - margin.top - margin.bottom,
  };
  const [left, right] = ends(x, extent.x, false);
  const [bottom, top] = ends(y, extent.y, true);
  const place = (value: number, from: number, to: number, scale: Axis['scale']): number =>
    Math.min(farthest, Math.max(-farthest, positionOf(value, from, to, scale)));
  const xOf = (value: number): number => round(plot.x + plot.width * place(value, left, right, x.scale));
  const yOf = (value: number): number => round(plot.y + plot.height * (1 - place(value, bottom, top, y.scale)));
  const levels = ticksOf(y, bottom, top, Math.floor(plot.height / 14)).map(({ value, label }) => {
    const line = `<path d="M${plot.x} ${yOf(value)}h${plot.width}" stroke="${rule}" stroke-width="0.8"/>`;
    return line + svgText(plot.x - 8, yOf(value) + 4, label, { size: 12, anchor: 'end' });
  });
  // About 75 pixels a number.
  const stations = ticksOf(x, left, right, Math.floor(plot.width / 19)).map(({ value, label }) => {
    const tick = `<path d="M${xOf(value)} ${plot.y + plot.height}v5" stroke="${ink}"/>`;
    return tick + svgText(xOf(value), plot.y + plot.height + 19, label, { size: 12, anchor: 'middle' });
  });
  const frame = `<rect x="${plot.x}" y="${plot.y}" width="${plot.width}" height="${plot.height}" fill="none" stroke="${ink}"/>`;
  const [middleX, middleY] = [plot.x + plot.width / 2, plot.y + plot.height / 2];
  const side = box.x + 16;
  const names = [
    svgText(middleX, plot.y + plot.height + 40, x.label, { size: 13, anchor: 'middle' }),
    `<g transform="rotate(-90 ${side} ${middleY})">${svgText(side, middleY, y.label, { size: 13, anchor: 'middle' })}</g>`,
  ];
  const heading = svgText(plot.x, plot.y - 20, title, { size: 14, bold: true });
  return { plot, x: xOf, y: yOf, below: [heading, ...levels, ...stations], above: [frame, ...names] };
}

function ends(axis: Axis, values: readonly number[], isValue: boolean): [number, number] {
  const placed = values.filter((value) => Number.isFinite(value) && (axis.scale === 'linear' || value > 0));
  const [low, high] = placed.length > 0 ? [Math.min(...placed), Math.max(...placed)] : [1, 2];
  const [from, to] = isValue ? valueRange(low, high, axis.scale) : widened(low, high, axis.scale);
  return [axis.from ?? from, axis.to ?? to];
}

function widened(low: number, high: number, scale: Axis['scale']): [number, number] {
  if (scale === 'log') {
    const room = (high / low) ** 0.04 || 2;
    return [low / room, high * room];
  }
  const room = 0.03 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}

function ticksOf({ ticks, scale }: Axis, from: number, to: number, room: number): Tick[] {
  if (ticks) {
    return ticks.map((value) => ({ value, label: Number.isInteger(value) ? thousands(value) : String(value) }));
  }
  return valueTicks(from, to, scale, room);
}

const round = (value: number): number => Number(value.toFixed(1));
