import { existsSync } from 'node:fs';
import { RandomStream } from '../../src/core/random.ts';
import type { Fault } from './fault.ts';
import { Stage } from './stage.ts';

export interface Loss {
  readonly seed: number;
  readonly message: string;
}

/** How the trials of one kind of fault went. */
export interface Outcome {
  readonly name: string;
  readonly trials: number;
  readonly seconds: number;
  readonly losses: readonly Loss[];
  /** Why there were none. */
  readonly skipped?: string;
}

/** After so many losses a kind is given up: they are all the same then. */
const mostLosses = 5;

/**
 * Injects a fault so many times. Trial i draws from the stream of seed + i alone, so that any of them can be done again
 * by itself.
 * @param until no trial begins after this moment, by `performance.now()`
 */
export async function tryFault(
  fault: Fault,
  trials: number,
  seed: number,
  until = Number.POSITIVE_INFINITY,
): Promise<Outcome> {
  const started = performance.now();
  const skipped = existsSync('/proc/self/environ') ? fault.obstacle?.() : 'processes are found by way of /proc';
  const losses: Loss[] = [];
  let done = 0;
  if (skipped === undefined) {
    const stage = new Stage();
    try {
      const trial = await fault.begin(stage);
      for (; done < trials && performance.now() < until && losses.length < mostLosses; done++) {
        try {
          await trial(RandomStream.named(seed + done, `fault ${fault.name}`), seed + done);
          await stage.requireSound();
        } catch (error) {
          const message = (error as Error).stack ?? String(error);
          process.stderr.write(`${fault.name}, seed ${seed + done}: ${message}\n`);
          losses.push({ seed: seed + done, message });
          await stage.clear();
        }
      }
    } catch (error) {
      const message = `before the first trial: ${(error as Error).stack}`;
      process.stderr.write(`${fault.name}: ${message}\n`);
      losses.push({ seed, message });
    } finally {
      await stage.leave();
    }
  }
  const seconds = (performance.now() - started) / 1000;
  return { name: fault.name, trials: done, seconds, losses, ...(skipped !== undefined && { skipped }) };
}
