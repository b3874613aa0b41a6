import { ticks } from 'd3-array';
import { headlineMetric } from '../../../metrics/headline.ts';
import { drawChart } from '../../../plot/chart.ts';
import { drawScatter, type ScatterPoint } from '../../../plot/scatter.ts';
import { blankLine, fitLine, type Line, span } from '../../../plot/text.ts';
import { parseAddress } from '../../../protocol/address.ts';
import { indexOf } from '../../../protocol/mask_edits.ts';
import type { RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import type { Model, View } from '../../state/model.ts';
import { boardRows, keptAmong, rankingScore, rowParts, scoresOf } from '../../state/ranking.ts';

/** Rows from which what pruning does is drawn, and those beyond which the pictures say no more. */
const [least, most] = [9, 40];
const gap = 2;

export type ShowsEffects = Pick<Model, 'latest' | 'look'> & {
  readonly run: RunState;
  readonly view: Pick<View, 'score' | 'intervention'>;
  readonly isOver: boolean;
  readonly replay: unknown;
};

/**
 * What pruning has done to the metric of the board, step by step, beside whether the size of a part tells what it is worth;
 * in at most `rows` rows, nothing where there is no room.
 */
export function drawEffects(shows: ShowsEffects, { columns, rows }: Size): Line[] {
  const height = Math.min(most, rows - 1);
  if (height < least) return [];
  const half = Math.floor((columns - gap) / 2);
  const right = againstSize(shows, { columns: half, rows: height });
  const width = right.length > 0 ? half : columns;
  const left = overSteps(shows, { columns: width, rows: height });
  return [
    [],
    ...Array.from(
      { length: height },
      (_, row): Line => [...fitLine(left[row] ?? [], width), ...blankLine(gap), ...(right[row] ?? [])],
    ),
  ];
}

/** The metric over the steps, intact and as a probe pruned it, with what was pruned when. */
function overSteps({ run, look }: ShowsEffects, { columns, rows }: Size): Line[] {
  // Before anything was measured part by part: what runs are judged by.
  const metric = run.ablation.metric || headlineMetric(run.metrics, (name) => run.curves.has(name));
  const curve = run.curves.get(metric ?? '');
  if (metric === undefined || !curve) return [];
  const masks = run.marks.filter(({ kind }) => kind === 'mask');
  return [
    [span(` ${run.metrics.title(metric)}: what pruning did to it`, { fg: 'hint' })],
    ...drawChart({
      width: columns,
      height: rows - 1,
      glyphs: look.glyphs,
      series: [
        {
          label: run.metrics.short(metric),
          role: 'in_domain',
          view: curve.view(),
          probed: run.probed.curves.get(metric)?.view(),
        },
      ],
      marks: masks,
      x: { from: run.start, to: Math.max(run.start + 1, run.step), scale: 'linear' },
      y: { scale: 'log' },
    }),
  ];
}

/** Each head or neuron by its size and by what is lost without it, under its name. */
function againstSize(shows: ShowsEffects, { columns, rows }: Size): Line[] {
  const both = (['heads', 'neurons'] as const).map((kinds) => ({ kinds, shown: pointsOf(shows, kinds) }));
  // Of one point there is nothing to tell.
  const { kinds, shown } = both.find(({ shown }) => shown.length > 1) ?? both[0]!;
  if (shown.length < 2) return [];
  const [smallest, largest] = [Math.min(...shown.map(({ x }) => x)), Math.max(...shown.map(({ x }) => x))];
  // The sizes of parts are alike: from zero on, all would stand at one end.
  const margin = (largest - smallest) / 10 || largest / 10 || 1;
  const [from, to] = [Math.max(0, smallest - margin), largest + margin];
  const score = rankingScore(shows, kinds);
  return [
    [span(` ${kinds} by ${score} → and by what is lost without them ↑`, { fg: 'hint' })],
    ...drawScatter({
      width: columns,
      height: rows - 1,
      glyphs: shows.look.glyphs,
      points: shown,
      x: {
        from,
        to,
        ticks: ticks(from, to, 4).map((value) => ({ value, label: String(value) })),
        title: '',
      },
    }),
  ];
}

function pointsOf(shows: ShowsEffects, kind: 'heads' | 'neurons'): ScatterPoint[] {
  const scores = scoresOf(shows, kind, shows.isOver);
  if (typeof scores === 'string') return [];
  const count = scores.shape[1]!;
  return boardRows(shows).flatMap(({ address, entry }): ScatterPoint[] => {
    const part = parseAddress(address);
    if (!entry || !part || 'head' in part !== (kind === 'heads')) return [];
    const isKept = keptAmong(shows.run.mask.values, rowParts(shows, address)).some(Boolean);
    return [
      {
        x: scores.data[part.layer * count + indexOf(part)]!,
        y: Math.max(0, entry.delta),
        symbol: isKept ? '●' : '✕',
        label: shows.run.model!.layers > 1 ? address : address.slice(address.search(/[HN]/)),
        style: { fg: isKept ? 'in_domain' : 'pruned' },
      },
    ];
  });
}
