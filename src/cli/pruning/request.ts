import { UserError } from '../../core/errors.ts';
import type { RunConfig } from '../../protocol/config.ts';
import type { ModelFacts } from '../../protocol/events.ts';
import {
  type Intervention,
  type InterventionKind,
  isFreeze,
  isOfActivations,
  isRemoval,
  parseIntervention,
  requireKnown,
} from '../../protocol/interventions.ts';
import { type MaskEdit, parseMask } from '../../protocol/mask_edits.ts';
import { type Order, orders, type PartKind, type ScoreName } from '../../pruning/names.ts';
import { notTogether } from '../parser/complaints.ts';

/** Flags of `prune` that say what to prune. */
export interface PruningFlags {
  readonly heads?: string | undefined;
  readonly neurons?: string | undefined;
  readonly fraction?: number | undefined;
  readonly parts?: PartKind | undefined;
  readonly by?: string | undefined;
  readonly score?: ScoreName | undefined;
  readonly order?: Order | undefined;
  readonly curve?: string | undefined;
  readonly compact?: string | undefined;
  readonly kind?: InterventionKind | undefined;
  readonly strength?: number | undefined;
  readonly graft?: string | undefined;
}

/** What to prune. */
export interface PruningRequest {
  /** What is done to the parts: removing them, unless asked for something else. */
  readonly intervention: Intervention;
  /** Parts named one by one. */
  readonly edits: readonly MaskEdit[];
  readonly kind: PartKind;
  readonly score: ScoreName;
  /** The first one is the one asked for; more where a curve compares. */
  readonly orders: readonly Order[];
  /** Of every layer; one when a single model is asked for, none when parts are named or the file's own mask is meant. */
  readonly fractions: readonly number[];
}

/** Most points of a curve. */
const mostPoints = 1000;

/** @throws UserError when flags are not what they should be or do not go together */
export function pruningRequest(flags: PruningFlags, { prune }: RunConfig, facts: ModelFacts): PruningRequest {
  const intervention = interventionOf(flags, facts);
  const edits = [...namedParts('heads', flags.heads), ...namedParts('neurons', flags.neurons)].map((edit) =>
    withIntervention(edit, intervention),
  );
  const onlyHeads =
    !isRemoval(intervention) ||
    (flags.heads !== undefined && flags.neurons === undefined && flags.fraction === undefined);
  const kind = flags.parts ?? (facts.neurons > 0 && !onlyHeads ? 'neurons' : 'heads');
  if (facts[kind] === 0) throw new UserError({ where: '--parts', what: `the model has no ${kind}`, expected: 'heads' });
  const { score, order } = ranking(flags, prune.score);
  const single = flags.fraction !== undefined || edits.length > 0 || flags.compact !== undefined;
  if (flags.fraction !== undefined && flags.curve !== undefined) throw notTogether('fraction', 'curve');
  if (flags.compact !== undefined && flags.curve !== undefined) throw notTogether('compact', 'curve');
  if (flags.curve === undefined && single) {
    const fractions = flags.fraction === undefined ? [] : [checkFraction(flags.fraction)];
    return { intervention, edits, kind, score, orders: [order ?? 'smallest'], fractions };
  }
  const fractions =
    flags.curve === undefined ? inParts(parseCurve(prune.curve, 'prune.curve'), facts[kind]) : parseCurve(flags.curve);
  return { intervention, edits, kind, score, orders: order ? [order] : orders, fractions };
}

/** @throws UserError when the model does not have the kind, the strength is none, or flags mean neurons or a smaller model */
function interventionOf(flags: PruningFlags, facts: ModelFacts): Intervention {
  const { kind = 'remove', strength, graft } = flags;
  if (graft !== undefined && flags.kind !== undefined && !isOfActivations(kind)) throw notTogether('graft', 'kind');
  // What holds weights while training sees it has nothing to hold in a snapshot.
  const known = facts.interventions?.filter((one) => !isFreeze(one));
  requireKnown(kind, known, 'the model', '--kind');
  if (graft === undefined && isOfActivations(kind)) {
    throw new UserError({
      where: '--kind',
      what: `${kind} does not say from where`,
      expected: '--graft FILE beside it',
    });
  }
  const what = graft === undefined ? kind : `${isOfActivations(kind) ? kind : 'graft'}@${graft}`;
  const intervention = parseIntervention(strength === undefined ? what : `${what}*${strength}`, '--strength');
  if (isRemoval(intervention)) return intervention;
  const flag = graft !== undefined ? 'graft' : kind === 'remove' ? 'strength' : 'kind';
  if (flags.neurons !== undefined) throw notTogether(flag, 'neurons');
  if (flags.compact !== undefined) throw notTogether(flag, 'compact');
  if (flags.parts === 'neurons') {
    throw new UserError({ where: '--parts', what: 'neurons can only be removed', expected: 'heads' });
  }
  return intervention;
}

/** The edit that does something else to the heads that it prunes. */
export function withIntervention(edit: MaskEdit, intervention: Intervention): MaskEdit {
  return isRemoval(intervention) ? edit : { ...edit, kept: true, intervention };
}

/** Parts such as `L0H3,L1H0-2` as edits that prune them. */
function namedParts(kind: PartKind, text: string | undefined): MaskEdit[] {
  if (text === undefined) return [];
  const letter = kind === 'heads' ? 'H' : 'N';
  return text.split(',').flatMap((part) => {
    if (!new RegExp(`^\\s*L\\d+${letter}\\d+(-\\d+)?\\s*$`, 'i').test(part)) {
      throw new UserError({
        where: `--${kind}`,
        what: `${JSON.stringify(part.slice(0, 40))} names no ${kind}`,
        expected: `e.g. L0${letter}3 or L1${letter}0-2, separated by commas`,
      });
    }
    return parseMask(`-${part.trim()}`, `--${kind}`);
  });
}

function ranking({ by, score, order }: PruningFlags, usual: ScoreName): { score: ScoreName; order: Order | undefined } {
  const isOrder = by === 'random' || by === 'largest';
  if (by !== undefined && isOrder && order !== undefined) throw notTogether('by', 'order');
  if (by !== undefined && !isOrder && score !== undefined) throw notTogether('by', 'score');
  if (by === undefined) return { score: score ?? usual, order };
  return isOrder ? { score: score ?? usual, order: by } : { score: by as ScoreName, order: order ?? 'smallest' };
}

function checkFraction(fraction: number): number {
  if (fraction >= 0 && fraction <= 1) return fraction;
  throw new UserError({ where: '--fraction', what: `${fraction} is not a fraction`, expected: 'a number from 0 to 1' });
}

/** The fractions of the usual curve, or where they are finer than parts, each number of parts once: all, where those are none. */
function inParts(fractions: readonly number[], parts: number): readonly number[] {
  const counts = [...new Set(fractions.map((fraction) => Math.round(fraction * parts)))];
  if (counts.length === fractions.length) return fractions;
  const chosen = counts.length > 1 ? counts : Array.from({ length: parts + 1 }, (_, count) => count);
  return chosen.map((count) => count / parts);
}

/** `0:0.4:0.05` → 0, 0.05, …, 0.4. */
function parseCurve(text: string, where = '--curve'): number[] {
  const [from, to, step, ...more] = text.split(':').map((word) => (word.trim() === '' ? Number.NaN : Number(word)));
  const valid = more.length === 0 && from! >= 0 && to! <= 1 && from! <= to! && step! > 0;
  const count = valid ? Math.floor((to! - from!) / step! + 1e-9) + 1 : Number.NaN;
  if (count <= mostPoints) return Array.from({ length: count }, (_, i) => Number((from! + i * step!).toFixed(12)));
  throw new UserError({
    where,
    what: `${JSON.stringify(text.slice(0, 40))} is no range of fractions`,
    expected: `from:to:step between 0 and 1 with at most ${mostPoints} points, e.g. 0:0.4:0.05`,
  });
}
