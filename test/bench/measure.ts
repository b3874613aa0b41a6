import { systemClock } from '../../src/core/clock.ts';
import type { Competitor } from './competitor.ts';

/** Each competitor works about this long in a round, in milliseconds: asking another process is little beside it. */
const stretch = 400;
/**
 * Batches are multiples of these, the lengths of loops that competitors compile; and how many updates of a stretch make the
 * next length worth it. Some do a loop of one update slowly, so it is for updates longer than a stretch only.
 */
const lengths = [
  [1, 1],
  [16, 128],
  [128, Number.POSITIVE_INFINITY],
] as const;
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
    const batch = await batchOf(competitor);
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

/** So many updates take about one stretch. Each length is done once before it is timed: what it compiles counts for nothing. */
async function batchOf(competitor: Competitor): Promise<number> {
  let batch = 1;
  for (const [length, enough] of lengths) {
    await competitor.steps(length);
    const start = now();
    await competitor.steps(length);
    const wanted = (length * stretch) / (now() - start);
    batch = length * Math.max(1, Math.round(wanted / length));
    if (wanted < enough) break;
  }
  return batch;
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
