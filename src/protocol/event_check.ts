import { isRecord } from '../core/record.ts';
import type { EventBody, Parent, RunEvent } from './events.ts';
import { isInterventionText } from './interventions.ts';

type Line = Readonly<Record<string, unknown>>;

/**
 * Whether a parsed line is an event: version, sequence number, time, a known type, and the fields that readers of that
 * type rely on.
 */
export function isRunEvent(value: unknown): value is RunEvent {
  if (!isRecord(value)) return false;
  const { v, seq, time, type, step } = value;
  return (
    v === 1 &&
    isCount(seq) &&
    typeof time === 'string' &&
    typeof type === 'string' &&
    Object.hasOwn(bodies, type) &&
    isCount(step) &&
    bodies[type as EventBody['type']](value)
  );
}

const bodies: Readonly<Record<EventBody['type'], (line: Line) => boolean>> = {
  run_started: ({ run, config, engine, model, theory, pictures, parent }) =>
    typeof run === 'string' &&
    isConfig(config) &&
    isRecord(engine) &&
    typeof engine['name'] === 'string' &&
    isCount(engine['threads']) &&
    isModel(model) &&
    isNumbers(theory) &&
    (pictures === undefined || areShapes(pictures)) &&
    (parent === undefined || isParent(parent)),
  theory: ({ values }) => isNumbers(values),
  metrics: ({ values, min, max }) =>
    isNumbers(values) && (min === undefined || isNumbers(min)) && (max === undefined || isNumbers(max)),
  evaluated: ({ values, intact }) => areEstimates(values) && (intact === undefined || areEstimates(intact)),
  control_changed: ({ path, why }) => typeof path === 'string' && isChangeReason(why),
  mask_applied: ({ edits, scope, revision, why }) =>
    isTexts(edits) && isCount(revision) && (scope === 'probe' || scope === 'clamp') && isChangeReason(why),
  snapshot_saved: ({ file, why }) => isFileName(file) && typeof why === 'string',
  snapshot_marked: ({ file, marked }) => isFileName(file) && typeof marked === 'boolean',
  snapshot_removed: ({ file, why }) => isFileName(file) && typeof why === 'string',
  paused: () => true,
  resumed: () => true,
  alert: ({ kind, message }) => typeof kind === 'string' && typeof message === 'string',
  ledger: ({ entries, kind, asked }) =>
    Array.isArray(entries) && entries.every(isRecord) && isInterventionText(kind) && isInterventionText(asked),
  run_finished: ({ reason, summary }) =>
    typeof reason === 'string' &&
    isRecord(summary) &&
    isCount(summary['step']) &&
    typeof summary['seconds'] === 'number' &&
    isNumbers(summary['metrics']),
  run_failed: ({ message }) => typeof message === 'string',
};

/** Whether it names a file of the run's own folder: nobody is led out of there. */
function isFileName(value: unknown): boolean {
  return typeof value === 'string' && /^[^/\\]+$/.test(value) && !/^\.+$/.test(value);
}

/** Whether a configuration has the sections that every reader looks into; values are the loader's to check. */
export function isConfig(value: unknown): boolean {
  if (!isRecord(value) || !isCount(value['seed'])) return false;
  const sections = ['task', 'model', 'train', 'evaluate', 'probe', 'snapshot'].map((name) => value[name]);
  const [task, model, train] = sections;
  return (
    sections.every(isRecord) &&
    typeof (task as Line)['name'] === 'string' &&
    typeof (model as Line)['name'] === 'string' &&
    isCount((train as Line)['steps'])
  );
}

/** Whether it says why something was changed, or leaves that out. */
export function isChangeReason(value: unknown): boolean {
  return value === undefined || value === 'undo' || value === 'redo';
}

function isModel(value: unknown): boolean {
  if (!isRecord(value) || !isRecord(value['pattern'])) return false;
  const { rows, columns } = value['pattern'];
  const sizes = [value['layers'], value['heads'], rows, columns];
  return isCount(value['neurons']) && isCount(value['parameters']) && sizes.every((size) => isCount(size) && size > 0);
}

/** Whether it says where a run came from. */
export function isParent(value: unknown): value is Parent {
  return (
    isRecord(value) && typeof value['run'] === 'string' && typeof value['file'] === 'string' && isCount(value['step'])
  );
}

function isNumbers(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((number) => number === null || typeof number === 'number');
}

function areShapes(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((shape) => Array.isArray(shape) && shape.every(isCount));
}

function areEstimates(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every(isEstimate);
}

function isEstimate(value: unknown): boolean {
  return isRecord(value) && [value['mean'], value['stderr']].every((part) => part === null || typeof part === 'number');
}

function isTexts(value: unknown): boolean {
  return Array.isArray(value) && value.every((text) => typeof text === 'string');
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
