import { settingsText, textOf } from '../../sweep/cells.ts';
import type { FollowedCell, FollowedSweep } from '../../sweep/follow.ts';
import { type Combination, type Matrix, matrixOf, metricsOf } from '../../sweep/overview.ts';
import type { Wish } from '../../sweep/wishes.ts';
import type { ScreenAction } from '../screen/action.ts';
import type { Size } from '../screen/size.ts';
import type { Look } from '../terminal/look.ts';
import { bestOf } from './best.ts';

/** What a person does next, outside the screen. */
export type SweepChoice =
  /** Several runs are shown as one. */
  { readonly type: 'open'; readonly runs: readonly string[] } | { readonly type: 'leave' | 'stop' | 'interrupted' };

/** A question in the status line: the key that agrees, and others that do something else. */
export interface Question {
  readonly text: string;
  readonly answers: Readonly<Record<string, SweepEffect>>;
}

/** Everything that the screen of a sweep is drawn from. */
export interface SweepModel {
  readonly data: FollowedSweep;
  readonly matrix: Matrix;
  /** Names of what can be drawn, and which is; nothing is before the first value. */
  readonly metrics: readonly string[];
  readonly metric: string | undefined;
  /** Settings of the combination that was chosen, as text, empty before; and which of its seeds is. */
  readonly at: string;
  readonly member: number;
  /** Whether combinations stand in the order of the metric. */
  readonly ranked: boolean;
  readonly logY: boolean;
  /** Whether the details are open; undefined leaves it to the size of the terminal. */
  readonly details: boolean | undefined;
  readonly question: Question | undefined;
  /** The total of steps that is being typed; one that is only offered gives way to the first digit. */
  readonly typing: { readonly text: string; readonly offered: boolean } | undefined;
  readonly size: Size;
  readonly look: Look;
  readonly help: boolean;
  readonly notice: string;
  readonly tone: 'plain' | 'good' | 'alert';
}

export type SweepEffect =
  | { readonly type: 'choose'; readonly choice: SweepChoice }
  /** `done` is said once it was taken. */
  | { readonly type: 'ask'; readonly wish: Wish; readonly done: string }
  | { readonly type: 'suspend' | 'postcard' };

export interface SweepStep {
  readonly model: SweepModel;
  readonly effects: readonly SweepEffect[];
}

export type SweepAction = ScreenAction | { readonly type: 'followed'; readonly data: FollowedSweep };

export function quiet(model: SweepModel): SweepStep {
  return { model, effects: [] };
}

export function initialSweep(data: FollowedSweep, size: Size, look: Look): SweepModel {
  const matrix = matrixOf(data);
  const model: SweepModel = {
    data,
    matrix,
    metrics: [],
    metric: undefined,
    at: '',
    member: 0,
    ranked: false,
    logY: true,
    details: undefined,
    question: undefined,
    typing: undefined,
    size,
    look,
    help: false,
    notice: '',
    tone: 'good',
  };
  return withData(model, data);
}

/** The screen with what has come. */
export function withData(model: SweepModel, data: FollowedSweep): SweepModel {
  const metrics = metricsOf(data);
  const { metric = metrics[0] } = model;
  return { ...model, data, matrix: matrixOf(data, model.matrix), metrics, metric };
}

/** Until one is chosen, the best once all is trained and read: it would move about before. */
export function selected(model: SweepModel): Combination | undefined {
  const { matrix, at, data } = model;
  const chosen = matrix.combinations.find(({ settings }) => textOf(settings) === at);
  return chosen ?? (data.isGoing || data.unread > 0 ? undefined : bestOf(model)) ?? matrix.combinations[0];
}

/** The run that the cursor is on. */
export function selectedCell(model: SweepModel): FollowedCell | undefined {
  const cells = selected(model)?.cells ?? [];
  return cells[Math.max(0, Math.min(model.member, cells.length - 1))];
}

/** `heads 4 · noise 0.01`, or what all runs have in common where nothing but seeds varies. */
export function nameOf({ settings }: Combination): string {
  return settingsText(settings) || 'all seeds';
}
