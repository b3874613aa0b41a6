import type { RunSource } from '../../runs/source.ts';
import type { RunState } from '../../runs/state.ts';
import { Composer } from '../frame/composer.ts';
import type { Share } from '../screen/postcard.ts';
import { type Place, showScreen } from '../screen/show_screen.ts';
import { runsOf, withGroup } from '../state/group.ts';
import type { Action, Choice, Effect, Group, Model } from '../state/model.ts';
import { initialModel } from '../state/model.ts';
import { withRun } from '../state/probe.ts';
import { FollowedRun } from './followed_run.ts';
import { update } from './update.ts';

export interface ShowRunOptions extends Place {
  /** Live or replayed; it stays open, closing it is for the caller. */
  readonly source: RunSource;
  /** Of several runs that are shown as one: all of them, `source` the first. */
  readonly group?: ShownGroup | undefined;
  /** What is known of a run that has not begun. */
  readonly coming?: RunState | undefined;
  /** Why what the screen was left for before could not be done. */
  readonly refusal?: string | undefined;
  /** Keeps pictures of a run. */
  readonly share?: Share<RunState>;
}

/** Runs that differ in their seed. */
export interface ShownGroup extends Pick<Group, 'name' | 'seeds'> {
  readonly sources: readonly RunSource[];
}

export interface ShowRunResult {
  readonly choice: Choice;
  readonly state: RunState;
  /** Name of the snapshot from which to fork, and settings to change, as `--set` takes them. */
  readonly fork?: { readonly file: string; readonly set: readonly string[] };
  /** Names of the snapshots to put side by side. */
  readonly compare?: readonly string[];
  /** Whether a signal ended it: the program is to end as well. */
  readonly interrupted?: boolean;
  /** Names of the snapshots that are marked only for that: the mark is for the caller to take away. */
  readonly held?: readonly string[];
  /** Which of several runs the panels showed, and how far all were. */
  readonly member?: number;
  readonly runs?: readonly RunState[];
}

/** Shows a run until it is left. */
export function showRun({ source, group, coming, refusal, share, ...place }: ShowRunOptions): Promise<ShowRunResult> {
  const run = new FollowedRun(...(group?.sources ?? [source]));
  return showScreen<Model, Action, Effect, ShowRunResult>(
    {
      mouse: true,
      start(size, look) {
        const model = initialModel(size, look, source.playback, refusal);
        if (coming) return withRun(model, coming);
        return group ? withGroup(model, group) : model;
      },
      update,
      drawing(guard) {
        const composer = new Composer(guard);
        return (model) => composer.compose(model);
      },
      perform: (effect, screen) =>
        run.perform(effect, { ...screen, leave: (choice) => screen.leave(resultOf(choice, screen.model)) }),
      feed: run,
      share: share && ((model, postcard) => share(model.run, postcard)),
      begin: (loop, onFailure) => run.begin(loop, onFailure),
      interrupted: (model) => ({ ...resultOf('detach', model), interrupted: true }),
    },
    place,
  );
}

function resultOf(choice: Choice, model: Model): ShowRunResult {
  const { run, fork, picked, held, group } = model;
  const named = fork?.file !== undefined && { fork: { file: fork.file, set: fork.set } };
  const ofGroup = group && { member: group.lead, runs: runsOf(model) };
  return { choice, state: run, held, ...named, ...ofGroup, ...(choice === 'compare' && { compare: picked }) };
}
