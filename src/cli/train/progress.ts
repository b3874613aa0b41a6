import { join, relative } from 'node:path';
import { systemClock } from '../../core/clock.ts';
import { duration, fitNumber, plural, significant, thousands } from '../../core/format.ts';
import { isOfModel } from '../../metrics/names.ts';
import { fittedRate, gapCurve } from '../../metrics/rate.ts';
import { fittedRateName, gapNames, trainLoss } from '../../metrics/shared.ts';
import { metricText } from '../../metrics/text.ts';
import { plainChart } from '../../plot/ascii.ts';
import type { Numbers, RunEvent } from '../../protocol/events.ts';
import { resumeCommand } from '../../runs/resume_command.ts';
import type { RunState } from '../../runs/state.ts';
import { loadedPlugins } from '../../store/plugin_records.ts';
import type { Ending } from '../../trainer/contract/loop.ts';
import { drawnMetrics } from '../../ui/state/shown_metrics.ts';

/** Least time between two progress lines, in milliseconds. */
const interval = 1000;

/** Plain progress lines and a closing summary, for pipes, logs and batch jobs. */
export class PlainProgress {
  readonly #print: (...lines: readonly string[]) => void;
  #printedAt = Number.NEGATIVE_INFINITY;
  #printedStep = -1;
  #columns: readonly string[] = [];

  constructor(print: (...lines: readonly string[]) => void) {
    this.#print = print;
  }

  event(event: RunEvent, state: RunState): void {
    if (event.type === 'run_started') this.#header(state);
    // Not only of predictors that the model is compared with.
    else if (event.type === 'evaluated' && Object.keys(event.values).some(isOfModel))
      this.#row(event.step, state, interval);
    else if (event.type === 'alert') this.#print(`! step ${thousands(event.step)}: ${event.message}`);
    else if (event.type === 'snapshot_saved') this.#print(`saved ${event.file} (${event.why})`);
    else if (event.type === 'run_finished') this.#row(event.step, state, 0);
  }

  summary(state: RunState, folder: string, ending: Ending): void {
    const { config, start, summary, snapshots, theory, curves, metrics } = state;
    if (!config || !summary) return;
    const series = columnsOf(state).flatMap((name) => {
      const curve = curves.get(name);
      return curve ? [{ name, label: metrics.short(name), view: curve.view() }] : [];
    });
    this.#print('', ...plainChart({ series, width: 76, height: 14, scale: 'log' }), '');
    this.#print(`${'metric'.padEnd(titleWidth)}${'now'.padStart(10)}${'best'.padStart(10)}  at step`);
    for (const { name, view } of series) {
      const best = view.best('lower');
      const numbers = `${fitNumber(view.last?.value ?? null, 10)}${fitNumber(best?.value ?? null, 10)}`;
      this.#print(`${metrics.title(name).padEnd(titleWidth)}${numbers}  ${thousands(best?.step ?? null)}`);
    }
    const gap = gapCurve(curves);
    const rate = gap && fittedRate(gap.view());
    // The rest of the theory is what `eval` is for.
    const expected: Numbers = { ...theory, ...(rate && { [fittedRateName]: rate.factor }) };
    for (const [name, value] of Object.entries(expected)) {
      if (metrics.info(name)?.summary)
        this.#print(`${metrics.title(name).padEnd(titleWidth)}  ${metricText(metrics, name, value)}`);
    }
    const { steps, budget_s } = config.train;
    const why = ending === 'budget' ? `train.budget_s (${duration(budget_s)}) is spent` : ending;
    const speed = significant(summary.metrics['steps_per_second'] ?? null);
    this.#print('', `${why} at step ${thousands(summary.step)} of ${thousands(steps)}`);
    this.#print(
      `${thousands(summary.step - start)} steps in ${duration(summary.seconds)}, updates alone at ${speed} steps/s`,
    );
    const last = snapshots.at(-1);
    if (!last) return;
    const path = join(relative(process.cwd(), folder), last.file);
    this.#print(`snapshot  ${path}`);
    const plugins = loadedPlugins().map(({ file }) => file);
    this.#print(`go on     ${resumeCommand(path, { step: summary.step, steps }, plugins)}`);
  }

  #header(state: RunState): void {
    const { config, model, engine } = state;
    if (!config || !model || !engine) return;
    this.#print(`incline · ${state.run} · seed ${config.seed}`);
    this.#print(
      `${config.task.name} · ${config.model.name} · ${plural(model.layers, 'layer')} × ${model.heads} heads · ${thousands(model.parameters)} parameters · ${engine.name} ${engine.version}, ${plural(engine.threads, 'thread')}, unroll ${engine.unroll}`,
    );
  }

  /** One line of numbers, unless this step has one or the last was less than `wait` milliseconds ago. */
  #row(step: number, state: RunState, wait: number): void {
    const time = systemClock.now();
    if (step === this.#printedStep || time - this.#printedAt < wait) return;
    this.#printedAt = time;
    this.#printedStep = step;
    const columns = columnsOf(state);
    if (columns.join() !== this.#columns.join()) {
      this.#columns = columns;
      this.#print(
        `${'step'.padStart(10)}${this.#columns.map((name) => state.metrics.short(name).padStart(columnWidth)).join('')}`,
      );
    }
    const values = this.#columns.map((name) =>
      fitNumber(state.curves.get(name)?.view().last?.value ?? null, columnWidth),
    );
    this.#print(`${thousands(step).padStart(10)}${values.join('')}`);
  }
}

/** Metrics worth a column, in this order; those that screens draw, as far as the run has them. */
function columnsOf(state: RunState): string[] {
  const others = [gapNames[1], ...drawnMetrics(state).map(({ name }) => name)].filter((name) => state.curves.has(name));
  return [...new Set([trainLoss, ...others])];
}

const columnWidth = 15;
const titleWidth = 44;
