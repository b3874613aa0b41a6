import { UserError } from '../core/errors.ts';
import type { HostTensor } from '../core/tensor.ts';
import { formatMaskEdit, parseMask } from '../protocol/mask_edits.ts';
import { editMasks, editsBetween, type MaskValues } from '../protocol/mask_values.ts';
import { seal, verifySeal } from './checksum.ts';
import { type HistoryColumns, historyOf, historyTensors, lastStepOf } from './history.ts';
import { decodeMetadata, encodeMetadata, type SnapshotHeader, type SuppliedFacts } from './metadata.ts';
import { decodeSafetensors, encodeSafetensors, type StoredTensor } from './safetensors.ts';
import { quote } from './strict-json.ts';

export type { HistoryColumns };

type Tensors = Readonly<Record<string, HostTensor>>;

/** The resumable state of a run and its curves. Tensor names are those of the file without the first part. */
export interface Snapshot extends SnapshotHeader {
  /** Trained parameters by name, e.g. `W_Q`. */
  readonly params: Tensors;
  /** Per-parameter state as `<slot>/<parameter>`, e.g. `m/W_Q`; a scalar of the update rule as `<slot>`, shape []. */
  readonly optimizer: Tensors;
  /** Fixed parts of the task, e.g. `tokens`. */
  readonly task: Tensors;
  /** Absent when another program wrote the file: everything is kept. */
  readonly mask?: MaskValues;
  /** By metric, e.g. `train_loss`. */
  readonly history: Readonly<Record<string, HistoryColumns>>;
  /** What panels draw; `attention` is [P, L, H, Tq, Tk]. */
  readonly probe: Tensors;
}

export interface DecodedSnapshot {
  readonly snapshot: Snapshot;
  /** What a person should know of a file that was accepted all the same, one sentence each. */
  readonly notices: readonly string[];
}

const sections = ['params', 'optimizer', 'task', 'probe'] as const;
type Section = (typeof sections)[number];

/**
 * Bytes of a snapshot file (format `incline/1`): float32 and float64 tensors keep their precision.
 * @throws UserError when `params`, `optimizer` or `task` hold a number that is not finite: such a file could not be read
 */
export function encodeSnapshot(snapshot: Snapshot): Uint8Array {
  const tensors: Record<string, StoredTensor> = {};
  for (const section of sections) {
    for (const [name, tensor] of Object.entries(snapshot[section])) tensors[`${section}/${name}`] = tensor;
  }
  if (snapshot.mask) {
    tensors['mask/heads'] = snapshot.mask.heads;
    tensors['mask/neurons'] = snapshot.mask.neurons;
    for (const [key, weights] of Object.entries(snapshot.mask.grafts ?? {})) tensors[`graft/${key}`] = weights;
  }
  Object.assign(tensors, historyTensors(snapshot.history));
  const gap = firstGap(Object.entries(tensors));
  if (gap) throw new UserError({ what: `step ${snapshot.step} cannot be saved: ${gap}` });
  return seal(encodeSafetensors(tensors, encodeMetadata(snapshot, interventionsOf(snapshot.mask))));
}

/**
 * The snapshot that a file holds.
 * @param where name of the file, for messages
 * @param supplied what its metadata would say, should another program have lost it
 * @param named the step that its name tells
 * @throws UserError when the file is damaged, of another format, or holds what a run cannot go on from
 */
export function decodeSnapshot(
  file: Uint8Array,
  where: string,
  supplied?: SuppliedFacts,
  named?: number,
): DecodedSnapshot {
  const { header, tensors } = decodeSafetensors(file, where);
  const sealed = verifySeal(file, header, where);
  const described = decodeMetadata(header.metadata, where, supplied, named ?? lastStepOf(tensors));
  const gap = firstGap(tensors);
  if (gap) throw unusable(where, gap);
  const parts = Object.fromEntries(sections.map((name) => [name, sectionOf(tensors, name, where)])) as Record<
    Section,
    Tensors
  >;
  if (Object.keys(parts.params).length === 0) throw unusable(where, 'holds no params/');
  const mask = withInterventions(
    withGrafts(masksOf(sectionOf(tensors, 'mask', where), where), sectionOf(tensors, 'graft', where)),
    described.interventions,
    `${where}: interventions`,
  );
  const snapshot = { ...described.header, ...parts, ...(mask && { mask }), history: curvesOf(tensors, where) };
  const notices = [...described.notices];
  if (!sealed) notices.unshift('it carries no checksum (another program wrote it?), so damage would go unnoticed');
  if (Object.keys(parts.optimizer).length === 0 && snapshot.config.train.optimizer !== 'sgd') {
    notices.push('it holds no optimizer state, which starts afresh');
  }
  return { snapshot, notices };
}

/** What a screen draws of a snapshot. */
export type SnapshotPictures = Pick<Snapshot, 'history' | 'probe' | 'mask'>;

/** Whether a tensor belongs to what a screen draws, or gives its shape. */
export function isPictured(name: string): boolean {
  return /^(history|probe|mask)\//.test(name);
}

/** @throws UserError when the tensors are not as the format says */
export function decodePictures(tensors: ReadonlyMap<string, StoredTensor>, where: string): SnapshotPictures {
  const mask = masksOf(sectionOf(tensors, 'mask', where), where);
  return { history: curvesOf(tensors, where), probe: sectionOf(tensors, 'probe', where), ...(mask && { mask }) };
}

/** Tensors `<section>/<name>` by name. */
function sectionOf(
  tensors: ReadonlyMap<string, StoredTensor>,
  section: Section | 'mask' | 'graft',
  where: string,
): Tensors {
  const inside = [...tensors].filter(([name]) => name.startsWith(`${section}/`));
  return Object.fromEntries(
    inside.map(([name, { shape, data }]) => {
      if (data instanceof BigInt64Array) throw unusable(where, `${quote(name)} is int64`);
      return [name.slice(section.length + 1), { shape, data }];
    }),
  );
}

function masksOf(section: Tensors, where: string): MaskValues | undefined {
  const { heads, neurons, ...others } = section;
  const [other] = Object.keys(others);
  if (other !== undefined) {
    const missing = [...(heads ? [] : ['mask/heads']), ...(neurons ? [] : ['mask/neurons'])];
    const lacking = missing.length > 0 ? ` and no ${missing.join(' and no ')}` : '';
    throw unusable(where, `has ${quote(`mask/${other}`)}${lacking}, where only mask/heads and mask/neurons may stand`);
  }
  if (!heads && !neurons) return undefined;
  if (!heads || !neurons) {
    const [missing, there] = heads ? ['neurons', 'heads'] : ['heads', 'neurons'];
    throw unusable(where, `has no mask/${missing} beside mask/${there}`);
  }
  for (const [name, { shape, data }] of Object.entries({ heads, neurons })) {
    const of = `mask/${name} of shape [${shape.join(', ')}]`;
    if (shape.length !== 2) throw unusable(where, `has ${of} instead of [layers, ${name}]`);
    if (shape[0] !== heads.shape[0]) throw unusable(where, `has ${of}, and mask/heads of ${heads.shape[0]} layers`);
    const wrong = data.findIndex((kept) => kept !== 0 && kept !== 1);
    if (wrong >= 0)
      throw unusable(where, `has mask/${name} with ${data[wrong]} at position ${wrong}; kept is 1, pruned 0`);
  }
  return { heads, neurons };
}

function withGrafts(mask: MaskValues | undefined, grafts: Tensors): MaskValues | undefined {
  return mask && Object.keys(grafts).length > 0 ? { ...mask, grafts } : mask;
}

/** What is done to heads beside removing them, as edits of the masks. */
function interventionsOf(mask: MaskValues | undefined): string[] {
  if (!mask?.interventions) return [];
  return editsBetween({ heads: mask.heads, neurons: mask.neurons }, mask).map(formatMaskEdit);
}

/** @throws UserError for what is no intervention here, or on a head that there is not */
function withInterventions(
  mask: MaskValues | undefined,
  edits: readonly string[],
  where: string,
): MaskValues | undefined {
  if (edits.length === 0) return mask;
  if (!mask) throw unusable(where, 'has interventions and no mask/heads');
  return editMasks(
    mask,
    edits.flatMap((text) => parseMask(text, where)),
    where,
  );
}

function curvesOf(tensors: ReadonlyMap<string, StoredTensor>, where: string): Snapshot['history'] {
  try {
    return historyOf(tensors);
  } catch (error) {
    throw error instanceof RangeError ? unusable(where, error.message) : error;
  }
}

/** The first number that is not finite. Curves and pictures may have such gaps; what training goes on from may not. */
function firstGap(tensors: Iterable<readonly [string, StoredTensor]>): string | undefined {
  for (const [name, { data }] of tensors) {
    if (!/^(params|optimizer|task|graft)\//.test(name) || data instanceof BigInt64Array) continue;
    for (let i = 0; i < data.length; i++) {
      if (!Number.isFinite(data[i])) return `${quote(name)} holds ${data[i]} at position ${i}`;
    }
  }
  return undefined;
}

function unusable(where: string, what: string): UserError {
  return new UserError({ where, what, fix: 'use another snapshot' });
}
