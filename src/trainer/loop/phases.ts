import type { Series } from '../../core/series.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';

/** How far beyond a half a share is before it has crossed it, and what part of the least distance so far another is below. */
const margin = 0.05;
const nearer = 0.9;

/**
 * Notices changes of phase from evaluation to evaluation, as the metrics and charts of task and model name them: a share that crosses
 * a half, as the accuracy of copying and the score of an induction head do where they form, and another predictor that the
 * network is nearest to. Small changes back and forth are none.
 */
export class PhaseWatch {
  readonly #metrics: MetricCatalogue;
  readonly #above = new Map<string, boolean>();
  readonly #nearest = new Map<string, string>();

  /** @param curves those of the run that is gone on with */
  constructor(metrics: MetricCatalogue, curves: ReadonlyMap<string, Series>) {
    this.#metrics = metrics;
    const views = new Map(
      [...curves].filter(([name]) => this.#isWatched(name)).map(([name, curve]) => [name, curve.view()]),
    );
    const evaluations = Math.max(0, ...[...views.values()].map(({ length }) => length));
    for (let i = 0; i < evaluations; i++) this.evaluated((name) => views.get(name)?.at(i)?.value, views.keys());
  }

  /**
   * Takes an evaluation.
   * @param names those that were measured
   * @returns what has changed, in words
   */
  evaluated(measured: (name: string) => number | null | undefined, names: Iterable<string>): string[] {
    const shares = [...names].filter((name) => this.#metrics.info(name)?.phase);
    return [
      ...shares.flatMap((name) => this.#crossed(name, measured(name))),
      ...this.#metrics.charts.filter(({ phases }) => phases).flatMap((chart) => this.#nearestOf(chart, measured)),
    ];
  }

  #isWatched(name: string): boolean {
    const inChart = this.#metrics.charts.some(
      ({ phases, curves }) => phases && curves.some(({ names }) => names.includes(name)),
    );
    return inChart || this.#metrics.info(name)?.phase === true;
  }

  #crossed(name: string, value: number | null | undefined): string[] {
    if (value === null || value === undefined || !(Math.abs(value - 0.5) >= margin)) return [];
    const before = this.#above.get(name);
    const isAbove = value > 0.5;
    this.#above.set(name, isAbove);
    if (before === undefined || before === isAbove) return [];
    return [`${this.#metrics.short(name)} is ${isAbove ? 'above' : 'below'} a half`];
  }

  #nearestOf(
    { name, curves }: MetricCatalogue['charts'][number],
    measured: (name: string) => number | null | undefined,
  ): string[] {
    const distances = curves.flatMap(({ names, label }) => {
      const value = names.map(measured).find((one) => typeof one === 'number' && Number.isFinite(one));
      return typeof value === 'number' ? [{ label: label ?? this.#metrics.short(names[0]!), value }] : [];
    });
    if (distances.length < curves.length) return [];
    const least = distances.reduce((a, b) => (b.value < a.value ? b : a));
    const before = distances.find(({ label }) => label === this.#nearest.get(name));
    if (before && !(least.value < nearer * before.value)) return [];
    this.#nearest.set(name, least.label);
    return before ? [`nearest is now ${least.label}, not ${before.label}`] : [];
  }
}
