import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { RandomStream } from '../../core/random.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { stateHash } from '../../snapshots/state_hash.ts';
import { readSnapshot } from '../../snapshots/store.ts';
import { snapshotsIn } from '../../store/catalogue.ts';
import { tasks } from '../../tasks/registry.ts';
import { theoryOf } from '../../trainer/measure/theory.ts';
import { createExperiment } from '../../trainer/session/experiment.ts';
import { planOf } from '../plan.ts';
import { type Along, type Expression, type Leaf, leavesOf } from '../recipe/expression.ts';
import type { Claims } from '../trial.ts';
import { closedForms } from './closed_forms.ts';
import { ReferenceModel } from './reference.ts';
import { firstSaved, levelOf, type Value } from './run_files.ts';
import { powerOf } from './statistics.ts';

type Bindings = Readonly<Record<string, unknown>>;

/** A run, and where in it. */
interface Spot {
  readonly sweep: string;
  readonly where: Bindings;
  readonly seed: number;
  readonly at: 'first' | 'last' | number;
}

/** Expressions of what others come to at several places. */
const alongs = ['slope', 'crossing', 'mean', 'greatest', 'least'] as const;

/** A value and the place that it is at. */
type Placed = readonly [place: number, value: number];

/** Keys that name what a leaf reads. */
const named = ['metric', 'steps_until', 'eval', 'pruned', 'theory', 'saved'];

/** A snapshot, and what is measured otherwise than in its own run. */
interface File {
  readonly path: string;
  readonly set: Bindings;
  readonly mask: string | undefined;
  readonly metric: string;
  /** The same for what is measured together. */
  readonly key: string;
}

/** Snapshots that are held at a time. */
const mostOpen = 8;

/** Computes expressions anew from the files that `claims.json` names. */
export class Recomputation {
  readonly #claims: Claims;
  readonly #root: string;
  readonly #snapshots = new Map<string, Promise<Snapshot>>();
  readonly #metrics = new Map<string, Readonly<Record<string, Value>>>();
  #model: { readonly key: string; readonly model: ReferenceModel } | undefined;

  constructor(claims: Claims, root: string) {
    this.#claims = claims;
    this.#root = root;
  }

  /** What of the runs is not as it was when claims were measured, one sentence each. */
  async changes(): Promise<string[]> {
    const found: string[] = [];
    for (const { folder, snapshots, curves } of this.#claims.runs) {
      for (const [file, hash] of Object.entries(snapshots)) {
        const now = stateHash(await this.#read(join(this.#root, folder!, file)));
        if (now !== hash)
          found.push(`${folder}/${file} holds another state: ${now}, and claims were measured on ${hash}`);
      }
      for (const [metric, hash] of Object.entries(curves)) {
        const { step, last } = await this.#curve(folder!, metric);
        const digest = createHash('sha256').update(bytesOf(step)).update(bytesOf(last)).digest('hex');
        if (digest !== hash) found.push(`${folder} has another curve of ${metric} than claims were measured on`);
      }
    }
    return found;
  }

  /** Seeds of which every run is there that an expression reads. */
  seedsOf(quantity: Expression): number[] {
    const lists = leavesOf(quantity).map(({ of }) => {
      const { seeds } = this.#claims.sweeps[of ?? Object.keys(this.#claims.sweeps)[0]!]!;
      return typeof seeds === 'number' ? Array.from({ length: seeds }, (_, seed) => seed) : seeds;
    });
    return (lists[0] ?? []).filter((seed) => lists.every((list) => list.includes(seed)));
  }

  async value(one: Expression, seed: number, bound: Bindings = {}): Promise<Value> {
    if (typeof one === 'number') return one;
    const part = (inner: Expression, more: Bindings = {}) => this.value(inner, seed, { ...bound, ...more });
    if ('ratio' in one) {
      const [a, b] = [await part(one.ratio[0]), await part(one.ratio[1])];
      return a === null || b === null || b === 0 ? null : a / b;
    }
    if ('difference' in one) {
      const [a, b] = [await part(one.difference[0]), await part(one.difference[1])];
      return a === null || b === null ? null : a - b;
    }
    if ('absolute' in one) {
      const a = await part(one.absolute);
      return a === null ? null : Math.sqrt(a * a);
    }
    if ('log10' in one) {
      const a = await part(one.log10);
      return a === null || a <= 0 ? null : Math.log(a) / Math.LN10;
    }
    const name = alongs.find((key) => key in one);
    if (!name) return this.#leaf(one as Leaf, seed, bound);
    const { over, below = 0, ...inner } = one as { readonly over?: Along; readonly below?: number };
    const parts = Object.values(inner).flat() as Expression[];
    const points: [number, number][] = [];
    for (const place of over ? each(over) : [{}]) {
      for (const each of parts) {
        const y = await part(each, place);
        if (y === null) return null;
        points.push([Number(Object.values(place)[0]), y]);
      }
    }
    return joined[name](points, below);
  }

  async #leaf(given: Leaf, seed: number, bound: Bindings): Promise<Value> {
    const sweep = given.of ?? Object.keys(this.#claims.sweeps)[0]!;
    const { grid, zip } = this.#claims.sweeps[sweep]!;
    const where: Record<string, unknown> = { ...given.where };
    const set: Record<string, unknown> = { ...('set' in given ? given.set : {}) };
    const leaf = { ...given } as Record<string, unknown>;
    for (const [path, value] of Object.entries(bound)) {
      if (path === '#') {
        for (const key of named) if (key in leaf) leaf[key] = String(leaf[key]).split('#').join(String(value));
      } else if (['at', 'fraction', 'order', 'below'].includes(path)) leaf[path] = value;
      else if (path in grid || path in zip) where[path] = value;
      else set[path] = value;
    }
    const at = (leaf['at'] ?? 'last') as 'first' | 'last' | number;
    const { metric, steps_until, eval: evaluated, pruned, theory, saved } = leaf as Record<string, string>;
    if ('theory' in given) return this.#theory(theory!, { sweep, where, seed, at });
    const folder = this.#folderOf(sweep, where, seed);
    if ('saved' in given) return firstSaved(join(this.#root, folder), saved!);
    if ('metric' in given) return levelOf(await this.#curve(folder, metric!), at, given.share);
    if ('steps_until' in given) {
      const { step, last } = await this.#curve(folder, steps_until!);
      const count = given.points ?? 1;
      for (let i = count - 1; i < last.length; i++) {
        let sum = 0;
        for (let j = i - count + 1; j <= i; j++) sum += last[j]!;
        if (sum / count < Number(leaf['below'])) return step[i]!;
      }
      return null;
    }
    const path = await this.#fileOf(folder, at);
    const name = (evaluated ?? pruned)!;
    const { config } = await this.#read(path);
    const part = tasks.get(config.task.name)!.partOf?.(name);
    // Predictors without training are the same at every step.
    const which = name.startsWith('baseline/') ? 'baselines' : 'model';
    const mask = 'eval' in given ? given.mask : undefined;
    const key = JSON.stringify([which === 'baselines' ? folder : path, set, mask, part]);
    const file = { path, set, mask, metric: name, key };
    if ('eval' in given) return this.#metric(which, file);
    const model = await this.#modelOf(file);
    const { repeats = 5 } = given;
    const how = { order: String(leaf['order']), fraction: Number(leaf['fraction']), repeats, seed };
    return model.pruned(name, how);
  }

  /** Of all that comes with it, which is kept: claims read it under other names again. */
  async #metric(which: 'baselines' | 'model', file: File): Promise<Value> {
    const key = which + file.key;
    const known = this.#metrics.get(key) ?? (await (await this.#modelOf(file)).metrics(which));
    this.#metrics.set(key, known);
    return known[file.metric] ?? null;
  }

  /** The last one stays, as what is read of one snapshot mostly comes together. */
  async #modelOf({ path, set, mask, metric, key }: File): Promise<ReferenceModel> {
    if (this.#model?.key !== key) {
      this.#model = { key, model: new ReferenceModel(await this.#read(path), { set, mask, where: path, metric }) };
    }
    return this.#model.model;
  }

  async #theory(name: string, { sweep, where, seed, at }: Spot): Promise<Value> {
    const plan = planOf({ name: this.#claims.recipe, sweeps: this.#claims.sweeps }).get(sweep)!;
    const run = plan.runs.find((one) => one.seed === seed && isWithin(where, one.settings))!;
    const { evaluate, probe } = run.config;
    const few = { evaluate: { ...evaluate, prompts: 1 }, probe: { ...probe, prompts: 1 } };
    const experiment = createExperiment({ ...run.config, ...few }, this.#claims.recipe);
    const own = closedForms[name];
    if (own) {
      const start = () => experiment.model.initial(RandomStream.named(seed, 'init'));
      return own(run.config, experiment.task.fixed, { at, start });
    }
    return (await theoryOf(experiment)).values[name] ?? null;
  }

  #folderOf(sweep: string, where: Bindings, seed: number): string {
    const run = this.#claims.runs.find(
      (one) => one.sweep === sweep && one.seed === seed && isWithin(where, one.settings),
    );
    if (run?.folder) return run.folder;
    throw new UserError({
      what: `claims.json names no run of ${sweep} with ${JSON.stringify(where)} and seed ${seed}`,
    });
  }

  async #fileOf(folder: string, at: 'first' | 'last' | number): Promise<string> {
    const files = await snapshotsIn(join(this.#root, folder));
    const found = at === 'last' ? files.at(-1) : files.findLast(({ step }) => step === (at === 'first' ? 0 : at));
    if (found) return join(this.#root, folder, found.file);
    throw new UserError({ where: folder, what: `the snapshot of step ${at} is gone` });
  }

  async #curve(folder: string, metric: string) {
    const { history } = await this.#read(await this.#fileOf(folder, 'last'));
    const curve = history[metric];
    if (curve) return curve;
    throw new UserError({ where: folder, what: `has no curve of ${metric}` });
  }

  #read(path: string): Promise<Snapshot> {
    const known = this.#snapshots.get(path) ?? readSnapshot(path).then(({ snapshot }) => snapshot);
    this.#snapshots.set(path, known);
    if (this.#snapshots.size > mostOpen) this.#snapshots.delete(this.#snapshots.keys().next().value!);
    return known;
  }
}

/** What points (place, value) along some settings come to. */
const joined: Readonly<Record<(typeof alongs)[number], (points: readonly Placed[], below: number) => Value>> = {
  slope: powerOf,
  mean: (points) => points.reduce((sum, [, y]) => sum + y, 0) / points.length,
  greatest: (points) => Math.max(...points.map(([, y]) => y)),
  least: (points) => Math.min(...points.map(([, y]) => y)),
  crossing(points, below) {
    const [before, after] = pairAround(points, below);
    if (!after || !before) return after?.[0] ?? null;
    const share = (below - after[1]) / (before[1] - after[1]);
    return share * before[0] + (1 - share) * after[0];
  },
};

function pairAround(points: readonly Placed[], below: number) {
  let before: Placed | undefined;
  for (const point of points) {
    if (point[1] < below) return [before, point];
    before = point;
  }
  return [];
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Float64Array | Float32Array): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

function each(over: Along): Record<string, unknown>[] {
  const entries = Object.entries(over);
  return Array.from({ length: entries[0]![1].length }, (_, i) =>
    Object.fromEntries(entries.map(([path, values]) => [path, values[i]])),
  );
}

function isWithin(where: Bindings, settings: Bindings): boolean {
  return Object.entries(where).every(([path, value]) => JSON.stringify(settings[path]) === JSON.stringify(value));
}
