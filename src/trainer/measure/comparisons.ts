import type { Clock } from '../../core/clock.ts';
import type { MetricCatalogue } from '../../metrics/catalogue.ts';
import { leftOutNotices } from '../../metrics/left_out.ts';
import { isOfModel, readName } from '../../metrics/names.ts';
import type { Estimate } from '../../protocol/events.ts';
import type { Evaluation } from '../../tasks/contract.ts';

/** Held-out prompts on which predictors without training are measured while a run goes on. */
const mostPrompts = 200;

/** Milliseconds of work at a time, and how long others have their turn afterwards, in lengths of that work. */
const turn = 5;
const restForTurn = 4;

/** Least milliseconds between two reports. */
const reportInterval = 500;

/**
 * Measures predictors that need no training beside a run, and reports what became known, and what had to be left out: only metrics that there is one of
 * for every index, `baseline/<predictor>/<family>/<index>`, which screens draw as curves.
 * @param isOver whether the run has ended, and with it the work
 */
export async function compareBeside(
  { baselines }: Evaluation,
  metrics: MetricCatalogue,
  clock: Clock,
  isOver: () => boolean,
  report: (values: Readonly<Record<string, Estimate>>, notices: readonly string[]) => Promise<void>,
): Promise<void> {
  const told = new Set<string>();
  let known: Record<string, Estimate> = {};
  let began = clock.now();
  let reported = began;
  const tell = async (): Promise<void> => {
    const values = known;
    known = {};
    reported = clock.now();
    if (Object.keys(values).length === 0) return;
    const notices = leftOutNotices(metrics, values).filter((notice) => !told.has(notice));
    for (const notice of notices) told.add(notice);
    await report(values, notices);
  };
  for (const part of baselines(mostPrompts)) {
    for (const [name, value] of Object.entries(part))
      if (!isOfModel(name) && readName(name).family) known[name] = value;
    const worked = clock.now() - began;
    if (worked < turn) continue;
    if (clock.now() - reported >= reportInterval) await tell();
    await clock.sleep(restForTurn * worked);
    if (isOver()) return;
    began = clock.now();
  }
  if (!isOver()) await tell();
}
