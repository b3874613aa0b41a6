import { systemClock } from '../../core/clock.ts';
import { panelKeys } from '../layout/opening.ts';
import type { Model } from '../state/model.ts';
import { isOver } from '../state/model.ts';

/** Longest time for which keys wait for the first picture, in milliseconds: there may be none. */
const patience = 2000;

/** These never wait. */
const leavingKeys: ReadonlySet<string> = new Set(['q', 'ctrl+c', 'ctrl+z']);

/**
 * Keys that come before the run has said what it is wait in their order, number keys until its first picture has come as
 * well: which panels it has follows from both.
 */
export class EarlyKeys {
  #waiting: string[] = [];
  #due: string[] = [];
  #since = 0;

  /** Whether a key waits; one that leaves does not, and what waits is dropped then. */
  keeps(model: Model, key: string): boolean {
    if (leavingKeys.has(key) || model.overlay.type !== 'none') {
      this.#waiting = [];
      return false;
    }
    if (this.#waiting.length === 0) {
      if (isUnderstood(model, key)) return false;
      this.#since = systemClock.now();
    }
    this.#waiting.push(key);
    return true;
  }

  /** The next key that need not wait any longer, if any: once one need not, nor need those behind it. */
  next(model: Model): string | undefined {
    if (this.#waiting.length > 0) {
      const isLate = model.run.phase !== 'waiting' && systemClock.now() > this.#since + patience;
      if (isLate || this.#waiting.every((key) => isUnderstood(model, key))) this.#due.push(...this.#waiting.splice(0));
    }
    return this.#due.shift();
  }
}

function isUnderstood(model: Model, key: string): boolean {
  if (isOver(model) || !model.connected || model.group) return true;
  if (model.run.phase === 'waiting') return false;
  return !panelKeys.includes(key) || model.probe !== undefined || model.watching.rate === 0;
}
