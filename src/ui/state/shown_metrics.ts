import { factorNearOne } from '../../core/format.ts';
import type { Series } from '../../core/series.ts';
import { type FittedRate, fittedRate } from '../../metrics/rate.ts';
import type { ChartLevel } from '../../plot/chart.ts';
import type { Token } from '../../plot/style.ts';
import type { ChartName } from '../../protocol/config.ts';
import type { RunState } from '../../runs/state.ts';
import type { Model } from './model.ts';

/** A curve of a chart: its colour and the metrics that can stand for it, best first. */
interface Candidate {
  readonly role: Token;
  readonly names: readonly string[];
  /** What the legend calls it, where that is not the metric's short name. */
  readonly label?: string;
}

/** Curves that are drawn together, with the values of theory that they are held against. */
interface Chart {
  readonly name: ChartName;
  readonly title: string;
  /** One curve a colour keeps the chart readable. */
  readonly curves: readonly Candidate[];
  readonly levels: (run: RunState) => readonly ChartLevel[];
}

interface DrawnMetric {
  readonly role: Token;
  readonly name: string;
  readonly label?: string;
}

const losses: Chart = {
  name: 'loss',
  title: 'loss',
  curves: [
    { role: 'training', names: ['train_loss'] },
    { role: 'in_domain', names: ['in_domain_inference_loss', 'unseen_error', 'error_last', 'eval_loss'] },
    { role: 'out_of_domain', names: ['out_of_domain_inference_loss', 'out_of_domain_error'] },
  ],
  levels: (run) => [
    ...level(run, 'loss_floor', 'floor L*'),
    ...level(run, 'copy_floor', 'copy floor'),
    ...level(run, 'ridge_limit_loss', 'ridge'),
    ...level(run, 'baseline/averaging/error_last', 'averaging'),
  ],
};

const gap: Chart = {
  name: 'gap',
  title: 'gap L − L*',
  curves: [{ role: 'training', names: ['gap'] }],
  levels: (run) => [...boundLevel(run), ...fittedLevel(run), ...frozenLevel(run)],
};

const ridge: Chart = {
  name: 'ridge',
  title: 'distance from ridge',
  curves: [
    { role: 'in_domain', names: ['in_domain_inference_loss'], label: 'to limit mτ' },
    { role: 'value', names: ['gap_to_best_ridge'], label: 'to best Nτ' },
  ],
  levels: (run) => level(run, 'ridge_gap', 'mτ to Nτ'),
};

const charts: readonly Chart[] = [losses, gap, ridge];

/** The charts that a run has all curves for. */
export function chartsOf(run: RunState): readonly Chart[] {
  return charts.filter(
    (chart) => chart === losses || chart.curves.every(({ names }) => names.some((name) => run.curves.has(name))),
  );
}

/** The chart that was chosen by key, else by the configuration, among those there are. */
export function shownChart({ run, view }: Model): Chart {
  const wanted = view.chart ?? run.config?.screen?.curves;
  return chartsOf(run).find(({ name }) => name === wanted) ?? losses;
}

/** The metrics of a chart that have a curve, with their colour. */
export function drawnMetrics(run: RunState, chart: Chart = losses): readonly DrawnMetric[] {
  return chart.curves.flatMap(({ role, names, label }) => {
    const name = names.find((candidate) => run.curves.has(candidate));
    return name === undefined ? [] : [{ role, name, ...(label && { label }) }];
  });
}

/** A value of theory, or of a predictor that needs no training. */
function level(run: RunState, name: string, label: string): ChartLevel[] {
  const value = theoryValue(run, name);
  return value === undefined ? [] : [{ label, value }];
}

/** What theory says under that name, or what was measured exactly. */
export function theoryValue(run: RunState, name: string): number | undefined {
  return run.theory[name] ?? run.estimates[name]?.mean ?? undefined;
}

/** Theorem 1's bound on the gap, (1 − η_w ζ0 / 2K)^t Δ0: of gradient descent at the steps that the theorem allows. */
function boundLevel(run: RunState): ChartLevel[] {
  const [start, floor, factor] = ['initial_loss', 'loss_floor', 'rate_bound'].map((name) => theoryValue(run, name));
  if (start === undefined || floor === undefined || factor === undefined) return [];
  return [{ label: 'bound', value: start - floor, text: factorNearOne(factor), decay: { factor, at: 0 } }];
}

const fits = new WeakMap<Series, { readonly length: number; readonly fit: FittedRate | undefined }>();

/** How fast the gap falls; while the run goes on, fitted anew when its curve has grown by a hundredth. */
export function fittedGap({ curves, phase }: RunState): FittedRate | undefined {
  const curve = curves.get('gap');
  if (!curve) return undefined;
  const known = fits.get(curve);
  const grown = phase === 'running' ? 1.01 : 1;
  if (known && curve.length <= grown * known.length) return known.fit;
  const fit = fittedRate(curve.view());
  fits.set(curve, { length: curve.length, fit });
  return fit;
}

/** The geometric decay that was fitted to the last half of the gap. */
function fittedLevel(run: RunState): ChartLevel[] {
  const fitted = fittedGap(run);
  if (!fitted) return [];
  const { factor, value, from, to } = fitted;
  return [{ label: 'fitted', value, text: factorNearOne(factor), decay: { factor, at: to, from, to } }];
}

/** A gap below this is rounding. */
const negligible = 1e-12;

/** What would be left of the gap if only w were trained; nothing to draw when that is nothing. */
function frozenLevel(run: RunState): ChartLevel[] {
  const [frozen, floor] = ['frozen_loss_floor', 'loss_floor'].map((name) => theoryValue(run, name));
  if (frozen === undefined || floor === undefined || !(frozen - floor > negligible * floor)) return [];
  return [{ label: 'frozen Q', value: frozen - floor }];
}
