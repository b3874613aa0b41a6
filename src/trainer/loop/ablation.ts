import type { Clock } from '../../core/clock.ts';
import { UserError } from '../../core/errors.ts';
import type { HostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import { ablationAddresses, isShare, membersOf, updatesHeld } from '../../protocol/ablation.ts';
import type { Address } from '../../protocol/address.ts';
import type { AblationScore, ModelFacts } from '../../protocol/events.ts';
import {
  formatIntervention,
  type Intervention,
  isFreeze,
  isRemoval,
  isSame,
  removal,
} from '../../protocol/interventions.ts';
import { editOf, indexOf } from '../../protocol/mask_edits.ts';
import { editMasks, editsBetween, type MaskValues, openMasks } from '../../protocol/mask_values.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { Controls, HeldOutError, Session } from '../contract/session.ts';
import type { Graft } from './interventions.ts';
import type { MaskState } from './mask_state.ts';
import { type Wanted, wantedOf } from './wanted.ts';

/** Share of the training time that ablation may add to it. */
const share = 0.04;
/** How long ablation rests while training waits, as a multiple of the measurement before. */
const restPerWork = 3;
/** Least time between two lines of the journal, in milliseconds: at first, and as a share of the time watched so far. */
const leastInterval = 1000;
const intervalShare = 0.02;
/** Longest time for which a run that has come to its end goes on to measure, in milliseconds. */
const longestEnd = 3000;

const removing: Wanted = { asked: removal, intervention: removal, grafts: undefined };

interface AblationOptions {
  readonly session: Session;
  readonly port: Pick<LoopPort, 'emit' | 'wantsAblation'>;
  readonly clock: Clock;
  readonly facts: ModelFacts;
  /** What is measured, as `prune.metric` says: empty is the usual. */
  metric(): string;
  /** Of updates that are tried. */
  controls(): Controls;
  readonly graft?: Graft | undefined;
}

/**
 * Measures what each head and neuron is worth: how much the held-out error changes without it, or with something else done to
 * the head, on top of what is pruned, prompt by prompt on the same prompts; of weights that are held, what it comes to after ten
 * updates that are then forgotten, against the same ten with them trained. One part at a time between runs of the graph, only
 * while somebody looks at it, in at most a twenty-fifth of the training time, in a quarter of the time for which training waits, and for a few seconds at
 * its end. Its lines in the journal become rarer the longer it is watched: at most about 50 ln(t / 50 s) + 50 in t seconds.
 */
export class Ablation {
  readonly #o: AblationOptions;
  #asked = '';
  #wanted = removing;
  /** What could not be measured, so that it is tried once. */
  #refused: Intervention | undefined;
  #addresses: readonly string[];
  #next = 0;
  /** Time spent measuring beside training, and time that training took, in milliseconds, while somebody looks. */
  #spent = 0;
  #trained = 0;
  /** When waiting training may be used for the next measurement. */
  #restsUntil = 0;
  #watchedSince = Number.NaN;
  #emittedAt = Number.NEGATIVE_INFINITY;
  #entries = new Map<string, AblationScore>();
  /** What the entries are measured by. */
  #metric = '';
  /** The error with nothing more removed than is pruned. */
  #base: { readonly step: number; readonly revision: number; readonly error: HeldOutError } | undefined;
  #magnitudes: HostTensor | undefined;
  /** A pass over all parts: where it began, and how many are left. */
  #round = { step: -1, revision: -1, left: 0 };

  constructor(options: AblationOptions) {
    this.#o = options;
    this.#addresses = ablationAddresses(options.facts);
  }

  /** After updates that took so long: measures the next part when the time that it may take has come together. */
  async besideTraining(mask: MaskState, milliseconds: number): Promise<void> {
    await this.#heed();
    if (!this.#isWatched()) return;
    this.#trained += milliseconds;
    if (this.#spent <= share * this.#trained) this.#spent += await this.#measureNext(mask);
    this.#write(mask);
  }

  /**
   * While training waits: measures the next part, each once a step, in at most a quarter of the time.
   * @returns milliseconds after which it would go on
   */
  async whileWaiting(mask: MaskState): Promise<number> {
    await this.#heed();
    const { step, revision, left } = this.#round;
    const isDone = left === 0 && step === this.#o.session.step && revision === mask.revision;
    const rest = this.#restsUntil - this.#o.clock.now();
    const isWatched = this.#isWatched();
    if (isWatched && !isDone && rest <= 0) await this.#measureNext(mask);
    this.#write(mask);
    return !isWatched || isDone ? Number.POSITIVE_INFINITY : Math.max(0, rest);
  }

  /**
   * At the end of training, when nothing has to wait for it: measures all parts of the last model, as far as a few seconds
   * go, those not measured of late first, and journals what is still to be written.
   */
  async atEnd(mask: MaskState): Promise<void> {
    await this.#heed();
    const { clock, session } = this.#o;
    const until = clock.now() + longestEnd;
    const { step, revision, left } = this.#round;
    const isFresh = step === session.step && revision === mask.revision;
    let missing = isFresh ? left : this.#addresses.length;
    if (!isFresh) this.#round = { step, revision, left: 0 };
    for (; missing > 0 && this.#isWatched() && clock.now() < until; missing--) await this.#measureNext(mask);
    this.#emittedAt = Number.NEGATIVE_INFINITY;
    this.#write(mask);
  }

  /** Another metric is asked for, or something else is to be done to parts: what was measured before tells nothing of it. */
  async #heed(): Promise<void> {
    const { metric, port, facts } = this.#o;
    const asked = metric();
    const wanted = await this.#ready(port.wantsAblation() ?? this.#wanted.asked);
    if (asked === this.#asked && wanted === this.#wanted) return;
    this.#asked = asked;
    this.#wanted = wanted;
    this.#addresses = ablationAddresses(facts, wanted.intervention.kind);
    this.#next = 0;
    this.#base = undefined;
    this.#entries = new Map();
    this.#round = { step: -1, revision: -1, left: 0 };
  }

  /** What is asked for, made ready; where that cannot be, removing parts. */
  async #ready(asked: Intervention): Promise<Wanted> {
    const { facts, graft, port, session } = this.#o;
    if (isSame(asked, this.#wanted.asked)) return this.#wanted;
    if (isRemoval(asked) || (this.#refused && isSame(asked, this.#refused))) return removing;
    try {
      return await wantedOf(asked, facts, graft);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.#refused = asked;
      port.emit({ type: 'alert', step: session.step, kind: 'notice', message: error.message });
      return removing;
    }
  }

  #isWatched(): boolean {
    const isWatched = this.#o.port.wantsAblation() !== undefined;
    if (!isWatched) {
      this.#spent = 0;
      this.#trained = 0;
      this.#watchedSince = Number.NaN;
    } else if (Number.isNaN(this.#watchedSince)) this.#watchedSince = this.#o.clock.now();
    return isWatched;
  }

  /** @returns how long it took, in milliseconds */
  async #measureNext(mask: MaskState): Promise<number> {
    const { session, clock } = this.#o;
    const began = clock.now();
    if (this.#round.left === 0 || this.#round.revision !== mask.revision) {
      // What everything is worth has changed: from the first on.
      if (this.#round.revision !== mask.revision) this.#next = 0;
      this.#round = { step: session.step, revision: mask.revision, left: this.#addresses.length };
      if (this.#addresses.some(isShare)) this.#magnitudes = (await session.probe())['neuron_magnitude'];
    }
    this.#round.left -= 1;
    const address = this.#addresses[this.#next]!;
    this.#next = (this.#next + 1) % this.#addresses.length;
    const entry = await this.#measure(address, mask);
    if (entry) this.#entries.set(address, entry);
    const ended = clock.now();
    this.#restsUntil = ended + restPerWork * (ended - began);
    return ended - began;
  }

  async #measure(address: string, mask: MaskState): Promise<AblationScore | undefined> {
    const { step } = this.#o.session;
    const parts = membersOf(address, this.#magnitudes);
    if (parts.length === 0) return undefined;
    const without = await this.#errorOf(this.#done(mask.values, parts), mask);
    const withIt = await this.#errorOf(restored(mask.values, parts), mask);
    const base = withIt.mean ?? Number.NaN;
    const delta = (without.mean ?? Number.NaN) - base;
    if (!Number.isFinite(delta)) return undefined;
    // Not that of the mask in force: where a part has something done to it already, neither may be measured under that.
    this.#metric = withIt.metric;
    return { address, delta, base, base_stderr: withIt.stderr, stderr: errorOfDifference(without, withIt), step };
  }

  /** The masks with what is measured done to these parts. */
  #done(values: MaskValues, parts: readonly Address[]): MaskValues {
    const { intervention, grafts } = this.#wanted;
    const known = grafts ? { ...values, grafts: { ...values.grafts, ...grafts } } : values;
    return editMasks(
      known,
      parts.map((part) => editOf(part, intervention)),
    );
  }

  /** The held-out error under a mask; that under the mask in force is measured once a step. */
  async #errorOf(values: MaskValues, mask: MaskState): Promise<HeldOutError> {
    const { session } = this.#o;
    if (editsBetween(mask.values, values).length > 0) return this.#error(values, mask);
    const known = this.#base;
    if (known && known.step === session.step && known.revision === mask.revision) return known.error;
    const error = await this.#error(values, mask);
    this.#base = { step: session.step, revision: mask.revision, error };
    return error;
  }

  #error(values: MaskValues, { scope, values: inForce }: MaskState): Promise<HeldOutError> {
    const { session, facts, controls } = this.#o;
    if (!isFreeze(this.#wanted.intervention.kind)) return session.heldOutError(values, this.#asked);
    // Under a probe training sees of the masks only what is tried.
    const seen = scope === 'clamp' ? values : editMasks(openMasks(facts), editsBetween(inForce, values));
    return session.errorAhead(values, this.#asked, { updates: updatesHeld, seen, controls: controls() });
  }

  /** Journals what was measured since the last line, when one is due. */
  #write(mask: MaskState): void {
    const { clock, port, session } = this.#o;
    const now = clock.now();
    const interval = Math.max(leastInterval, intervalShare * (now - this.#watchedSince));
    if (this.#entries.size === 0 || now - this.#emittedAt < interval) return;
    this.#emittedAt = now;
    const entries = [...this.#entries.values()];
    this.#entries = new Map();
    const { intervention, asked } = this.#wanted;
    port.emit({
      type: 'ledger',
      step: session.step,
      metric: this.#metric,
      ...(!isRemoval(intervention) && { kind: formatIntervention(intervention) }),
      ...(!isSame(asked, intervention) && { asked: formatIntervention(asked) }),
      revision: mask.revision,
      entries,
    });
  }
}

/** The masks with these parts as they are by themselves. */
function restored(values: MaskValues, parts: readonly Address[]): MaskValues {
  return editMasks(
    values,
    parts.map((from) => ({ kept: true, from, last: indexOf(from) })),
  );
}

/** Standard error of a mean difference: of the differences prompt by prompt, or, where only means are known, an upper bound. */
function errorOfDifference(a: HeldOutError, b: HeldOutError): number | null {
  const [before, after] = [a.samples, b.samples];
  if (before && after) {
    return estimate(
      Array.from(before.values, (error, i) => error - after.values[i]!),
      before.tasks,
    ).stderr;
  }
  return a.stderr === null || b.stderr === null ? null : Math.hypot(a.stderr, b.stderr);
}
