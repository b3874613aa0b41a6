import type { Clock } from '../../core/clock.ts';
import type { HostTensor } from '../../core/tensor.ts';
import { estimate } from '../../metrics/estimate.ts';
import { ablationAddresses, isShare, membersOf } from '../../protocol/ablation.ts';
import type { Address } from '../../protocol/address.ts';
import type { AblationScore, ModelFacts } from '../../protocol/events.ts';
import type { StrengthKind } from '../../protocol/interventions.ts';
import { fullEdit, indexOf, type MaskEdit } from '../../protocol/mask_edits.ts';
import { editMasks, editsBetween, type MaskValues } from '../../protocol/mask_values.ts';
import type { LoopPort } from '../contract/loop.ts';
import type { HeldOutError, Session } from '../contract/session.ts';
import type { MaskState } from './mask_state.ts';

/** Share of the training time that ablation may add to it. */
const share = 0.04;
/** How long ablation rests while training waits, as a multiple of the measurement before. */
const restPerWork = 3;
/** Least time between two lines of the journal, in milliseconds: at first, and as a share of the time watched so far. */
const leastInterval = 1000;
const intervalShare = 0.02;
/** Longest time for which a run that has come to its end goes on to measure, in milliseconds. */
const longestEnd = 3000;

interface AblationOptions {
  readonly session: Session;
  readonly port: Pick<LoopPort, 'emit' | 'wantsAblation'>;
  readonly clock: Clock;
  readonly facts: ModelFacts;
  /** What is measured, as `prune.metric` says: empty is the usual. */
  metric(): string;
}

/**
 * Measures what each head and neuron is worth: how much the held-out error changes without it, or with something else done to
 * the head, on top of what is pruned, prompt by prompt on the same prompts. One part at a time between runs of the graph, only while somebody looks at it, in
 * at most a twenty-fifth of the training time, in a quarter of the time for which training waits, and for a few seconds at
 * its end. Its lines in the journal become rarer the longer it is watched: at most about 50 ln(t / 50 s) + 50 in t seconds.
 */
export class Ablation {
  readonly #o: AblationOptions;
  #asked = '';
  #kind: StrengthKind = 'remove';
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
    this.#heed();
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
    this.#heed();
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
    this.#heed();
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
  #heed(): void {
    const { metric, port, facts } = this.#o;
    const asked = metric();
    const wanted = port.wantsAblation() ?? this.#kind;
    const kind = facts.interventions?.includes(wanted) ? wanted : 'remove';
    if (asked === this.#asked && kind === this.#kind) return;
    this.#asked = asked;
    this.#kind = kind;
    this.#addresses = ablationAddresses(facts, kind);
    this.#next = 0;
    this.#base = undefined;
    this.#entries = new Map();
    this.#round = { step: -1, revision: -1, left: 0 };
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
    const without = await this.#errorOf(edited(mask.values, parts, this.#kind), mask);
    const withIt = await this.#errorOf(edited(mask.values, parts, undefined), mask);
    const base = withIt.mean ?? Number.NaN;
    const delta = (without.mean ?? Number.NaN) - base;
    if (!Number.isFinite(delta)) return undefined;
    return { address, delta, base, base_stderr: withIt.stderr, stderr: errorOfDifference(without, withIt), step };
  }

  /** The held-out error under a mask; that under the mask in force is measured once a step. */
  async #errorOf(values: MaskValues, mask: MaskState): Promise<HeldOutError> {
    const { session } = this.#o;
    if (editsBetween(mask.values, values).length > 0) return session.heldOutError(values, this.#asked);
    const known = this.#base;
    if (known && known.step === session.step && known.revision === mask.revision) return known.error;
    const error = await session.heldOutError(values, this.#asked);
    this.#base = { step: session.step, revision: mask.revision, error };
    return error;
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
    const metric = this.#base?.error.metric ?? '';
    const kind = this.#kind;
    port.emit({
      type: 'ledger',
      step: session.step,
      metric,
      ...(kind !== 'remove' && { kind }),
      revision: mask.revision,
      entries,
    });
  }
}

/** @param kind what is done to the parts; undefined restores them */
function edited(values: MaskValues, parts: readonly Address[], kind: StrengthKind | undefined): MaskValues {
  return editMasks(
    values,
    parts.map((from): MaskEdit => (kind ? fullEdit(from, kind) : { kept: true, from, last: indexOf(from) })),
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
