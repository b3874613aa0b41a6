import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { type Address, formatAddress, parseAddress } from '../../protocol/address.ts';
import { ledgerAddresses, membersOf } from '../../protocol/ledger.ts';
import type { MaskValues } from '../../protocol/masks.ts';
import { type PartKind, type ScoreName, slopeNames } from '../../pruning/names.ts';
import { scoresOfInsides } from '../../pruning/scores.ts';
import type { MeasuredPart } from '../../runs/state.ts';
import { isOver, type Model } from './model.ts';
import { neuronUnderCursor } from './neuron_cursor.ts';
import { selectedHead } from './pattern.ts';

/** A line of the pruning board: a part, or a share of a layer's neurons. */
export interface BoardRow {
  readonly address: string;
  /** What it is worth, once measured. */
  readonly entry: MeasuredPart | undefined;
}

/** What the board lists: what is worth most first, then what has not been measured. */
export function boardRows({ run }: Model): readonly BoardRow[] {
  if (!run.model) return [];
  const rows = ledgerAddresses(run.model).map((address) => ({ address, entry: run.ledger.entries.get(address) }));
  const worth = ({ entry }: BoardRow) => entry?.delta ?? Number.NEGATIVE_INFINITY;
  return rows.sort((a, b) => worth(b) - worth(a) || 0);
}

/** The line under the cursor of the board, which stays with its part when the lines change places. */
export function boardCursor(model: Model, rows = boardRows(model)): number {
  return Math.max(
    0,
    rows.findIndex(({ address }) => address === model.view.part),
  );
}

/** What the cursor of the focused panel is on. */
export function partsUnderCursor(model: Model): { readonly name: string; readonly parts: readonly Address[] } {
  if (model.view.focus === 'neurons') {
    // Models that say where their neurons point have one layer.
    const under = neuronUnderCursor(model);
    const parts = under ? [{ layer: 0, neuron: under.neuron }] : [];
    return { name: parts.map(formatAddress).join(), parts };
  }
  if (model.view.focus !== 'pruning') {
    const { layer, head } = selectedHead(model);
    return { name: formatAddress({ layer, head }), parts: [{ layer, head }] };
  }
  const rows = boardRows(model);
  const row = rows[boardCursor(model, rows)];
  return row ? { name: row.address, parts: rowParts(model, row.address) } : { name: '', parts: [] };
}

/** The parts that a line of the board stands for. */
export function rowParts(model: Model, address: string): Address[] {
  return membersOf(address, tensorOf(model, 'neuron_magnitude'));
}

/** Whether fewer or more heads or neurons are pruned: neurons, unless there are none or heads have been chosen. */
export function rankedKind(model: Model): PartKind {
  if ((model.run.model?.neurons ?? 0) === 0) return 'heads';
  const { focus, part } = model.view;
  if (focus === 'pruning') return part !== undefined && parseAddress(part) && part.includes('H') ? 'heads' : 'neurons';
  return ['heads', 'head', 'weights'].includes(focus) ? 'heads' : 'neurons';
}

/** What ranks parts of a kind: neurons have no attention of their own. */
export function rankingScore({ view }: Model, kind: PartKind): ScoreName {
  return kind === 'neurons' && view.score === 'attention' ? 'magnitude' : view.score;
}

/** How much each part counts, [L, parts], or why that is not known. */
export function scoresOf(model: Model, kind: PartKind): HostTensor | string {
  const insides = Object.fromEntries(
    Object.entries(model.probe?.tensors ?? {}).map(([name, { shape, data }]) => [name, hostTensor(shape, data)]),
  );
  if (Object.keys(insides).length === 0) return 'the sizes of the parts have not come yet';
  const score = rankingScore(model, kind);
  if (score === 'gradient' && isOver(model) && !insides[slopeNames[kind]]) {
    return 'the gradient is for runs that go on';
  }
  try {
    return scoresOfInsides[score](kind, insides).values;
  } catch (error) {
    return (error as Error).message;
  }
}

function tensorOf({ probe }: Model, name: string): HostTensor | undefined {
  const tensor = probe?.tensors[name];
  return tensor && hostTensor(tensor.shape, tensor.data);
}

/** Whether each of the parts takes part. */
export function keptAmong({ heads, neurons }: MaskValues, parts: readonly Address[]): boolean[] {
  return parts.map((part) =>
    'head' in part
      ? heads.data[part.layer * heads.shape[1]! + part.head] !== 0
      : neurons.data[part.layer * neurons.shape[1]! + part.neuron] !== 0,
  );
}
