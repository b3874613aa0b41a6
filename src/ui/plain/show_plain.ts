import { createInterface } from 'node:readline';
import { systemClock } from '../../core/clock.ts';
import { onSignals } from '../../core/signals.ts';
import { writeLines } from '../../core/visible.ts';
import { FollowedRun } from '../run/followed_run.ts';
import type { ShowRunOptions, ShowRunResult } from '../run/show_run.tsx';
import { update } from '../run/update.ts';
import { Loop } from '../screen/loop.ts';
import type { Action, Effect, Model } from '../state/model.ts';
import { initialModel, isOver } from '../state/model.ts';
import { dieOfHangup } from '../terminal/hangup.ts';
import { chooseLook } from '../terminal/terminal.ts';
import { newsOf, standing } from './news.ts';
import { wishOf } from './words.ts';

/** Between two sentences about where the run stands, unless asked, in milliseconds. */
const interval = 5000;
/** Looked at this often a second. */
const looks = 2;
/** A screen of this size shows the panels for which the trainer sends pictures and measures parts. */
const size = { columns: 120, rows: 40 };

/**
 * Tells of a run in sentences, one a line, and takes typed words: for screen readers, and for terminals that cannot move a
 * cursor. Nothing that was written changes.
 */
export function showPlain(options: ShowRunOptions): Promise<ShowRunResult> {
  const { source, environment = process.env, stdin = process.stdin, stdout = process.stdout } = options;
  const say = (lines: readonly string[]): void => writeLines(stdout, lines);
  return new Promise((resolve, reject) => {
    const look = { ...chooseLook(environment, options.preferences), framesPerSecond: looks, picturesPerSecond: looks };
    let before = initialModel(size, look);
    let saidAt = systemClock.now();
    const run = new FollowedRun(source);
    const dispatch = (action: Action): void => loop.dispatch(action);
    const nothing = (): void => {};
    const loop = new Loop<Model, Action, Effect>(before, {
      update,
      perform: (effect) =>
        run.perform(effect, { model: loop.model, dispatch, suspend: nothing, postcard: nothing, leave }),
      draw(model) {
        say(newsOf(before, model));
        if (model.live && model.live.step !== before.live?.step && systemClock.now() - saidAt >= interval) tell(model);
        before = model;
        if (isOver(model) && !model.stopping) leave('finished');
      },
      sent: { frames: 0, bytes: 0 },
      feed: run,
    });
    const typed = createInterface({ input: stdin, terminal: false });
    typed.on('line', (line) => {
      const wish = wishOf(loop.model, line);
      if (wish.type === 'leave') leave('detach');
      else if (wish.type === 'say') say(wish.lines);
      else for (const key of wish.keys) dispatch({ type: 'key', key });
    });
    const detach = (): void => leave('detach');
    const hangUp = (): void => {
      stop();
      (options.onHangup ?? dieOfHangup)();
    };
    typed.on('close', detach);
    const ignoreSignals = onSignals('screen', (meaning) => (meaning === 'vanish' ? hangUp() : leave('detach', true)));
    stdout.on('error', hangUp);
    const ended = run.begin(loop, (error) => {
      end();
      reject(error);
    });

    function stop(): void {
      loop.stop();
      ended();
    }

    function tell(model: Model): void {
      saidAt = systemClock.now();
      say([standing(model)]);
    }

    function end(): void {
      stop();
      ignoreSignals();
      stdout.off('error', hangUp);
      typed.off('close', detach);
      typed.close();
    }

    function leave(choice: ShowRunResult['choice'], interrupted = false): void {
      end();
      const { run, fork } = loop.model;
      resolve({
        choice,
        state: run,
        interrupted,
        ...(fork?.file !== undefined && { fork: { file: fork.file, set: fork.set } }),
      });
    }
  });
}
