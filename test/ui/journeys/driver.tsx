import { isDeepStrictEqual } from 'node:util';
import { render } from 'ink-testing-library';
import { expect } from 'vitest';
import type { RunSource } from '../../../src/runs/source.ts';
import { Composer } from '../../../src/ui/frame/composer.ts';
import { FollowedRun } from '../../../src/ui/run/followed_run.ts';
import { update } from '../../../src/ui/run/update.ts';
import { Loop } from '../../../src/ui/screen/loop.ts';
import { withGroup } from '../../../src/ui/state/group.ts';
import { type Action, type Effect, initialModel, type Model } from '../../../src/ui/state/model.ts';
import type { Row } from '../../../src/ui/terminal/cells.ts';
import { Keyboard } from '../../../src/ui/terminal/keyboard.tsx';
import { chooseLook } from '../../../src/ui/terminal/terminal.ts';
import { utf8 } from '../fake_model.ts';
import { fakeReplay } from '../fake_replay.ts';
import { ablation, activations, FakeSource, measured, started } from '../fake_source.ts';
import { rowText } from '../row_text.ts';

/** What a person does with a key, and what that person then sees or the trainer is asked. */
export type Journey = (key: string, screens: Screens) => Promise<void>;

const bytes: Record<string, string> = {
  space: ' ',
  tab: '\t',
  'shift+tab': '\x1b[Z',
  enter: '\r',
  esc: '\x1b',
  up: '\x1b[A',
  down: '\x1b[B',
  right: '\x1b[C',
  left: '\x1b[D',
  home: '\x1b[H',
  end: '\x1b[F',
  backspace: '\x7f',
  'ctrl+c': '\x03',
  'ctrl+r': '\x12',
  'ctrl+z': '\x1a',
};

interface Options {
  readonly finished?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  readonly prompts?: number;
  readonly neurons?: number;
}

export type Screens = ReturnType<typeof screensOf>;
type LiveScreen = Awaited<ReturnType<Screens['open']>>;

/** A test with screens, which are closed at its end. */
export function withScreens(drive: (screens: Screens) => Promise<void>): () => Promise<void> {
  return async () => {
    const closing: (() => void)[] = [];
    try {
      await drive(screensOf(closing));
    } finally {
      for (const close of closing) close();
    }
  };
}

function screensOf(closing: (() => void)[]) {
  function mounted<S extends RunSource>(source: S, size: Pick<Options, 'columns' | 'rows'> = {}, ...others: S[]) {
    const screen = mount([source, ...others], size);
    closing.push(screen.close);
    return screen;
  }
  return {
    /** A screen on a run at step 200. */
    async open(options: Options = {}) {
      const source = new FakeSource();
      const screen = mounted(source, options);
      const sizes = { prompts: options.prompts ?? 1, neurons: options.neurons ?? 0 };
      source.emit(started(sizes));
      for (let step = 0; step <= 200; step += 10) source.emit(...measured(step));
      source.status({ step: 200 });
      source.probe(activations(200, sizes));
      source.emit(ablation(200, sizes));
      if (options.finished) {
        const summary = { step: 2000, seconds: 9, metrics: {}, snapshot: 'end.safetensors' };
        source.emit({ type: 'run_finished', step: 2000, reason: 'completed', summary });
      }
      await screen.settle();
      return screen;
    },
    /** A screen on seeds 0, 1, 2 and 3: the first has finished, the last is yet to begin, the others are at step 200. */
    async openGroup() {
      const sources = [new FakeSource(), new FakeSource(), new FakeSource(), new FakeSource()] as const;
      const screen = mounted(sources[0], {}, ...sources.slice(1));
      for (const [seed, source] of sources.slice(0, 3).entries()) {
        source.emit(started());
        for (let step = 0; step <= 200; step += 10) source.emit(...measured(step, 1 + seed / 4));
        if (seed > 0) source.status({ step: 200 });
        source.probe(activations(200));
      }
      const summary = { step: 2000, seconds: 9, metrics: {}, snapshot: 'end.safetensors' };
      sources[0].emit({ type: 'run_finished', step: 2000, reason: 'completed', summary });
      await screen.othersTaken();
      return { screen, sources };
    },
    /** A screen on a run of 200 steps that is played back, paused at step 100. */
    async openReplay(notices: readonly string[] = []) {
      const screen = mounted(fakeReplay(100, notices));
      await screen.settle();
      return screen;
    },
  };
}

/** A screen on a run, driven by the bytes that a terminal sends and read as a person reads it. */
function mount<S extends RunSource>(
  sources: readonly [S, ...S[]],
  { columns = 120, rows = 40 }: Pick<Options, 'columns' | 'rows'>,
) {
  const [source] = sources;
  const left: string[] = [];
  const composer = new Composer();
  let shown: readonly Row[] = [];
  let stale: { readonly shown: readonly Row[]; readonly fresh: readonly Row[] } | undefined;
  const run = new FollowedRun(...sources);
  const look = chooseLook({ ...utf8, NO_COLOR: '1' }, { fps: 60 });
  const doing = {
    dispatch: (action: Action) => loop.dispatch(action),
    suspend: () => left.push('suspended'),
    postcard: () => loop.dispatch({ type: 'said', text: 'a picture', tone: 'good' }),
    leave: (choice: string) => left.push(choice),
  };
  const alone = initialModel({ columns, rows }, look, source.playback);
  const seeds = { name: 'four', seeds: [...sources.keys()] };
  const loop = new Loop<Model, Action, Effect>(sources.length > 1 ? withGroup(alone, seeds) : alone, {
    update,
    perform: (effect) => run.perform(effect, { model: loop.model, ...doing }),
    draw(model) {
      shown = composer.compose(model);
      const fresh = new Composer().compose(model);
      if (!isDeepStrictEqual(shown, fresh)) stale ??= { shown, fresh };
    },
    sent: { frames: 0, bytes: 0 },
    feed: run,
  });
  const ink = render(<Keyboard onKey={(key) => loop.dispatch({ type: 'key', key })} />);
  const ended = run.begin(loop, (error) => expect.unreachable(error.message));
  const settle = async () => {
    do await new Promise((resolve) => setTimeout(resolve, 50));
    while (!loop.isDrawn);
    // Every frame, of which only what changed was drawn, looks as if all of it were drawn anew.
    expect(stale?.shown).toEqual(stale?.fresh);
  };
  const texts = () => shown.map((row) => rowText(row, look));
  return {
    source,
    left,
    get fork() {
      return loop.model.fork?.file;
    },
    get settings() {
      return loop.model.fork?.set;
    },
    get picked() {
      return loop.model.picked;
    },
    press: async (...keys: readonly string[]) => {
      for (const key of keys) {
        ink.stdin.write(bytes[key] ?? key);
        // A lone escape is told from the start of a sequence by what follows.
        await new Promise((resolve) => setTimeout(resolve, key === 'esc' ? 40 : 20));
      }
      await settle();
    },
    settle,
    /** Once what has come of members that are not in view is on the screen: that waits for a while. */
    async othersTaken() {
      await new Promise((resolve) => setTimeout(resolve, 600));
      loop.dispatch({ type: 'resized', size: { columns, rows } });
      await settle();
    },
    get text() {
      return texts().join('\n');
    },
    row: (word: string) => texts().find((row) => row.includes(word)) ?? '',
    close() {
      loop.stop();
      ended();
      ink.unmount();
    },
  };
}

let revision = 0;

/** What the trainer says once a mask is in force. */
export function applied(
  screen: LiveScreen,
  edits: readonly string[],
  scope: 'probe' | 'clamp' = 'probe',
  why?: 'undo' | 'redo',
): void {
  const event = { type: 'mask_applied', step: 200, revision: ++revision, scope, edits, kept_fraction: 0.5 } as const;
  screen.source.emit({ ...event, ...(why && { why }) });
}

/** What the trainer says once a setting is in force. */
export function set(screen: LiveScreen, path: string, from: unknown, to: unknown, why?: 'undo' | 'redo'): void {
  screen.source.emit({ type: 'control_changed', step: 200, path, from, to, ...(why && { why }) });
}
