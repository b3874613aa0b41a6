import { UserError } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';
import { formatIntervention, type Intervention, isNeutral, isRemoval, parseIntervention } from './interventions.ts';

/** Who sees what is done to parts: evaluation and pictures only (what if?), or training as well. */
export type MaskScope = 'probe' | 'clamp';

/** Prunes or restores the parts of one layer from an address on, or does something else to heads, which are then kept. */
export interface MaskEdit {
  readonly kept: boolean;
  readonly from: Address;
  /** Number of the last part, in the layer. */
  readonly last: number;
  /** Absent where parts are pruned, or restored as they are by themselves. */
  readonly intervention?: Intervention;
}

/**
 * The edits that a text such as `-L0H3,-L1N4-9,L0H0-2=mean*0.5` stands for, in its order: `-` prunes, `+` restores, `4-9` is a
 * range, `=` does something else to heads.
 * @throws UserError naming the part that cannot be read
 */
export function parseMask(text: string, where = '--mask'): MaskEdit[] {
  return text.split(',').map((part) => {
    const [, sign, start, end, then] = /^\s*([+-]?)(L\d+[HN]\d+)(?:-(\d{1,6}))?\s*(?:=(.*))?$/i.exec(part) ?? [];
    const from = start === undefined ? undefined : parseAddress(start);
    const last = from && (end === undefined ? indexOf(from) : Number(end));
    const isOne = (sign === '') !== (then === undefined) && (then === undefined || (from && 'head' in from));
    if (!isOne || !from || last === undefined || last < indexOf(from)) throw unreadable(part, where);
    if (then === undefined) return { kept: sign === '+', from, last };
    const intervention = parseIntervention(then, where);
    // The whole of a head is removed as neurons are.
    if (isRemoval(intervention)) return { kept: false, from, last };
    return { kept: true, from, last, intervention };
  });
}

function unreadable(part: string, where: string): UserError {
  return new UserError({
    where,
    what: `${JSON.stringify(part.slice(0, 40))} is not a part to prune or restore`,
    expected: 'parts such as -L0H3 (prune), +L0H3 (restore), -L1N4-9 or L0H3=mean*0.5, separated by commas',
  });
}

/** The text that `parseMask` reads as `edit`. */
export function formatMaskEdit({ kept, from, last, intervention }: MaskEdit): string {
  const parts = `${formatAddress(from)}${last > indexOf(from) ? `-${last}` : ''}`;
  return intervention ? `${parts}=${formatIntervention(intervention)}` : `${kept ? '+' : '-'}${parts}`;
}

/** What edits do, in a few words: `pruned L0H3`, `L0H3 mean*0.5`, `pruned 10 neurons, restored 1 head`. */
export function describeEdits(edits: readonly MaskEdit[]): string {
  const [first] = edits;
  if (first && edits.length === 1 && first.last === indexOf(first.from)) {
    const { from, intervention } = first;
    if (intervention) return `${formatAddress(from)} ${wordsOf(intervention)}`;
    return `${deedOf(first)} ${formatAddress(from)}`;
  }
  const counts = new Map<string, { heads: number; neurons: number }>();
  for (const edit of edits) {
    const deed = deedOf(edit);
    const count = counts.get(deed) ?? { heads: 0, neurons: 0 };
    count['head' in edit.from ? 'heads' : 'neurons'] += edit.last - indexOf(edit.from) + 1;
    counts.set(deed, count);
  }
  return [...counts]
    .sort(([a], [b]) => order(a) - order(b))
    .flatMap(([deed, { heads, neurons }]) => [
      ...(heads > 0 ? [`${deed} ${plural(heads, 'head')}`] : []),
      ...(neurons > 0 ? [`${deed} ${plural(neurons, 'neuron')}`] : []),
    ])
    .join(', ');
}

const plainDeeds = ['pruned', 'restored'];
const order = (deed: string): number => (plainDeeds.includes(deed) ? plainDeeds.indexOf(deed) : plainDeeds.length);

function deedOf({ kept, intervention }: MaskEdit): string {
  if (intervention) return `${wordsOf(intervention)} on`;
  return kept ? 'restored' : 'pruned';
}

function wordsOf(intervention: Intervention): string {
  return isNeutral(intervention) ? `no ${intervention.kind}` : formatIntervention(intervention);
}

/** Number of a part in its layer. */
export function indexOf(address: Address): number {
  return 'head' in address ? address.head : address.neuron;
}

/** The edit that does something to a part: one that is removed whole is pruned. */
export function editOf(from: Address, intervention: Intervention): MaskEdit {
  const last = indexOf(from);
  return isRemoval(intervention) ? { kept: false, from, last } : { kept: true, from, last, intervention };
}

/** The edits that do something to all heads of a model. */
export function onEveryHead(
  { layers, heads }: { readonly layers: number; readonly heads: number },
  done: Intervention,
): MaskEdit[] {
  return Array.from({ length: layers }, (_, layer) => ({ ...editOf({ layer, head: 0 }, done), last: heads - 1 }));
}
