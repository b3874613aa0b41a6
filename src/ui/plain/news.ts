import { plural, significant, thousands } from '../../core/format.ts';
import { prunedParts } from '../../protocol/mask_values.ts';
import { sizesOf } from '../frame/bars.ts';
import type { Model } from '../state/model.ts';
import { isOver } from '../state/model.ts';
import { drawnMetrics } from '../state/shown_metrics.ts';
import { isPaused } from '../state/steering.ts';

/** Reasons for which snapshots are saved all the time: the status tells of the last one. */
const byItself: ReadonlySet<string> = new Set(['automatic', 'best', 'jump', 'spaced']);

/** What has happened between two models, a sentence each. */
export function newsOf(before: Model, after: Model): string[] {
  return [...opening(before, after), ...requests(before, after), ...events(before, after)];
}

function opening(before: Model, { run }: Model): string[] {
  if (before.run.config || !run.config || !run.model) return [];
  const sizes = sizesOf(run.model);
  return [
    `${run.run}: ${run.config.model.name} learns ${run.config.task.name}, ${sizes.join(', ')}, seed ${run.config.seed}.`,
    'Type help and return for what can be typed; return alone says where the run stands.',
  ];
}

/** What was asked for, and what became of it. */
function requests(before: Model, after: Model): string[] {
  const known = new Set(before.pending.map(({ id }) => id));
  const asked = after.pending.filter(({ id }) => !known.has(id)).map(({ label }) => `${label}: pending.`);
  const { text, seconds } = after.notice;
  // One that only grew older has been said; a new one may have grown older since it came.
  const isOlder = text === before.notice.text && (seconds ?? 0) > (before.notice.seconds ?? 0);
  const isNew = text !== '' && after.notice !== before.notice && !isOlder;
  return [...asked, ...(isNew ? [`${text.replace(/^:/, '')}.`] : [])];
}

function events(before: Model, after: Model): string[] {
  const { run } = after;
  const alerts = run.alerts
    .slice(before.run.alerts.length)
    .map(({ step, message }) => `Alert at step ${thousands(step)}: ${message}.`);
  const saved = run.snapshots
    .filter((one) => !byItself.has(one.why) && !before.run.snapshots.includes(one))
    .map(({ step, file, why }) => `Snapshot at step ${thousands(step)} (${why}): ${file}.`);
  return [...alerts, ...saved, ...phase(before, after)];
}

function phase(before: Model, after: Model): string[] {
  if (before.run.phase === after.run.phase || !before.run.config) return [];
  if (after.run.phase === 'paused') return [`Paused at step ${thousands(after.run.step)}.`];
  return after.run.phase === 'running' ? [`Training from step ${thousands(after.run.step)}.`] : [];
}

/** Where the run stands, in one sentence. */
export function standing(model: Model): string {
  const { run, live } = model;
  if (!run.config) return 'The trainer is starting.';
  const step = live && !isOver(model) ? live.step : run.step;
  const speed = live && !isPaused(model) ? `, ${significant(live.stepsPerSecond)} steps a second` : '';
  const values = drawnMetrics(run).flatMap(({ name }) => {
    const value = run.curves.get(name)?.view().last?.value;
    return value === undefined ? [] : [`${run.metrics.short(name)} ${significant(value)}`];
  });
  const pruned = prunedParts(run.mask.values).length;
  const changed = Object.keys(run.mask.values.interventions ?? {}).length;
  const done = [
    ...(pruned > 0 ? [`${pruned} pruned`] : []),
    ...(changed > 0 ? [`${plural(changed, 'head')} intervened on`] : []),
  ];
  const mask = done.length > 0 ? [`${done.join(', ')} (${run.mask.scope})`] : [];
  const state = isPaused(model) ? 'paused' : 'training';
  const facts = [`Step ${thousands(step)} of ${thousands(run.config.train.steps)}, ${state}${speed}`];
  const saved = run.snapshots.at(-1);
  const snapshot = saved ? [`last snapshot at step ${thousands(saved.step)}`] : [];
  return `${[...facts, ...values, ...mask, ...snapshot].join('; ')}.`;
}
