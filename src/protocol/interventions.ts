import { UserError } from '../core/errors.ts';
import { nearest } from '../core/nearest.ts';

/** Where in a head something is done to it, in the order in which it computes; freezing is for training alone. */
type Stage = 'weights' | 'scores' | 'pattern' | 'output' | `freeze ${string}`;

interface Kind {
  /** Two kinds of one stage exclude each other. */
  readonly stage: Stage;
  /** What the head has then, as a help says it. */
  readonly help: string;
  /** The amount that changes nothing, and the least and the most. */
  readonly neutral: number;
  readonly range: readonly [number, number];
  /** The amount of the full intervention, or the usual one. */
  readonly full: number;
  /** What an amount is, in a complaint. */
  readonly expected: string;
}

/** A share s of 0 to 1: what the head has becomes (1 − s) of its own and s of what it is given. */
const share = (stage: Stage, help: string): Kind => ({
  stage,
  help,
  neutral: 0,
  range: [0, 1],
  full: 1,
  expected: 'a strength from 0 (nothing) to 1 (the full intervention)',
});

const held = (what: string): Kind => ({
  stage: `freeze ${what}`,
  help: `the weights of its ${what} stay as they are while training sees it`,
  neutral: 0,
  range: [0, 1],
  full: 1,
  expected: '1, or 0 to train them again',
});

/** What can be done to a head, in the order in which a head computes. */
const kinds = {
  graft: share('weights', 'the weights that it has in another snapshot, as in graft@FILE'),
  temperature: {
    stage: 'scores',
    help: 'scores divided by a temperature before the softmax',
    neutral: 1,
    range: [1e-3, 1e3],
    full: 2,
    expected: 'a temperature from 0.001 to 1000, 1 being its own',
  },
  uniform: share('pattern', 'attention alike on every token that it may attend to'),
  previous: share('pattern', 'attention on the token before'),
  match: share('pattern', 'attention on the tokens that match, as its task says'),
  graft_pattern: share('pattern', 'its pattern in another snapshot, on the same prompts'),
  mean: share('output', 'the mean of its outputs over the prompts of the batch, position by position'),
  resample: share('output', 'its output for another prompt of the batch'),
  graft_output: share('output', 'its output in another snapshot, on the same prompts'),
  remove: share('output', 'no output'),
  freeze_queries: held('queries'),
  freeze_keys: held('keys'),
  freeze_values: held('values'),
  freeze_pattern: held('pattern'),
} as const satisfies Readonly<Record<string, Kind>>;

/** What can be held of a head, however it computes. */
export const freezeKinds = ['freeze_queries', 'freeze_keys', 'freeze_values', 'freeze_pattern'] as const;

export type InterventionKind = keyof typeof kinds;

/** All kinds, in their order. */
export const interventionKinds = Object.keys(kinds) as readonly InterventionKind[];

/** Kinds that change what a graph computes, so that it has inputs for them; removing has masks, grafts have weights, and freezing is no computation. */
export const computedKinds = ['temperature', 'uniform', 'previous', 'match', 'mean', 'resample'] as const;
export type ComputedKind = (typeof computedKinds)[number];

/** Kinds that put activations of another snapshot in place of a head's own. */
export const activationKinds = ['graft_pattern', 'graft_output'] as const;

/** Kinds of a strength, from this model alone. */
const strengthKinds: readonly InterventionKind[] = ['remove', 'mean', 'resample', 'uniform', 'previous', 'match'];

/** Kinds that change what is measured at once, from the snapshot alone. */
export const measuredKinds: readonly InterventionKind[] = [...strengthKinds, 'temperature'];

/** Kinds in the order in which a key goes through them: first those that are asked for most. */
export const chosenKinds: readonly InterventionKind[] = [...measuredKinds, 'graft', ...activationKinds, ...freezeKinds];

/** Something that is done to a head. */
export interface Intervention {
  readonly kind: InterventionKind;
  /** Strength, temperature, or 1 for what is frozen. */
  readonly amount: number;
  /** Of a graft that changes something: a snapshot, by its file or run, or by the name that `graftName` gives it. */
  readonly source?: string;
}

export const kindHelp = (kind: InterventionKind): string => kinds[kind].help;

/** What takes a head out whole, as neurons are: pruning. */
export const removal: Intervention = { kind: 'remove', amount: 1 };

export const isRemoval = ({ kind, amount }: Intervention): boolean => kind === 'remove' && amount === 1;

/** Whether it holds weights while training sees it, and changes nothing of what is measured meanwhile. */
export const isFreeze = (kind: InterventionKind): boolean => kinds[kind].stage.startsWith('freeze');

/** Whether what takes the place of what a head has comes from another snapshot. */
export const isGraft = (kind: InterventionKind): boolean => kind === 'graft' || isOfActivations(kind);

/** Whether that is what it computes there on the same prompts, and not its weights. */
export const isOfActivations = (kind: InterventionKind): kind is (typeof activationKinds)[number] =>
  (activationKinds as readonly string[]).includes(kind);

/** The full intervention of a kind, or of its usual amount. @param source of a graft */
export const fullOf = (kind: InterventionKind, source?: string): Intervention => ({
  kind,
  amount: kinds[kind].full,
  ...(source !== undefined && { source }),
});

/** A step more or less of an intervention: a quarter of a strength, twice or half a temperature, all of what is frozen. */
export function stepped({ kind, amount, ...rest }: Intervention, by: 1 | -1): Intervention {
  const [least, most] = kinds[kind].range;
  const next = kind === 'temperature' ? amount * 2 ** by : amount + by * (isFreeze(kind) ? 1 : 0.25);
  return { ...rest, kind, amount: Math.max(least, Math.min(most, next)) };
}

/** Whether it leaves the head as it is. */
export const isNeutral = ({ kind, amount }: Intervention): boolean => amount === kinds[kind].neutral;

/** The one of the same kind that leaves the head as it is. */
export const neutral = (kind: InterventionKind): Intervention => ({ kind, amount: kinds[kind].neutral });

/** The interventions on a head with one more, which takes the place of another of its stage; in the order of their kinds. */
export function withIntervention(list: readonly Intervention[], one: Intervention): readonly Intervention[] {
  const others = list.filter(({ kind }) => kinds[kind].stage !== kinds[one.kind].stage);
  const all = isNeutral(one) ? others : [...others, one];
  return all.sort((a, b) => interventionKinds.indexOf(a.kind) - interventionKinds.indexOf(b.kind));
}

/**
 * What is done with strength in the pattern or to the output of a head, or else to its weights; frozen ones and its temperature
 * are no such thing.
 */
export function strengthOf(list: readonly Intervention[] = []): Intervention | undefined {
  return list.find(({ kind }) => strengthKinds.includes(kind)) ?? list.find(({ kind }) => isGraft(kind));
}

/** Whether two interventions are the same in every word. */
export const isSame = (a: Intervention, b: Intervention): boolean => formatIntervention(a) === formatIntervention(b);

/** Whether two kinds exclude each other. */
export const sameStage = (a: InterventionKind, b: InterventionKind): boolean => kinds[a].stage === kinds[b].stage;

/** Longest text of one, that a path may have: what is far longer takes long to be read, and nobody wrote it. */
const longestText = 4200;

/**
 * What `uniform`, `mean*0.5`, `temperature*2` or `graft@FILE` stands for; a strength is 1 unless said.
 * @throws UserError for another kind, an amount that it cannot have, or a graft from nowhere
 */
export function parseIntervention(text: string, where: string): Intervention {
  const parts = /^\s*([a-z_]*)\s*(?:@([^*]*?))?\s*(?:\*\s*(\S*))?\s*$/i;
  const [, name = '', source, amount] = (text.length <= longestText && parts.exec(text)) || [];
  const kind = interventionKinds.find((one) => one === name.toLowerCase());
  if (!kind) {
    throw new UserError({
      where,
      what: `${JSON.stringify(text.slice(0, 40))} is no intervention on a head`,
      expected: `one of ${interventionKinds.join(', ')}, as in L0H3=mean or L0H3=mean*0.5`,
      fix: nearest(name, interventionKinds),
    });
  }
  // A strength is all unless said; a temperature has to be said.
  const unsaid = kind === 'temperature' ? Number.NaN : kinds[kind].full;
  const value = amount === undefined ? unsaid : amount === '' ? Number.NaN : Number(amount);
  const [least, most] = kinds[kind].range;
  const fits = value >= least && value <= most && (!isFreeze(kind) || Number.isInteger(value));
  const wrong = amount === undefined ? `${kind} has no number` : `${kind}*${amount} is out of range`;
  if (!fits) throw new UserError({ where, what: wrong, expected: kinds[kind].expected });
  const from = source?.trim();
  if (!isGraft(kind) && from === undefined) return { kind, amount: value };
  if (isGraft(kind) && value === 0) return neutral(kind);
  if (isGraft(kind) && from) return { kind, amount: value, source: from };
  throw new UserError({
    where,
    what: `${JSON.stringify(text.slice(0, 40))} ${isGraft(kind) ? 'does not say from where' : 'has no use for a snapshot'}`,
    expected: isGraft(kind) ? `a snapshot or a run, as in L0H3=${kind}@FILE` : 'a snapshot for grafts alone',
  });
}

/** The text that `parseIntervention` reads so. */
export function formatIntervention({ kind, amount, source }: Intervention): string {
  const what = source === undefined ? kind : `${kind}@${source}`;
  return amount === 1 && kind !== 'temperature' ? what : `${what}*${amount}`;
}

/** Whether a text is an intervention, or leaves that out. */
export function isInterventionText(value: unknown): value is string | undefined {
  if (value === undefined) return true;
  if (typeof value !== 'string') return false;
  try {
    parseIntervention(value, '');
    return true;
  } catch {
    return false;
  }
}

/** @throws UserError when a model does not have a kind of intervention */
export function requireKnown(
  kind: InterventionKind,
  known: readonly string[] | undefined,
  model: string,
  where: string,
): void {
  // Whatever has heads can be without them, or have them from elsewhere.
  if (kind === 'remove' || kind === 'graft' || known?.includes(kind)) return;
  throw new UserError({
    where,
    what: `${model} has no ${kind}`,
    expected: `one of ${['remove', ...(known ?? [])].join(', ')}`,
  });
}
