import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../core/errors.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { EngineRecord, RunEvent } from '../../protocol/events.ts';
import type { SnapshotHeader } from '../../snapshots/metadata.ts';

export type RunStarted = Extract<RunEvent, { type: 'run_started' }>;
type Change = Extract<RunEvent, { type: 'control_changed' | 'mask_applied' }>;

/** What happened to a run from one of its starts to the next. */
export interface Stretch {
  /** Step at which it ends. */
  readonly until: number;
  /** As it was at the start. */
  readonly config: RunConfig;
  readonly engine: EngineRecord;
  /** What people changed, in order. */
  readonly changes: readonly Change[];
}

/**
 * The starts of a run that led to a snapshot, out of all that its journal tells: what followed a step from which the run was
 * taken up again later does not count.
 */
export function startsBefore(starts: readonly RunStarted[], { created, step }: SnapshotHeader): RunStarted[] {
  const before = starts.filter((start) => start.time <= created && start.step <= step);
  return before.filter((start, i) => before.slice(i + 1).every((later) => later.step > start.step));
}

/**
 * How to come to a snapshot: from the first of its starts, or from an earlier snapshot.
 * @param starts those that led to it
 * @throws UserError when the earlier one is not on the way to it, or nothing tells how it was computed
 */
export function stretchesTo(
  snapshot: SnapshotHeader,
  starts: readonly RunStarted[],
  where: string,
  from?: { readonly header: SnapshotHeader; readonly where: string },
): Stretch[] {
  const changes = changesIn(snapshot);
  const done = from ? changesIn(from.header) : [];
  if (from) requireOnTheWay(from, snapshot, starts, where);
  const { engine, created, config, step } = from?.header ?? {};
  const first = from && engine && { config: config!, engine, time: created!, step: step! };
  const begins = [...(first ? [first] : []), ...starts.filter(({ time }) => !from || time > created!)];
  if (begins.length === 0) throw new UserError({ where, what: 'tells no engine that it was computed with' });
  const left = changes.slice(done.length);
  return begins.map((begin, i) => {
    const next = begins[i + 1];
    const isOwn = ({ time }: Change) => (i === 0 || time >= begin.time) && (!next || time < next.time);
    const { config, engine } = begin;
    return { until: next?.step ?? snapshot.step, config, engine, changes: left.filter(isOwn) };
  });
}

/** What people changed on the way to a snapshot, in all runs before. */
function changesIn({ events }: SnapshotHeader): Change[] {
  return events.filter((event): event is Change => event.type === 'control_changed' || event.type === 'mask_applied');
}

/** @throws UserError unless a snapshot is of the same run, or the one that the run began with */
function requireOnTheWay(
  { header, where }: { readonly header: SnapshotHeader; readonly where: string },
  later: SnapshotHeader,
  [first]: readonly RunStarted[],
  told: string,
): void {
  // Copies of a run made anew have other dates.
  const undated = (one: SnapshotHeader) => changesIn(one).map(({ seq: _, time: __, ...change }) => change);
  const [before, all] = [undated(header), undated(later)];
  const isSameKind = header.seed === later.seed && header.config.task.name === later.config.task.name;
  const isBetween = header.step <= later.step && header.step >= (first?.step ?? 0);
  if (isSameKind && isBetween && isDeepStrictEqual(before, all.slice(0, before.length))) return;
  throw new UserError({
    where,
    what: `step ${header.step} is not on the way to ${told}`,
    expected: 'an earlier snapshot of its run, or the one that its run began with',
  });
}
