import { Series } from '../../core/series.ts';
import { mean, std } from '../../core/stats.ts';
import { faint, svgDocument, svgMarker, svgText } from '../../plot/svg.ts';
import { nothingMeasured, plotIn, svgAxes } from '../../plot/svg_axes.ts';
import { settingsText } from '../cells.ts';
import { type Group, lowEnd, seedsText } from '../groups.ts';
import { colourOf, edge, figureWidth, legend } from './legend.ts';

const chartHeight = 380;

/** A metric over seeds along training: at every step that all seeds have. */
interface Band {
  readonly middle: Series;
  readonly low: Series;
  readonly high: Series;
  readonly seeds: number;
}

/**
 * Mean over the seeds of a group and one sample standard deviation on either side, no lower than the lowest seed, at the
 * steps at which each of them has a value.
 * With one seed the band is the curve.
 */
function bandOf({ results }: Group, metric: string): Band {
  const curves = results.flatMap(({ outcome }) => outcome?.curves.get(metric) ?? []);
  const values = curves.map((curve) => {
    const view = curve.view();
    const points = Array.from({ length: view.length }, (_, i) => view.at(i)!);
    return new Map(points.filter(({ value }) => Number.isFinite(value)).map(({ step, value }) => [step, value]));
  });
  const band: Band = { middle: new Series(), low: new Series(), high: new Series(), seeds: curves.length };
  const steps = [...(values[0]?.keys() ?? [])].filter((step) => values.every((one) => one.has(step)));
  for (const step of steps.sort((a, b) => a - b)) {
    const there = values.map((one) => one.get(step)!);
    const [centre, deviation] = [mean(there), std(there) ?? 0];
    band.middle.push(step, centre);
    band.low.push(step, lowEnd({ mean: centre, sd: deviation, lowest: Math.min(...there) }));
    band.high.push(step, centre + deviation);
  }
  return band;
}

/** A metric along training: for every group the mean over its seeds, and a band of one standard deviation. */
export function curvesFigure(groups: readonly Group[], metric: string, title: string): string {
  const bands = groups.map((group) => bandOf(group, metric));
  const key = legend(
    groups.map(({ settings }) => settingsText(settings)).filter((text) => text !== ''),
    edge,
  );
  const box = { x: edge, y: edge + key.height, width: figureWidth - 2 * edge, height: chartHeight };
  const plot = plotIn(box);
  const to = Math.max(1, ...bands.map(({ middle }) => middle.lastStep));
  const columns = Math.floor(plot.width);
  const reduced = bands.map(({ middle, low, high }) =>
    [middle, low, high].map((one) => one.view().reduce({ columns, from: 0, to, scale: 'linear' })),
  );
  const values = reduced.flatMap(([, low, high]) => [...low!.min, ...high!.max]);
  const isLog = values.every((value) => !(value <= 0));
  const x = { name: 'step', from: 0, to, scale: 'linear' } as const;
  const axes = svgAxes(box, { title, x, y: { values, scale: isLog ? 'log' : 'linear' } });
  const height = box.y + chartHeight + edge + 14;
  const caption = svgText(edge, height - 12, seedsText(bands.map((band) => band.seeds)), { size: 11, fill: faint });
  if (!axes) return svgDocument(figureWidth, height, [...key.pieces, nothingMeasured(box, title)]);
  const at = (column: number): string => (plot.x + column + 0.5).toFixed(1);
  const place = (value: number): string => axes.y(value).toFixed(1);
  const drawn = reduced.flatMap(([middle, low, high], i) => {
    const colour = colourOf(i, groups.length);
    const there = Array.from({ length: columns }, (_, column) => column).filter((c) =>
      Number.isFinite(middle!.min[c]!),
    );
    if (there.length === 0) return [];
    const upper = there.map((c) => `${at(c)} ${place(high!.max[c]!)}`);
    const lower = there.toReversed().map((c) => `${at(c)} ${place(low!.min[c]!)}`);
    const line = there.flatMap((c) => {
      const [top, bottom] = [place(middle!.max[c]!), place(middle!.min[c]!)];
      return top === bottom ? [`${at(c)} ${top}`] : [`${at(c)} ${top}`, `${at(c)} ${bottom}`];
    });
    const last = there.at(-1)!;
    return [
      `<path d="M${[...upper, ...lower].join('L')}Z" fill="${colour}" fill-opacity="0.18"/>`,
      `<path d="M${line.join('L')}" fill="none" stroke="${colour}" stroke-width="1.8"/>`,
      svgMarker(Number(at(last)), Number(place(middle!.last[last]!)), i, colour),
    ];
  });
  return svgDocument(figureWidth, height, [...key.pieces, ...axes.below, ...drawn, ...axes.above, caption]);
}
