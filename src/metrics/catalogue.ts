import type { Chart, Measures, Metric } from '../protocol/measures.ts';
import { type MetricName, readName } from './names.ts';
import { evalLoss, headChart, shared, trainLoss } from './shared.ts';

/** What a run measures, by the names in journals, snapshots and JSON: what its task and model say, and what all runs share. */
export class MetricCatalogue {
  readonly #known: ReadonlyMap<string, Metric>;
  readonly #predictors: ReadonlyMap<string, string>;
  /** What symbols and words of the texts stand for. */
  readonly terms: ReadonlyMap<string, string>;
  /** Metrics that runs are judged by, the most telling first; the loss on held-out prompts where a task names none. */
  readonly headlines: readonly string[];
  /** The first is that of the losses. */
  readonly charts: readonly Chart[];

  constructor({ metrics, charts = [], predictors = {}, terms = {} }: Measures = { metrics: [] }) {
    this.#known = new Map([...shared.metrics, ...metrics].map((metric) => [metric.name, metric]));
    this.#predictors = new Map(Object.entries({ ...shared.predictors, ...predictors }));
    this.terms = new Map(Object.entries({ ...shared.terms, ...terms }));
    const heldOut = [...new Set(metrics.filter(({ headline }) => headline).map(({ name }) => name)), evalLoss];
    this.headlines = [...heldOut, trainLoss];
    const judged: Chart = { name: 'loss', title: '', curves: [{ role: 'in_domain', names: heldOut }] };
    this.charts = combined([...shared.charts, judged, ...charts, headChart]);
  }

  /** Every metric described, the shared ones first. */
  get all(): Iterable<Metric> {
    return this.#known.values();
  }

  /**
   * What is known of `name`, which may be one of a family, `<family>/<index>`, or that of a predictor without training,
   * `baseline/<predictor>/<metric>`; undefined for names that nobody describes, as in files of other versions.
   */
  info(name: string): Metric | undefined {
    const parts = readName(name);
    const info = this.#known.get(parts.measured) ?? this.#member(parts);
    const { predictor } = parts;
    if (predictor === undefined) return info;
    if (!info) return undefined;
    const of = this.predictor(predictor);
    return { ...info, title: `${info.title}: ${of}`, short: `${info.short}: ${predictor}`, role: 'other' };
  }

  title(name: string): string {
    return this.info(name)?.title ?? name;
  }

  short(name: string): string {
    return this.info(name)?.short ?? name;
  }

  /** The one of these names that a word means: the name itself, or what it is called in short. */
  named(word: string, names: readonly string[]): string | undefined {
    return names.includes(word) ? word : names.find((name) => this.short(name) === word);
  }

  /** A predictor without training in words. */
  predictor(name: string): string {
    return this.#predictors.get(name) ?? name;
  }

  #member({ family, index }: MetricName): Metric | undefined {
    const info = this.#known.get(`${family}/#`);
    const named = (text: string) => text.replace('#', index!);
    return info && { ...info, title: named(info.title), short: named(info.short) };
  }
}

/** Charts of one name as one: of curves of one colour the later names come after the earlier. */
function combined(charts: readonly Chart[]): Chart[] {
  const found = new Map<string, Chart>();
  for (const chart of charts) {
    const before = found.get(chart.name);
    found.set(chart.name, before ? joined(before, chart) : chart);
  }
  return [...found.values()];
}

function joined(before: Chart, { curves, levels = [] }: Chart): Chart {
  const roles = new Set([...before.curves, ...curves].map(({ role }) => role));
  const all = [...before.curves, ...curves];
  return {
    ...before,
    curves: [...roles].map((role) => {
      const same = all.filter((curve) => curve.role === role);
      return { ...same[0]!, names: [...new Set(same.flatMap(({ names }) => names))] };
    }),
    levels: [...(before.levels ?? []), ...levels].sort((a, b) => placeOf(a) - placeOf(b)),
  };
}

/** Bounds on a decay come first, then what is fitted to it, then what stays the same. */
function placeOf({ value, factor }: NonNullable<Chart['levels']>[number]): number {
  return factor !== undefined ? 0 : value === undefined ? 1 : 2;
}
