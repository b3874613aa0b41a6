import { systemClock } from '../../src/core/clock.ts';
import type { Competitor } from './competitor.ts';

/** Each competitor works about this long in a round, in milliseconds. */
const stretch = 400;
/** Updates after which all must agree on the loss. */
export const agreementSteps = 10;

export interface Measured {
  readonly name: string;
  /** Milliseconds an update, one entry a round. */
  readonly times: number[];
  readonly loss: number;
}

const now = (): number => systemClock.now();

/** Lets competitors work in turn, so that a slow moment of the machine is slow for everybody. */
export async function race(competitors: readonly Competitor[], rounds: number): Promise<Measured[]> {
  const entries: { competitor: Competitor; batch: number; measured: Measured }[] = [];
  for (const competitor of competitors) {
    const loss = await competitor.steps(agreementSteps);
    let start = now();
    await competitor.steps(1);
    const isSlow = now() - start > stretch;
    // Else batches of full unrolled runs, after one of them.
    start = now();
    if (!isSlow) await competitor.steps(16);
    const batch = isSlow ? 1 : 16 * Math.max(1, Math.round(stretch / (now() - start)));
    entries.push({ competitor, batch, measured: { name: competitor.name, times: [], loss } });
  }
  for (let round = 0; round < rounds; round++) {
    for (const { competitor, batch, measured } of entries) {
      const start = now();
      await competitor.steps(batch);
      measured.times.push((now() - start) / batch);
    }
  }
  return entries.map(({ measured }) => measured);
}

/** @throws Error when a competitor computes something else: a fast wrong answer does not count */
export function checkAgreement(measured: readonly Measured[]): void {
  const base = measured[0]!;
  for (const { name, loss } of measured) {
    if (Math.abs(loss - base.loss) <= 1e-3 * Math.abs(base.loss)) continue;
    throw new Error(`${name} computes another loss: ${loss} against ${base.loss} of ${base.name}`);
  }
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return (sorted[Math.floor((sorted.length - 1) / 2)]! + sorted[Math.ceil((sorted.length - 1) / 2)]!) / 2;
}

/** Round by round, so that a slow moment of the machine cancels. */
export const ratio = (times: readonly number[], base: readonly number[]): number =>
  median(times.map((time, round) => time / base[round]!));
