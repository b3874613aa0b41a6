import { bandOf } from '../../core/band.ts';
import { svgDocument } from '../../plot/svg.ts';
import { svgChart } from '../../plot/svg_chart.ts';
import { settingsText } from '../cells.ts';
import { bandsText, type Group, openRunsText, openText } from '../groups.ts';
import { caption, colourOf, edge, figureWidth, legend } from './legend.ts';

const chartHeight = 380;

/** A metric along training: for every group the mean over its seeds, and a band of one standard deviation. */
export function curvesFigure(groups: readonly Group[], metric: string, title: string): string {
  const bands = groups.map(({ results }) =>
    bandOf(results.flatMap(({ outcome }) => outcome?.curves.get(metric) ?? [])),
  );
  const key = legend(
    groups.map(labelOf).filter((text) => text !== ''),
    edge,
  );
  const box = { x: edge, y: edge + key.height, width: figureWidth - 2 * edge, height: chartHeight };
  const series = bands.map(({ middle, low, high }, i) => {
    const band = { low: low.view(), high: high.view() };
    return { view: middle.view(), band, colour: colourOf(i, groups.length), sign: i };
  });
  const lowest = Math.min(...series.map(({ band }) => band.low.best('lower')?.value ?? Number.POSITIVE_INFINITY));
  const height = box.y + chartHeight + edge + 14;
  const chart = svgChart(box, { title, series, x: { name: 'step' }, logY: lowest > 0 });
  const under = caption(height, bandsText(bands.map(({ count }) => count)), openRunsText(groups));
  return svgDocument(figureWidth, height, [...key.pieces, chart, under]);
}

function labelOf(group: Group): string {
  const open = openText(group);
  return `${settingsText(group.settings)}${open && ` (${open})`}`.trim();
}
