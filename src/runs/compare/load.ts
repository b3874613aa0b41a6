import { basename } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { commandLine } from '../../core/own_command.ts';
import { Series } from '../../core/series.ts';
import type { RunEvent } from '../../protocol/events.ts';
import { locate } from '../../store/library.ts';
import { fileRecord, folderRecord } from '../open_replay.ts';
import type { Compared } from './compared.ts';
import { pruningCurves } from './pruning.ts';

/** Fewest and most runs, or groups of them, that are put side by side. */
export const fewest = 2;
export const most = 6;

/**
 * Reads the runs and snapshots that words name.
 * @throws UserError when there are too few or too many, or one cannot be read
 */
export async function loadCompared(words: readonly string[], directory: string): Promise<Compared[]> {
  if (words.length < fewest || words.length > most) {
    throw new UserError({
      what: `compare takes ${fewest} to ${most} runs or snapshots; you named ${words.length}`,
      fix:
        words.length > most
          ? 'runs that differ in seeds stand as one with --group PATH'
          : words.length === 1
            ? `a picture of one alone is written by S on its screen: ${commandLine('replay', words[0]!)}`
            : 'see incline snapshots list',
    });
  }
  const loaded: Omit<Compared, 'name'>[] = [];
  for (const word of words) loaded.push(await load(word, directory));
  const names = shortNames(loaded, words);
  return loaded.map((one, i) => ({ name: names[i]!, ...one }));
}

/** A run or snapshot by the word that names it, without a name among others. */
export async function load(word: string, directory: string): Promise<Omit<Compared, 'name'>> {
  const { folder, file } = locate(word, directory);
  const clock = new StepClock();
  const { timeline, pictures, notices } = file
    ? await fileRecord(file)
    : await folderRecord(folder, (events) => clock.add(events));
  const { config, model, ...rest } = timeline.whole;
  const picture = pictures.at(timeline.to);
  const frame = picture && (await pictures.load(picture).catch(() => undefined));
  const refused: string[] = [];
  const pruning = file ? [] : pruningCurves(folder, (problem) => refused.push(problem));
  return {
    state: { ...rest, step: timeline.to, config: config!, model: model! },
    ...(frame && { frame }),
    clock: clock.seconds,
    pruning,
    notices: [...notices, ...refused],
  };
}

/** Seconds of training at the steps of events: the time between them without pauses. */
class StepClock {
  readonly seconds = new Series();
  #elapsed = 0;
  #before: number | undefined;

  add(events: readonly RunEvent[]): void {
    for (const { type, time, step } of events) {
      const now = Date.parse(time) / 1000;
      // While paused, and before a run goes on in its own folder, no training happens.
      const ran = type !== 'resumed' && type !== 'run_started';
      if (ran && this.#before !== undefined) this.#elapsed += Math.max(0, now - this.#before);
      this.#before = Number.isFinite(now) ? now : this.#before;
      if (type === 'metrics' && step > (this.seconds.view().at(-1)?.step ?? -1)) {
        this.seconds.push(step, this.#elapsed);
      }
    }
  }
}

/** Names of runs; with the step where several snapshots of one are compared, with a number where that is the same too. */
function shortNames(loaded: readonly Omit<Compared, 'name'>[], words: readonly string[]): string[] {
  const runs = loaded.map(({ state }, i) => state.run || basename(words[i]!));
  const withStep = runs.map((run, i) =>
    runs.filter((other) => other === run).length > 1 ? `${run}@${loaded[i]!.state.step}` : run,
  );
  return withStep.map((name, i) => {
    const before = withStep.slice(0, i).filter((other) => other === name).length;
    return before === 0 ? name : `${name} (${before + 1})`;
  });
}
