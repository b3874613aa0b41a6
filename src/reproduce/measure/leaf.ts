import { UserError } from '../../core/errors.ts';
import { nearest } from '../../core/nearest.ts';
import { mean } from '../../core/stats.ts';
import { gapBound } from '../../models/multi_head_softmax/convergence.ts';
import { resolveConfig, type Setting } from '../../presets/resolve.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { Estimate, Numbers } from '../../protocol/events.ts';
import { parseMask } from '../../protocol/mask_edits.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { tasks } from '../../tasks/registry.ts';
import type { Experiment } from '../../trainer/contract/session.ts';
import { baselinesOf, evaluateSnapshot, type SnapshotEvaluation } from '../../trainer/measure/evaluate.ts';
import { theoryOf } from '../../trainer/measure/theory.ts';
import { PruningBench } from '../../trainer/pruning/bench.ts';
import { pruningCurve } from '../../trainer/pruning/curve.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import type { PlannedRun } from '../plan.ts';
import type { Leaf, Place, Settings } from '../recipe/expression.ts';
import type { Runs } from './runs.ts';
import type { Curve, Source } from './source.ts';

type Kind<K extends string> = Extract<Leaf, { readonly [key in K]: unknown }>;

/** Random orders that pruning averages over, unless a recipe says otherwise. */
const usualRepeats = 5;

/** Snapshots that are ready to be pruned at a time: those of all seeds, and of a few settings. */
const mostBenches = 16;

/** Reads numbers from runs as the program's commands measure them. */
export class Reader implements Source {
  readonly runs: Runs;
  readonly isPart = false;
  readonly #evaluations = new Map<string, Promise<SnapshotEvaluation>>();
  readonly #baselines = new Map<string, Promise<Readonly<Record<string, Estimate>>>>();
  readonly #theories = new Map<string, { readonly experiment: Experiment; readonly values: Numbers }>();
  readonly #pruned = new Map<string, Promise<Readonly<Record<string, Estimate>>>>();
  readonly #benches = new Map<string, PruningBench>();

  constructor(runs: Runs) {
    this.runs = runs;
  }

  /** Null where the run has no such value, as it never came so far. */
  async read(leaf: Leaf, seed: number): Promise<number | null> {
    const run = this.runs.find(leaf, seed);
    if ('metric' in leaf) return valueAt(await this.runs.curve(run, leaf.metric), leaf);
    if ('steps_until' in leaf) return firstBelow(await this.runs.curve(run, leaf.steps_until), leaf);
    if ('theory' in leaf) return this.#theory(run, leaf);
    if ('saved' in leaf) return (await this.runs.firstSaved(run, leaf.saved)) ?? null;
    if ('eval' in leaf)
      return leaf.eval.startsWith('baseline/') ? this.#baseline(run, leaf) : this.#evaluated(run, leaf);
    return (await this.#prune(run, leaf))[leaf.pruned]?.mean ?? null;
  }

  curve(place: Place, metric: string, seed: number): Promise<Curve> {
    return this.runs.curve(this.runs.find(place, seed), metric);
  }

  seeds(of?: string): readonly number[] {
    return this.runs.seeds(of);
  }

  varies(of: string | undefined, path: string): boolean {
    return this.runs.varies(of, path);
  }

  async dispose(): Promise<void> {
    for (const bench of this.#benches.values()) await bench.dispose();
    this.#benches.clear();
  }

  /**
   * Closed forms of the task alone, unless one is of the start of the model, which takes longer; `gap_bound` is what
   * Theorem 1 bounds L − L* by at a step, with the learning rate of the run as the step of w.
   */
  async #theory(run: PlannedRun, { theory: name, at = 'last' }: Kind<'theory'>): Promise<number | null> {
    const key = run.key;
    // Held-out prompts play no part in closed forms.
    const few = { evaluate: { ...run.config.evaluate, prompts: 1 }, probe: { ...run.config.probe, prompts: 1 } };
    const experiment = this.#theories.get(key)?.experiment ?? createExperiment({ ...run.config, ...few }, 'a recipe');
    const known = this.#theories.get(key)?.values ?? experiment.task.theory;
    const { train, task } = run.config;
    const step = at === 'last' ? train.steps : at === 'first' ? 0 : at;
    const bounded = { stepOfW: train.learning_rate, tokens: Number(task['tokens']), step };
    const valueIn = (values: Numbers) => (name === 'gap_bound' ? gapBound(values, bounded) : values[name]);
    const isKnown = valueIn(known) !== undefined;
    const values = isKnown ? known : (await theoryOf(experiment)).values;
    this.#theories.set(key, { experiment, values });
    return valueIn(values) ?? found(values, name);
  }

  async #evaluated(run: PlannedRun, leaf: Kind<'eval'>): Promise<number | null> {
    const { path, snapshot } = await this.runs.snapshot(run, leaf.at);
    const key = JSON.stringify([path, leaf.set, leaf.mask, partOf(snapshot, leaf.eval)]);
    const evaluation =
      this.#evaluations.get(key) ??
      evaluateSnapshot({
        snapshot,
        config: measuredConfig(snapshot, leaf.set, path),
        where: path,
        metric: leaf.eval,
        mask: leaf.mask === undefined ? [] : parseMask(leaf.mask, 'mask'),
        baselines: false,
        attention: false,
        predictions: false,
      });
    this.#evaluations.set(key, evaluation);
    const { metrics, theory } = await evaluation;
    return leaf.eval in theory.values ? theory.values[leaf.eval]! : found(metrics, leaf.eval).mean;
  }

  /** Of a predictor without training, which is the same at every step; never closed forms, which are of prompts as in training. */
  async #baseline(run: PlannedRun, leaf: Kind<'eval'>): Promise<number | null> {
    const key = JSON.stringify([run.key, leaf.set]);
    const measured = async () => {
      const { path, snapshot } = await this.runs.snapshot(run, leaf.at);
      return baselinesOf(createExperiment(measuredConfig(snapshot, leaf.set, path), path, snapshot.task, leaf.eval));
    };
    const known = this.#baselines.get(key) ?? measured();
    this.#baselines.set(key, known);
    return found(await known, leaf.eval).mean;
  }

  async #prune(run: PlannedRun, { pruned, set, order, fraction, repeats = usualRepeats, at }: Kind<'pruned'>) {
    const { path, snapshot } = await this.runs.snapshot(run, at);
    const key = JSON.stringify([path, set, partOf(snapshot, pruned)]);
    const whole = JSON.stringify([key, order, fraction, repeats]);
    const before = this.#pruned.get(whole);
    if (before) return before;
    const bench =
      this.#benches.get(key) ?? (await this.#openBench(key, { snapshot, set, where: path, metric: pruned }));
    const { facts } = bench.experiment.model;
    const scores = await bench.scores(facts.neurons > 0 ? 'neurons' : 'heads', 'magnitude', bench.masks);
    const options = { scores, order, fractions: [fraction], repeats, seed: run.seed, masks: bench.masks };
    const measured = pruningCurve(bench, options).then(([point]) => point!.metrics);
    this.#pruned.set(whole, measured);
    return measured;
  }

  /** One that stays open, in the place of the one that was opened first where there are many. */
  async #openBench(
    key: string,
    { set, ...how }: { snapshot: Snapshot; set: Settings | undefined; where: string; metric: string },
  ) {
    const [oldest] = this.#benches;
    if (oldest && this.#benches.size >= mostBenches) {
      this.#benches.delete(oldest[0]);
      await oldest[1].dispose();
    }
    const bench = await PruningBench.open({ ...how, config: measuredConfig(how.snapshot, set, how.where) });
    this.#benches.set(key, bench);
    return bench;
  }
}

/** The part of the evaluation that a metric is measured in. */
const partOf = ({ config }: Snapshot, metric: string): string | undefined =>
  tasks.get(config.task.name)!.partOf?.(metric);

/** The configuration of a snapshot with what a recipe measures otherwise. */
function measuredConfig(snapshot: Snapshot, set: Settings = {}, where: string): RunConfig {
  const settings = Object.entries(set).map(([path, value]): Setting => ({ path, value, flag: 'a recipe' }));
  return resolveConfig(snapshot.config, where, settings).config;
}

/** The value at a step, or the mean over the last share of the way there. */
export function valueAt({ step, last }: Curve, { at = 'last', share }: Place & { share?: number }): number | null {
  const end = at === 'last' ? step.length - 1 : at === 'first' ? 0 : step.findLastIndex((one) => one <= at);
  if (end < 0) return null;
  if (share === undefined) return finite(last[end]!);
  const from = step[end]! * (1 - share);
  return finite(
    mean(
      last.subarray(
        step.findIndex((one) => one > from),
        end + 1,
      ),
    ),
  );
}

/** The first step at which the mean of so many points of a curve is below a level. */
export function firstBelow({ step, last }: Curve, { below, points = 1 }: { below: number; points?: number }) {
  for (let end = points; end <= last.length; end++) {
    if (mean(last.subarray(end - points, end)) < below) return step[end - 1]!;
  }
  return null;
}

function found<V>(values: Readonly<Record<string, V>>, name: string): V {
  if (Object.hasOwn(values, name)) return values[name]!;
  const names = Object.keys(values);
  throw new UserError({
    what: `a recipe reads ${name}, which is not measured here`,
    expected: `one of ${names.slice(0, 40).join(', ')}`,
    fix: nearest(name, names) || undefined,
  });
}

const finite = (value: number): number | null => (Number.isFinite(value) ? value : null);
