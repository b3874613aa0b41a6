import { plural } from '../../../core/format.ts';
import { type ChartOptions, describeChart, plotChart } from '../../../plot/chart.ts';
import { drawsBands } from '../../../plot/curves.ts';
import { gutter } from '../../../plot/value_axis.ts';
import { titleOf } from '../../../protocol/controls.ts';
import type { Mark, RunState } from '../../../runs/state.ts';
import type { Size } from '../../screen/size.ts';
import { bandOver, runsOf } from '../../state/group.ts';
import type { Group, Model } from '../../state/model.ts';
import { drawnMetrics, levelsOf, levelsOfAll, shownChart } from '../../state/shown_metrics.ts';
import { tintsOf } from '../../terminal/look.ts';
import { smoothedBy, smoothingOf } from '../common/smoothing.ts';
import { stepsWindow } from '../common/steps_window.ts';
import { toCome } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { curvesKeys } from './keys.ts';

const select = ({ run, group, view, look, recalled, replay }: Model) => ({
  run,
  group,
  recalled,
  replay: replay && { to: replay.to },
  glyphs: look.glyphs,
  depth: look.depth,
  tints: tintsOf(look),
  view: pick(view, 'logX', 'logY', 'smoothing', 'zoom', 'cursor', 'chart', 'head'),
});
type Shown = ReturnType<typeof select>;

export const curvesPanel: Panel<Shown> = {
  id: 'curves',
  name: 'curves',
  column: 'left',
  minimum: 10,
  ample: 16,
  maximum: 200,
  share: 3,
  dropped: 0,
  pictures: false,
  keys: curvesKeys,
  wheel: { wheel_up: '+', wheel_down: '-' },
  putAway: ({ view }) => (view.cursor === undefined ? undefined : { cursor: undefined }),
  select,
  draw(model, size) {
    const options = chartOptions(model, size);
    const { title } = shownChart(model);
    const means = model.group ? `${seedsText({ run: model.run, group: model.group }, drawsBands(options))} · ` : '';
    const { lines, jumps } = plotChart(options);
    const room = size.columns - title.length - barAround - means.length;
    return { title, detail: `${means}${describeChart(options, jumps, room)}`, body: lines };
  },
};

/** Cells of the title bar that are neither title nor detail. */
const barAround = 8;

function chartOptions(model: Shown, size: Size): ChartOptions {
  const { run, view, glyphs, depth, tints } = model;
  const chart = shownChart(model);
  const smoothing = smoothingOf(model);
  return {
    width: size.columns,
    height: size.rows,
    glyphs,
    signed: depth === 'none',
    tints,
    series: drawnMetrics(run, chart).map(({ role, name, label }) => {
      const over = model.group && bandOver(model, name);
      const series = over && model.group?.all ? over.middle : run.curves.get(name)!;
      const info = run.metrics.info(name);
      const common = {
        label: label ?? info?.short ?? name,
        role,
        ...(over && over.count > 1 && { band: { low: over.low.view(), high: over.high.view() } }),
        ...(over && model.group?.all && over.alone.length > 0 && { alone: over.alone.view() }),
        probed: run.probed.curves.get(name)?.view(),
        ...(info?.better !== 'none' && info && { better: info.better }),
      };
      // Evaluations are few and exact enough; only the training curve is smoothed.
      if (role !== 'training' || smoothing === 0) return { ...common, view: series.view() };
      const smoothed = smoothedBy(series, smoothing);
      return { ...common, view: smoothed.view(), raw: series.view(), smoothing };
    }),
    lines: model.group?.all ? levelsOfAll(runsOf(model), chart) : levelsOf(run, chart),
    marks: [
      ...run.marks.filter(isMarked),
      ...(model.recalled ? [{ step: model.recalled.step, label: 'pictures of this step' }] : []),
    ],
    x: { ...stepsWindow(model), scale: view.logX ? 'log' : 'linear' },
    y: { scale: view.logY ? 'log' : 'linear' },
    cursor: view.cursor,
    empty: toCome(run, 'the first losses appear here', size.columns - gutter).join('\n'),
  };
}

/** What the curves of several seeds are; of a single one that has measured anything there is no mean. */
function seedsText({ run, group }: { readonly run: RunState; readonly group: Group }, banded: boolean): string {
  const runs = runsOf({ run, group });
  const measured = group.seeds.filter((_, at) => runs[at]!.curves.size > 0);
  const [only = group.seeds[group.lead]] = group.all ? measured : [];
  if (measured.length < 2) return `seed ${only}`;
  const band = plural(measured.length, 'seed');
  if (group.all) return `mean ${banded ? '± sd ' : ''}of ${band}`;
  return `seed ${group.seeds[group.lead]}${banded ? `, band of ${band}` : ` of ${measured.length}`}`;
}

/** What people did, and alerts; a change of pace moves no curve, and snapshots come by themselves unless by key. */
function isMarked({ kind, label }: Mark): boolean {
  if (kind === 'snapshot') return label === 'snapshot (key)';
  return !label.startsWith(`${titleOf('train.pace')} `);
}
