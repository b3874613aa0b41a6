import { snapshotsIn } from '../../store/catalogue.ts';
import { LiveCell } from '../../sweep/live_cell.ts';
import { outcomeOf } from '../../sweep/outcome.ts';
import type { Sampled } from '../../sweep/sampled.ts';
import type { Known } from '../known.ts';
import { firstBelow, valueAt } from '../measure/leaf.ts';
import { Runs } from '../measure/runs.ts';
import type { Curve, Source } from '../measure/source.ts';
import type { Plan, PlannedRun } from '../plan.ts';
import type { Leaf, Place } from '../recipe/expression.ts';

type Curves = Readonly<Record<string, Curve>>;

/** What runs have measured of themselves so far: curves as far as they have come, and nothing that takes an evaluation. */
export class LiveSource implements Source {
  readonly isPart = true;
  readonly #runs: Runs;
  readonly #steps: ReadonlyMap<string, number>;
  /** Key of a run → its curves; of those that are done. */
  readonly #done = new Map<string, Promise<Curves>>();
  readonly #live = new Map<string, LiveCell>();
  #known: ReadonlyMap<string, Known> = new Map();

  constructor(plan: Plan) {
    this.#runs = new Runs(plan, new Map());
    this.#steps = new Map([...plan.values()].flatMap(({ runs, steps }) => runs.map(({ key }) => [key, steps])));
  }

  /** Looks at what runs have written since the last time. @returns how far they are, 0 … 1, all together */
  async look(known: ReadonlyMap<string, Known>): Promise<number> {
    this.#known = known;
    let sum = 0;
    for (const [key, steps] of this.#steps) {
      const run = known.get(key);
      if (run?.cell.state === 'done') sum += 1;
      if (run?.cell.state !== 'running') continue;
      const live = this.#live.get(key) ?? new LiveCell(run.folder, steps);
      this.#live.set(key, live);
      await live.look();
      sum += live.progress.step / steps;
    }
    return this.#steps.size === 0 ? 1 : sum / this.#steps.size;
  }

  async read(leaf: Leaf, seed: number): Promise<number | null> {
    const metric = 'metric' in leaf ? leaf.metric : 'steps_until' in leaf ? leaf.steps_until : undefined;
    const curve = metric === undefined ? undefined : await this.curve(leaf, metric, seed);
    if (!curve) return null;
    if ('steps_until' in leaf) return firstBelow(curve, leaf);
    const { at = 'last' } = leaf;
    const isThere = this.#isDone(this.#runs.find(leaf, seed)) || at === 'first' || Number(at) <= curve.step.at(-1)!;
    return isThere ? valueAt(curve, leaf as Place & { share?: number }) : null;
  }

  async curve(place: Place, metric: string, seed: number): Promise<Curve | undefined> {
    const run = this.#runs.find(place, seed);
    if (this.#isDone(run)) return (await this.#read(run))[metric];
    const live = this.#live.get(run.key);
    const sampled = live?.progress.curves.get(metric);
    return sampled && curveOf(sampled, this.#steps.get(run.key)!);
  }

  seeds(of?: string): readonly number[] {
    return this.#runs.seeds(of);
  }

  varies(of: string | undefined, path: string): boolean {
    return this.#runs.varies(of, path);
  }

  #isDone = ({ key }: PlannedRun): boolean => this.#known.get(key)?.cell.state === 'done';

  #read({ key }: PlannedRun): Promise<Curves> {
    const before = this.#done.get(key) ?? historyIn(this.#known.get(key)!.folder);
    this.#done.set(key, before);
    return before;
  }
}

/** The curves in the last snapshot of a run; none where it cannot be read, which whoever measures will say. */
async function historyIn(folder: string): Promise<Curves> {
  try {
    const last = (await snapshotsIn(folder)).at(-1);
    return last ? (await outcomeOf(`${folder}/${last.file}`)).history : {};
  } catch {
    return {};
  }
}

/** Values at the steps at which their stretches of the training begin. */
function curveOf(sampled: Sampled, steps: number): Curve {
  const there = Array.from(sampled, (value, i) => [Math.floor((i * steps) / sampled.length), value] as const).filter(
    ([, value]) => !Number.isNaN(value),
  );
  return { step: Float64Array.from(there, ([step]) => step), last: Float32Array.from(there, ([, value]) => value) };
}
