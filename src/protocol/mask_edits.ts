import { UserError } from '../core/errors.ts';
import { plural } from '../core/format.ts';
import { type Address, formatAddress, parseAddress } from './address.ts';

/** Who sees that parts are pruned: evaluation and pictures only (what if?), or training as well. */
export type MaskScope = 'probe' | 'clamp';

/** Prunes or restores the parts of one layer from an address on. */
export interface MaskEdit {
  readonly kept: boolean;
  readonly from: Address;
  /** Number of the last part, in the layer. */
  readonly last: number;
}

/**
 * The edits that a text such as `-L0H3,-L1N4-9` stands for, in its order: `-` prunes, `+` restores, `4-9` is a range.
 * @throws UserError naming the part that cannot be read
 */
export function parseMask(text: string, where = '--mask'): MaskEdit[] {
  return text.split(',').map((part) => {
    const [, sign, start, end] = /^\s*([+-])(L\d+[HN]\d+)(?:-(\d{1,6}))?\s*$/i.exec(part) ?? [];
    const from = start === undefined ? undefined : parseAddress(start);
    const last = from && (end === undefined ? indexOf(from) : Number(end));
    if (!from || last === undefined || last < indexOf(from)) {
      throw new UserError({
        where,
        what: `${JSON.stringify(part.slice(0, 40))} is not a part to prune or restore`,
        expected: 'parts such as -L0H3 (prune), +L0H3 (restore) or -L1N4-9, separated by commas',
      });
    }
    return { kept: sign === '+', from, last };
  });
}

/** The text that `parseMask` reads as `edit`. */
export function formatMaskEdit({ kept, from, last }: MaskEdit): string {
  return `${kept ? '+' : '-'}${formatAddress(from)}${last > indexOf(from) ? `-${last}` : ''}`;
}

/** What edits do, in a few words: `pruned L0H3`, `pruned 10 neurons, restored 1 head`. */
export function describeEdits(edits: readonly MaskEdit[]): string {
  const [first] = edits;
  if (first && edits.length === 1 && first.last === indexOf(first.from)) {
    return `${first.kept ? 'restored' : 'pruned'} ${formatAddress(first.from)}`;
  }
  const counted = [false, true].flatMap((kept) =>
    (['head', 'neuron'] as const).flatMap((kind) => {
      const counts = edits.filter((edit) => edit.kept === kept && kind in edit.from);
      const count = counts.reduce((sum, { from, last }) => sum + last - indexOf(from) + 1, 0);
      return count === 0 ? [] : [`${kept ? 'restored' : 'pruned'} ${plural(count, kind)}`];
    }),
  );
  return counted.join(', ');
}

/** Number of a part in its layer. */
export function indexOf(address: Address): number {
  return 'head' in address ? address.head : address.neuron;
}
