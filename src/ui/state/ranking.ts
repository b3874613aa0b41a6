import { leastSigma } from '../../core/stats.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { ablationAddresses, membersOf } from '../../protocol/ablation.ts';
import { type Address, formatAddress } from '../../protocol/address.ts';
import { type Intervention, isSame, strengthOf } from '../../protocol/interventions.ts';
import { isOpen, type MaskValues } from '../../protocol/mask_values.ts';
import { gradientNames, type PartKind, type ScoreName } from '../../pruning/names.ts';
import { scoresOfActivations } from '../../pruning/scores.ts';
import type { MeasuredPart, RunState } from '../../runs/state.ts';
import type { Model, View } from './model.ts';

/** A line of the pruning board: a part, or a share of a layer's neurons. */
export interface BoardRow {
  readonly address: string;
  /** What it is worth, once measured. */
  readonly entry: MeasuredPart | undefined;
}

/** The share of a metric, and of the effect on it, by which a model changes until what was measured of it counts as past. */
const passed = 0.1;

/**
 * Whether a part was measured of a model that has changed since: what the metric was with it is off what was measured last,
 * with another part or of the whole. Effects on both are not to be compared.
 */
export function pastAmong(
  run: Pick<RunState, 'ablation' | 'estimates' | 'curves' | 'mask'>,
): (entry: MeasuredPart) => boolean {
  const { metric, entries } = run.ablation;
  // Of a pruned model evaluations may be without what is out, or before it was.
  const evaluated = isOpen(run.mask.values) ? run.estimates[metric] : undefined;
  const step = run.curves.get(metric)?.view().last?.step;
  type Known = Pick<MeasuredPart, 'step' | 'base' | 'base_stderr'>;
  let newest: Known | undefined =
    typeof evaluated?.mean !== 'number' || step === undefined
      ? undefined
      : { step, base: evaluated.mean, base_stderr: evaluated.stderr };
  for (const one of entries.values()) {
    if (one.base !== undefined && one.step > (newest?.step ?? Number.NEGATIVE_INFINITY)) newest = one;
  }
  return ({ step, base, base_stderr, delta }) => {
    if (!newest || base === undefined || step >= newest.step) return false;
    const noise = leastSigma * Math.hypot(base_stderr ?? 0, newest.base_stderr ?? 0);
    const least = passed * Math.max(Math.abs(newest.base!), Math.abs(delta));
    return Math.abs(base - newest.base!) > Math.max(least, noise);
  };
}

/** What the board lists: what is worth most first, then what was measured of a model that has changed since, then what was not. */
export function boardRows({ run, view, replay }: ShowsBoard): readonly BoardRow[] {
  if (!run.model) return [];
  const known = isMeasured({ run, view, replay }) ? run.ablation.entries : undefined;
  const rows = ablationAddresses(run.model, boardIntervention({ run, view, replay }).kind).map((address) => ({
    address,
    entry: known?.get(address),
  }));
  const isPast = pastAmong(run);
  const group = ({ entry }: BoardRow) => (entry === undefined ? 2 : Number(isPast(entry)));
  const ranked = rows.map((row) => ({ row, group: group(row), worth: row.entry?.delta ?? 0 }));
  return ranked.sort((a, b) => a.group - b.group || b.worth - a.worth || 0).map(({ row }) => row);
}

/** What a board reads. */
export interface ShowsBoard {
  readonly run: Pick<RunState, 'model' | 'ablation' | 'phase' | 'estimates' | 'curves' | 'mask'>;
  readonly view: Pick<View, 'intervention'>;
  /** Something where a run is played back, which nobody measures anew. */
  readonly replay: unknown;
}

/** What is done to parts to tell what they are worth: what a person chose, or where nobody trains, what was measured last. */
export function boardIntervention({ run, view, replay }: ShowsBoard): Intervention {
  return isGoing(run.phase) && !replay ? view.intervention : run.ablation.intervention;
}

/** Whether what was measured last is what the board is to show. */
export function isMeasured({ run, view, replay }: ShowsBoard): boolean {
  return !isGoing(run.phase) || Boolean(replay) || isSame(run.ablation.asked, view.intervention);
}

const isGoing = (phase: RunState['phase']): boolean => phase === 'running' || phase === 'paused';

/** Whether what parts are worth is computed, not sampled. */
export function isExact({ ablation, estimates }: Pick<RunState, 'ablation' | 'estimates'>): boolean {
  return (estimates[ablation.metric]?.n ?? 0) === 0;
}

/** The parts that a line of the board stands for. */
export function rowParts(model: Pick<Model, 'latest'>, address: string): Address[] {
  return membersOf(address, tensorOf(model, 'neuron_magnitude'));
}

/** What the cursor of a panel is on. */
export interface UnderCursor {
  readonly name: string;
  readonly parts: readonly Address[];
  readonly kind: PartKind;
}

/** Whether fewer or more heads or neurons are pruned: neurons, unless there are none or the cursor is on heads. */
export function rankedKind({ model }: Pick<RunState, 'model'>, under: UnderCursor | undefined): PartKind {
  return (model?.neurons ?? 0) === 0 ? 'heads' : (under?.kind ?? 'neurons');
}

/** What ranks parts of a kind: neurons have no attention of their own. */
export function rankingScore({ view }: { readonly view: Pick<View, 'score'> }, kind: PartKind): ScoreName {
  return kind === 'neurons' && view.score === 'attention' ? 'magnitude' : view.score;
}

/** How much each part counts, [L, parts], or why that is not known. */
export function scoresOf(
  model: Pick<Model, 'latest'> & { readonly view: Pick<View, 'score'> },
  kind: PartKind,
  isOver: boolean,
): HostTensor | string {
  const activations = Object.fromEntries(
    Object.entries(model.latest?.tensors ?? {}).map(([name, { shape, data }]) => [name, hostTensor(shape, data)]),
  );
  if (Object.keys(activations).length === 0) return 'the sizes of the parts have not come yet';
  const score = rankingScore(model, kind);
  if (score === 'gradient' && isOver && !activations[gradientNames[kind]]) {
    return 'the gradient is for runs that go on';
  }
  try {
    return scoresOfActivations[score](kind, activations).values;
  } catch (error) {
    return (error as Error).message;
  }
}

/** Of the run as it is, whatever the pictures show. */
function tensorOf({ latest }: Pick<Model, 'latest'>, name: string): HostTensor | undefined {
  const tensor = latest?.tensors[name];
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

/** What is done with a strength to a head that takes part; undefined where that is nothing, and of neurons. */
export function interventionOn({ interventions }: MaskValues, part: Address): Intervention | undefined {
  return strengthOf(interventions?.[formatAddress(part)]);
}
