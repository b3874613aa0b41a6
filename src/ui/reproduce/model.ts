import type { FollowedRecipe } from '../../reproduce/follow/follower.ts';
import type { ScreenAction } from '../screen/action.ts';
import type { Size } from '../screen/size.ts';
import type { Look } from '../terminal/look.ts';

/** Recipes as far as they have come. */
export interface ReproduceData {
  readonly recipes: readonly FollowedRecipe[];
  /** What the process that trains and measures said last; its end, once there is one. */
  readonly said: string;
  readonly isOver: boolean;
  /** Null while that cannot be told. */
  readonly secondsLeft: number | null;
}

/** Everything that the screen is drawn from. */
export interface ReproduceModel {
  readonly data: ReproduceData;
  /** The selected recipe, and the panel of it that comes first. */
  readonly at: number;
  readonly panel: number;
  /** The first claim that is shown. */
  readonly claim: number;
  readonly asking: boolean;
  readonly size: Size;
  readonly look: Look;
  readonly help: boolean;
  readonly notice: string;
}

export type ReproduceEffect = { readonly type: 'leave' } | { readonly type: 'suspend' };

export interface ReproduceStep {
  readonly model: ReproduceModel;
  readonly effects: readonly ReproduceEffect[];
}

export type ReproduceAction = ScreenAction | { readonly type: 'followed'; readonly data: ReproduceData };

export function initialReproduce(data: ReproduceData, size: Size, look: Look): ReproduceModel {
  return { data, at: 0, panel: 0, claim: 0, asking: false, size, look, help: false, notice: '' };
}

export function quiet(model: ReproduceModel): ReproduceStep {
  return { model, effects: [] };
}

export function selected({ data, at }: ReproduceModel): FollowedRecipe | undefined {
  return data.recipes[at];
}

/** How claims of these recipes stand, counted by verdict; those that are not tried yet last. */
export function standings(recipes: readonly FollowedRecipe[]): readonly (readonly [verdict: string, count: number])[] {
  const counts = new Map<string, number>();
  for (const { claims } of recipes) {
    for (const { tried } of claims) {
      const verdict = tried?.verdict ?? 'to be tried';
      counts.set(verdict, (counts.get(verdict) ?? 0) + 1);
    }
  }
  const order = ['confirmed', 'refuted', 'undecided', 'only at small scale', 'control failed', 'to be tried'];
  return order.flatMap((verdict) => (counts.has(verdict) ? [[verdict, counts.get(verdict)!] as const] : []));
}
