import { readFileSync } from 'node:fs';
import { cleanup, render } from 'ink-testing-library';
import { afterAll, afterEach, expect, it } from 'vitest';
import type { RunSource } from '../../src/runs/source.ts';
import { Composer } from '../../src/ui/frame/composer.ts';
import { keyTable } from '../../src/ui/keys/keys.ts';
import { Runtime } from '../../src/ui/run/runtime.ts';
import { initialModel, type Model } from '../../src/ui/state/model.ts';
import { Keyboard } from '../../src/ui/terminal/keyboard.tsx';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { keyTo, rowsOn, utf8 } from './fake_model.ts';
import { fakeReplay } from './fake_replay.ts';
import { ablation, activations, FakeSource, measured, started } from './fake_source.ts';

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
  backspace: '\x7f',
  'ctrl+c': '\x03',
  'ctrl+r': '\x12',
  'ctrl+z': '\x1a',
};

const runtimes: Runtime[] = [];

/** Frames in which a part was not drawn again though what it shows had changed. */
const stale: { readonly shown: readonly string[]; readonly fresh: readonly string[] }[] = [];
afterEach(() => {
  const [first] = stale.splice(0);
  expect(first?.shown).toEqual(first?.fresh);
});
afterAll(() => {
  for (const runtime of runtimes.splice(0)) runtime.stop();
  cleanup();
});

/** A screen on a run at step 200, driven by the bytes that a terminal sends and read as a person reads it. */
async function open(
  options: { finished?: boolean; columns?: number; rows?: number; prompts?: number; neurons?: number } = {},
) {
  const source = new FakeSource();
  const screen = mount(source, options);
  const sizes = { prompts: options.prompts ?? 1, neurons: options.neurons ?? 0 };
  source.emit(started(sizes));
  for (let step = 0; step <= 200; step += 10) source.emit(...measured(step));
  source.status({ step: 200 });
  source.probe(activations(200, sizes));
  source.emit(ablation(200, sizes));
  if (options.finished) {
    source.emit({
      type: 'run_finished',
      step: 2000,
      reason: 'completed',
      summary: { step: 2000, seconds: 9, metrics: {}, snapshot: 'end.safetensors' },
    });
  }
  await screen.settle();
  return screen;
}

/** A screen on a run of 200 steps that is played back, paused at step 100. */
async function openReplay() {
  const screen = mount(fakeReplay(100), {});
  await screen.settle();
  return screen;
}

/** A screen on a run, driven and read as a person does. */
function mount<S extends RunSource>(source: S, { columns = 120, rows = 40 }: { columns?: number; rows?: number }) {
  const left: string[] = [];
  let shown: readonly string[] = [];
  const composer = new Composer();
  let drawn: Model | undefined;
  const runtime = new Runtime(
    initialModel({ columns, rows }, chooseLook({ ...utf8, NO_COLOR: '1' }, { fps: 60 }), source.playback),
    source,
    {
      draw: (model) => {
        drawn = model;
        shown = rowsOn(model, composer);
      },
      leave: (choice) => left.push(choice),
      suspend: () => left.push('suspended'),
      frames: 0,
      bytes: 0,
    },
  );
  runtimes.push(runtime);
  const onKey = (key: string) => runtime.dispatch({ type: 'key', key });
  const ink = render(<Keyboard onKey={onKey} />);
  runtime.start();
  const settle = async () => {
    do await new Promise((resolve) => setTimeout(resolve, 50));
    while (!runtime.isDrawn);
    // What was drawn piece by piece looks as if all were drawn anew.
    const fresh = drawn ? rowsOn(drawn) : shown;
    if (shown.join() !== fresh.join()) stale.push({ shown, fresh });
  };
  return {
    source,
    left,
    get fork() {
      return runtime.model.fork?.file;
    },
    get settings() {
      return runtime.model.fork?.set;
    },
    get picked() {
      return runtime.model.picked;
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
    get text() {
      return shown.join('\n');
    },
    row: (word: string) => shown.find((row) => row.includes(word)) ?? '',
  };
}

let revision = 0;

/** What the trainer says once a mask is in force. */
function applied(
  screen: Awaited<ReturnType<typeof open>>,
  edits: readonly string[],
  scope: 'probe' | 'clamp' = 'probe',
  why?: 'undo' | 'redo',
) {
  const event = { type: 'mask_applied', step: 200, revision: ++revision, scope, edits, kept_fraction: 0.5 } as const;
  screen.source.emit({ ...event, ...(why && { why }) });
}

/** What the trainer says once a setting is in force. */
function set(
  screen: Awaited<ReturnType<typeof open>>,
  path: string,
  from: unknown,
  to: unknown,
  why?: 'undo' | 'redo',
) {
  screen.source.emit({ type: 'control_changed', step: 200, path, from, to, ...(why && { why }) });
}

/** Presses a key at step 100 of a replay and looks where that leads, and at what is said there. */
async function replayed(key: string, step: number, said = ''): Promise<void> {
  const screen = await openReplay();
  const before = screen.row('train ');
  await screen.press(key);
  expect(screen.row('of 200')).toMatch(new RegExp(`step +${step} of 200`));
  expect(screen.text).toContain(said);
  expect(screen.text).toMatch(new RegExp(`pictures of step ${Math.floor(step / 20) * 20}\\b`));
  // The curves end at the cursor, and so do their numbers.
  if (Math.abs(step - 100) >= 10) expect(screen.row('train ')).not.toBe(before);
}

/** For each entry of the key table, and each of its keys, what a person sees or the trainer is asked. */
const journeys: Record<string, (key: string) => Promise<void>> = {
  pause: async (key) => {
    const screen = await open();
    let answer: (outcome: { ok: boolean; step: number }) => void = () => {};
    screen.source.answer = () => new Promise((resolve) => (answer = resolve));
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'pause' });
    expect(screen.text).toContain('○ pause pending');
    answer({ ok: true, step: 207 });
    screen.source.status({ state: 'paused', step: 207 });
    await screen.settle();
    expect(screen.text).toContain('✓ pause at step 207');
    expect(screen.text).toContain('‖ paused');
    expect(screen.text).toContain('space resume');
    screen.source.answer = () => ({ ok: true, step: 207 });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'resume' });
  },
  step: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'step', count: 1 });
  },
  run_to: async (key) => {
    const screen = await open();
    await screen.press(key, '5', '0', '0');
    expect(screen.text).toContain('run to step 500_');
    await screen.press('enter');
    expect(screen.source.asked).toEqual({ type: 'run_to', step: 500 });
  },
  slower: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 50 });
  },
  faster: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('the run has no cap on its pace');
    screen.source.status({ pace: 40 });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 80 });
  },
  snapshot: async (key) => {
    const screen = await open();
    await screen.press(key);
    screen.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'key' });
    await screen.settle();
    expect(screen.source.asked).toEqual({ type: 'snapshot', why: 'key' });
    expect(screen.text).toMatch(/┊ snapshot|snapshot \(key\)/);
    expect(screen.text).toContain('snapshot at step 200');
  },
  prune: async (key) => {
    const screen = await open();
    await screen.press('2', 'right', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H1'] });
    applied(screen, ['-L0H1']);
    await screen.settle();
    // Crossed out in the grid, in the enlarged pattern, on the board and in the count that is always in sight.
    expect(screen.row('H0')).toMatch(/▸H1 +✕|▸H1✕/);
    expect(screen.row('3 L0H1')).toContain('✕ pruned');
    expect(screen.row('fps')).toContain('✕1 probe');
    expect(screen.text).toMatch(/┊ pruned L0H1|pruned L0H1 \(probe\)/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H1'] });
    // On the board, the cursor is on what is worth most.
    await screen.press(keyTo('pruning'), 'down', 'down', 'down', 'down');
    expect(screen.text).toContain('▸✕L0H1');
    const board = await open({ neurons: 10 });
    await board.press(keyTo('pruning'), 'down', 'down', 'down', 'down', 'down', key);
    expect(board.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N9'] });
    const curves = await open();
    await curves.press(key);
    expect(curves.source.asked).toBeUndefined();
  },
  solo: async (key) => {
    const screen = await open();
    await screen.press('2', 'right', 'right', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0-1', '-L0H3-5'] });
    applied(screen, ['-L0H0-1', '-L0H3-5']);
    // What it will do stands in the hint; the mask and the cursor alone decide.
    await screen.press('right');
    expect(screen.text).toMatch(/o solo/);
    await screen.press('left');
    expect(screen.text).toMatch(/o others back/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H0-1', '+L0H3-5'] });
    expect(screen.text).toContain('✓ all heads except L0H2 restored (probe), from step 200');
  },
  everything_back: async (key) => {
    const screen = await open({ neurons: 30 });
    await screen.press(key);
    expect(screen.text).toContain('nothing is pruned');
    applied(screen, ['-L0H2', '-L0N4-9', '-L0N20']);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H2', '+L0N4-9', '+L0N20'] });
  },
  fewer_more: async (key) => {
    const screen = await open({ neurons: 40 });
    if (key === '<') {
      await screen.press(key);
      expect(screen.text).toContain('no neurons are pruned');
      applied(screen, ['-L0N0', '-L0N2', '-L0N4']);
      await screen.press(key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0N2', '+L0N4'] });
    } else {
      // The smallest two of forty, then the next two, before the first have been confirmed.
      await screen.press(key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N0', '-L0N2'] });
      await screen.press('2', key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
      await screen.press(keyTo('pruning'), key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N0', '-L0N2'] });
    }
    const heads = await open();
    await heads.press(key);
    if (key === '>') expect(heads.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
  },
  score: async (key) => {
    const screen = await open({ neurons: 40 });
    await screen.press(keyTo('pruning'), 'down', key);
    expect(screen.text).toContain('attention of heads L0');
    await screen.press(key);
    expect(screen.source.requests).toContainEqual(expect.objectContaining({ type: 'watch', gradients: true }));
    expect(screen.text).toContain('gradient of heads L0 the gradient comes with new pictures');
    // Sizes count, whichever way the loss goes.
    const { step, tensors } = activations(201, { neurons: 40 });
    const gradients = { shape: [1, 6], data: Float32Array.of(3, -2, 1, -0.5, 2, 3) };
    screen.source.probe({ step, tensors: { ...tensors, head_gradient: gradients } });
    await screen.press('>');
    expect(screen.source.asked).toMatchObject({ type: 'mask', edits: ['-L0H3'] });
    await screen.press(key);
    expect(screen.source.requests).toContainEqual(expect.objectContaining({ type: 'watch', gradients: false }));
    // Neurons have no attention: they go by magnitude or gradient.
    await screen.press('1', '>');
    expect(screen.source.asked).toMatchObject({ type: 'mask', edits: ['-L0N0', '-L0N2'] });
    await screen.press(key);
    expect(screen.text).toContain('< and > go by gradient');
    await screen.press(key);
    expect(screen.text).toContain('< and > go by magnitude');
  },
  scope: async (key) => {
    const screen = await open();
    expect(screen.row('fps')).toMatch(/probe $/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'clamp', edits: [] });
    applied(screen, [], 'clamp');
    await screen.settle();
    expect(screen.row('fps')).toMatch(/CLAMP $/);
    expect(screen.row(`${keyTo('pruning')} pruning`)).toContain('scope CLAMP');
    expect(screen.text).toMatch(/scope clamp/);
    await screen.press('2', 'x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'clamp', edits: ['-L0H0'] });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [] });
  },
  move_part: async (key) => {
    const screen = await open();
    await screen.press(keyTo('pruning'));
    expect(screen.text).toMatch(/▸ L0H5 +\+5.00/);
    await screen.press('down', 'down', key);
    expect(screen.text).toMatch(key === 'up' || key === 'k' ? /▸ L0H4 +\+4.00/ : /▸ L0H2 +\+2.00/);
    // The cursor stays with its part when the order changes.
    const entries = [{ address: 'L0H0', delta: 7, stderr: null }];
    screen.source.emit({ type: 'ledger', step: 210, metric: 'in_domain_inference_loss', revision: 0, entries });
    await screen.settle();
    expect(screen.text).toMatch(key === 'up' || key === 'k' ? /▸ L0H4/ : /▸ L0H2/);
  },
  undo: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('nothing is left to take back');
    await screen.press(':', 'lr 0.5', 'enter');
    set(screen, 'train.learning_rate', 0.01, 0.5);
    await screen.press('2', 'P');
    applied(screen, [], 'clamp');
    await screen.press('x');
    applied(screen, ['-L0H0'], 'clamp');
    // What another screen changed can be taken back as well.
    set(screen, 'train.batch', 64, 128);
    await screen.settle();
    const back = [
      [{ type: 'set', path: 'train.batch', value: 64 }, () => set(screen, 'train.batch', 128, 64, 'undo')],
      [{ type: 'mask', scope: 'clamp', edits: ['+L0H0'] }, () => applied(screen, ['+L0H0'], 'clamp', 'undo')],
      [{ type: 'mask', scope: 'probe', edits: [] }, () => applied(screen, [], 'probe', 'undo')],
      [
        { type: 'set', path: 'train.learning_rate', value: 0.01 },
        () => set(screen, 'train.learning_rate', 0.5, 0.01, 'undo'),
      ],
    ] as const;
    for (const [request, confirm] of back) {
      // The trainer answers once what was asked is in force.
      screen.source.answer = ({ type }) => {
        if (type !== 'watch') confirm();
        return { ok: true, step: 200 };
      };
      await screen.press(key);
      expect(screen.source.asked).toEqual({ ...request, why: 'undo' });
    }
    screen.source.answer = () => ({ ok: true, step: 200 });
    expect(screen.text).toContain('✓ undo learning rate 0.500, from step');
    await screen.press(key);
    expect(screen.text).toContain('nothing is left to take back');
    // Done by hand, the reverse of a change is a change as well.
    await screen.press('x');
    applied(screen, ['-L0H0']);
    await screen.press('x');
    applied(screen, ['+L0H0']);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'], why: 'undo' });
    applied(screen, ['-L0H0'], 'probe', 'undo');
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H0'], why: 'undo' });
  },
  redo: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('nothing has been taken back');
    await screen.press(':', 'pace 20', 'enter');
    set(screen, 'train.pace', 0, 20);
    await screen.press('u');
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 0, why: 'undo' });
    set(screen, 'train.pace', 20, 0, 'undo');
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 20, why: 'redo' });
    set(screen, 'train.pace', 0, 20, 'redo');
    // Before the trainer has confirmed anything: pressed quickly, keys add up.
    screen.source.answer = () => new Promise(() => {});
    await screen.press('u', key, 'u');
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 0, why: 'undo' });
    // A new change leaves nothing to make again.
    await screen.press('2', 'x', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
  },
  fork: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'snapshot', why: 'fork' });
    expect(screen.left).toEqual([]);
    screen.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await screen.settle();
    expect([screen.left, screen.fork]).toEqual([['fork'], 'step-00000200.safetensors']);
    // What only a new run can have is offered once.
    const other = await open();
    await other.press(':', 'heads 8', 'enter');
    expect(other.source.asked).toBeUndefined();
    expect(other.text).toContain('heads 8 needs a new run: b starts one with it');
    await other.press(key);
    expect(other.text).toContain('fork with heads 8');
    other.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await other.settle();
    expect([other.left, other.settings]).toEqual([['fork'], ['model.heads=8']]);
    // The snapshot in view is what a new run starts from; it is sure to stay first.
    const past = await open();
    const [first, second] = [50, 150].map((step) => `step-00000${step}.safetensors`) as [string, string];
    past.source.emit({ type: 'snapshot_saved', step: 50, file: first, why: 'best' });
    past.source.emit({ type: 'snapshot_saved', step: 150, file: second, why: 'best' });
    await past.press(',', ',', ':', 'lr 0.5', 'enter');
    expect(past.text).toContain('lr 0.500 needs a new run: b starts one from step 50 with it');
    await past.press(key);
    expect(past.source.asked).toEqual({ type: 'mark', file: first, marked: true });
    expect(past.left).toEqual([]);
    past.source.emit({ type: 'snapshot_marked', step: 200, file: first, marked: true });
    await past.settle();
    expect([past.left, past.fork, past.settings]).toEqual([['fork'], first, ['train.learning_rate=0.5']]);
    // So is it once the run has ended.
    const over = await open({ finished: true });
    await over.press(key);
    expect(over.text).toContain('the run has finished');
    over.source.emit({ type: 'snapshot_saved', step: 2000, file: second, why: 'end' });
    await over.press(key);
    expect([over.left, over.fork]).toEqual([['fork'], second]);
    const declined = await open();
    await declined.press(':', 'length 4', 'enter', 'tab', key);
    declined.source.emit({ type: 'snapshot_saved', step: 200, file: 'step-00000200.safetensors', why: 'fork' });
    await declined.settle();
    expect([declined.left, declined.settings]).toEqual([['fork'], []]);
  },
  compare: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot yet');
    for (const step of [50, 150]) {
      screen.source.emit({ type: 'snapshot_saved', step, file: `step-00000${step}.safetensors`, why: 'key' });
    }
    await screen.press(key);
    expect(screen.text).toContain('step 150 is picked');
    const file = 'step-00000150.safetensors';
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: true });
    await screen.press(key);
    expect(screen.text).toContain('step 150 is no longer picked');
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: false });
    // A mark of the person's own stays when the snapshot is no longer picked.
    await screen.press(key, 'M', key);
    expect(screen.source.asked).toEqual({ type: 'mark', file, marked: true });
    screen.source.emit({ type: 'snapshot_marked', step: 150, file, marked: true });
    await screen.press(key, ',', ',', key);
    expect([screen.left, screen.picked]).toEqual([
      ['compare'],
      ['step-00000150.safetensors', 'step-0000050.safetensors'],
    ]);
    const replay = await openReplay();
    await replay.press(key, ';', key);
    expect([replay.left, replay.picked]).toEqual([
      ['compare'],
      ['step-00000050.safetensors', 'step-00000150.safetensors'],
    ]);
  },
  mark: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot yet');
    const [first, second] = ['step-00000050.safetensors', 'step-00000150.safetensors'];
    screen.source.emit({ type: 'snapshot_saved', step: 50, file: first, why: 'automatic' });
    screen.source.emit({ type: 'snapshot_saved', step: 150, file: second, why: 'automatic' });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: second, marked: true });
    expect(screen.text).toContain('✓ ★ snapshot of step 150 stays');
    screen.source.emit({ type: 'snapshot_marked', step: 150, file: second, marked: true });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: second, marked: false });
    await screen.press(',');
    expect(screen.text).toContain('pictures of step 150 ★ ·');
    // The one that is looked at, not the newest.
    await screen.press(',', key);
    expect(screen.source.asked).toEqual({ type: 'mark', file: first, marked: true });
  },
  look_earlier: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('there is no earlier snapshot');
    for (const step of [50, 150]) {
      screen.source.emit({ type: 'snapshot_saved', step, file: `step-00000${step}.safetensors`, why: 'key' });
    }
    await screen.press(key);
    expect(screen.text).toContain('pictures of step 150');
    // The run goes on, its curves too; only the pictures stay where they are.
    screen.source.probe(activations(190));
    await screen.press(key);
    expect(screen.text).toContain('pictures of step 50');
    expect(screen.text).toContain('● training');
    await screen.press(key);
    expect(screen.text).toContain('there is no earlier snapshot');
  },
  look_later: async (key) => {
    const screen = await open();
    screen.source.emit({ type: 'snapshot_saved', step: 50, file: 'step-00000050.safetensors', why: 'key' });
    const entropy = () => screen.row('entropy');
    await screen.settle();
    const now = entropy();
    await screen.press(',');
    await screen.settle();
    expect(entropy()).not.toBe(now);
    await screen.press(key);
    expect(screen.text).toContain('pictures follow the run again');
    expect(entropy()).toBe(now);
    await screen.press(key);
    expect(screen.text).toContain('the pictures show the run as it is');
  },
  play: async (key) => {
    const screen = await openReplay();
    expect(screen.text).toContain('‖ replay');
    const began = performance.now();
    await screen.press(key);
    expect(screen.text).toContain('▶ replay');
    expect(screen.text).toContain('space pause');
    await new Promise((resolve) => setTimeout(resolve, 400));
    await screen.press(key);
    const [, step] = /step +(\d+) of 200/.exec(screen.row('of 200'))!;
    // 200 steps in 20 s, from step 100 on.
    expect(Number(step)).toBeGreaterThanOrEqual(103);
    expect(Number(step)).toBeLessThanOrEqual(Math.min(200, 101 + (performance.now() - began) / 100));
    expect(screen.text).toContain('‖ replay');
  },
  scrub_back: (key) => replayed(key, 96),
  scrub_on: (key) => replayed(key, 104),
  earlier_snapshot: (key) => replayed(key, 50),
  later_snapshot: (key) => replayed(key, 150, '◆ snapshot (key)'),
  earlier_change: (key) => replayed(key, 80, 'learning rate 0.0100 → 0.0200'),
  later_change: (key) => replayed(key, 120, 'learning rate 0.0200 → 0.0300'),
  next_step: (key) => replayed(key, 110),
  previous_step: (key) => replayed(key, 90),
  go_to: async (key) => {
    const screen = await openReplay();
    await screen.press(key, '3', '3', 'enter');
    expect(screen.row('of 200')).toMatch(/step +33 of 200/);
    await screen.press(key, '9', '9', '9', 'enter');
    expect(screen.row('of 200')).toMatch(/step +200 of 200/);
  },
  fork_past: async (key) => {
    const screen = await openReplay();
    await screen.press(',', ',', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<', '<');
    await screen.press(key);
    expect(screen.text).toContain('there is no snapshot before this step');
    await screen.press(';');
    expect(screen.text).toContain('b fork from 50');
    await screen.press(':', 'heads 8', 'enter');
    expect(screen.text).toContain('heads 8 needs a new run: b starts one from step 50 with it');
    await screen.press(key);
    expect([screen.left, screen.fork, screen.settings]).toEqual([
      ['fork'],
      'step-00000050.safetensors',
      ['model.heads=8'],
    ]);
  },
  play_slower: async (key) => {
    const screen = await openReplay();
    await screen.press(key);
    expect(screen.text).toContain('5.00 steps/s, all in 40 s');
  },
  play_faster: async (key) => {
    const screen = await openReplay();
    await screen.press(key, key);
    expect(screen.text).toContain('40.0 steps/s, all in 5.0 s');
  },
  focus_next: async (key) => {
    const screen = await open();
    for (const title of ['2 heads', '3 L0H0', `${keyTo('run')} run`, `${keyTo('pruning')} pruning`, '1 loss']) {
      await screen.press(key);
      expect(screen.text).toContain(`╭▸ ${title}`);
    }
  },
  focus_previous: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${keyTo('pruning')} pruning`);
  },
  panel: async (key) => {
    const screen = await open();
    const title = ['loss', 'heads', 'L0H0', 'prompt', 'run', 'pruning', 'mixing', 'head weights'][Number(key) - 1];
    if (!title) {
      await screen.press(key);
      expect(screen.text).toContain(`${key}: this run has panels 1 to 8`);
      return;
    }
    if (key === '1') await screen.press('tab');
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${key} ${title}`);
    // The loss and the heads keep their places while what is below them changes.
    expect(screen.text).toContain('1 loss');
    expect(screen.text).toContain('2 heads');
    await screen.press(key);
    expect(screen.text).not.toMatch(new RegExp(`╭[▸─] ${key} ${title}`));
    expect(screen.row('fps')).toContain(`${key} `);
    await screen.press(key);
    expect(screen.text).toContain(`╭▸ ${key} ${title}`);
  },
  move_head: async (key) => {
    const screen = await open();
    await screen.press('tab', 'right', 'right');
    expect(screen.text).toContain('▸H2');
    await screen.press(key);
    const across = { left: 1, h: 1, right: 3, l: 3 }[key];
    // All six heads stand in one row: there is none above or below.
    expect(screen.text).toContain(`▸H${across ?? 2}`);
    expect(screen.text).toContain(`L0H${across ?? 2}`);
  },
  move_cell: async (key) => {
    const screen = await open();
    await screen.press('tab', 'tab', 'right', 'right', 'down', 'down');
    const cell = () =>
      screen
        .row('L0H0')
        .match(/query +(\d+) → prompt +(\d+)/)!
        .slice(1)
        .map(Number);
    // The first query is token 8.
    expect(cell()).toEqual([10, 2]);
    await screen.press(key);
    // Queries run across the screen: the pattern is drawn turned.
    const [query, prompt] = { left: [9, 2], h: [9, 2], right: [11, 2], l: [11, 2], up: [10, 1], k: [10, 1] }[key] ?? [
      10, 3,
    ];
    expect(cell()).toEqual([query, prompt]);
  },
  move_weight: async (key) => {
    const screen = await open();
    const cell = () =>
      screen
        .row(`${keyTo('weights')} head weights`)
        .match(/H(\d+), token +(\d+)/)!
        .slice(1)
        .map(Number);
    await screen.press(keyTo('weights'), 'right', 'right', 'down', 'down');
    expect(cell()).toEqual([2, 10]);
    await screen.press(key);
    const moved = { left: [2, 9], h: [2, 9], right: [2, 11], l: [2, 11], up: [1, 10], k: [1, 10] }[key] ?? [3, 10];
    expect(cell()).toEqual(moved);
    // One selection for all panels.
    expect(screen.text).toContain(`▸H${moved[0]}`);
  },
  move_token: async (key) => {
    const screen = await open();
    await screen.press(keyTo('prompt'), 'right', 'right');
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(/token +10, query/);
    await screen.press(key);
    const token = key === 'left' || key === 'h' ? 9 : 11;
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(new RegExp(`token +${token}, query`));
    expect(screen.row('3 L0H0')).toMatch(new RegExp(`query +${token} →`));
    await screen.press(...new Array(10).fill('left'));
    expect(screen.row(`${keyTo('prompt')} prompt`)).toMatch(/token +[01], given/);
  },
  move_neuron: async (key) => {
    const screen = await open({ neurons: 4 });
    // Norm and angle of four neurons: by angle 1, 0, 3, 2; by norm 3, 1, 2, 0.
    const pairs = { shape: [4, 2], data: Float32Array.of(4, 1, 2, 0.5, 3, 2.5, 1, 2) };
    const { step, tensors } = activations(210, { neurons: 4 });
    screen.source.probe({ step, tensors: { ...tensors, neuron_feature: pairs, neuron_label: pairs } });
    await screen.settle();
    await screen.press('9');
    expect(screen.row('9 neurons')).toContain('L0N0');
    await screen.press('right');
    expect(screen.row('9 neurons')).toContain('L0N3');
    await screen.press('up', key);
    const next = { left: 1, h: 1, right: 0, l: 0, up: 2, k: 2, down: 3, j: 3 }[key];
    expect(screen.row('9 neurons')).toContain(`L0N${next}`);
    await screen.press('x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [`-L0N${next}`] });
  },
  next_prompt: async (key) => {
    const alone = await open();
    await alone.press(key);
    expect(alone.text).toContain('there is one probe prompt');
    const screen = await open({ prompts: 3 });
    await screen.press(keyTo('prompt'));
    expect(screen.row(`${keyTo('prompt')} prompt`)).toContain('probe 1/3');
    const before = screen.row('prediction');
    await screen.press(key);
    for (const title of ['2 heads', '3 L0H0', `${keyTo('prompt')} prompt`])
      expect(screen.row(title)).toContain('probe 2/3');
    expect(screen.row('prediction')).not.toBe(before);
    await screen.press(key, key);
    expect(screen.row('prediction')).toBe(before);
    // From all heads, esc leads to the mean of the prompts, and the key back to the one that was looked at.
    await screen.press('2', 'esc');
    for (const title of ['2 heads', '3 L0H0']) expect(screen.row(title)).toContain('mean of 3');
    expect(screen.row(`${keyTo('prompt')} prompt`)).toContain('probe 1/3');
    await screen.press('esc');
    expect(screen.text).toContain('this is the outermost level');
    await screen.press('right', 'enter', 'down', 'esc');
    expect(screen.row('3 L0H1')).toContain('mean of 3');
    await screen.press(key);
    expect(screen.row('3 L0H1')).toContain('probe 1/3');
  },
  chart: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('this run has no other curves');
    screen.source.emit({
      type: 'evaluated',
      step: 60,
      values: { gap: { mean: 0.5, stderr: null, n: 0 } },
    });
    await screen.settle();
    await screen.press(key);
    expect(screen.row('1 gap L − L*')).toContain('every point');
    await screen.press(key);
    expect(screen.text).toContain('1 loss');
  },
  cursor: async (key) => {
    const screen = await open();
    const best = /in-domain +1\.47 best +1\.47 @200/;
    expect(screen.row('in-domain')).toMatch(best);
    // On the newest step first.
    await screen.press(key);
    expect(screen.row('1 loss')).toMatch(/step \d+–200 ·/);
    await screen.press('left', 'left', 'left');
    const at = () => Number(/step (\d+)/.exec(screen.row('1 loss'))![1]);
    const before = at();
    await screen.press(key);
    const after = at();
    if (key === 'left' || key === 'h') expect(after).toBeLessThan(before);
    else expect(after).toBeGreaterThan(before);
    const measured = Math.floor(Number(/step \d+–(\d+)/.exec(screen.row('1 loss'))![1]) / 10) * 10;
    expect(screen.row('in-domain')).toContain(`${(4 * Math.exp(-measured / 200)).toFixed(2)} `);
    // Zoomed in, the view goes round the cursor and along with it.
    await screen.press('+', '+', '+', '+');
    const inside = screen.row('│  step');
    expect(at()).toBeGreaterThan(0);
    await screen.press(...new Array(70).fill('left'));
    expect(screen.row('│  step')).not.toBe(inside);
    await screen.press('esc');
    expect(screen.row('1 loss')).not.toContain('step ');
    expect(screen.row('in-domain')).toMatch(best);
  },
  pan: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('all steps are in view');
    await screen.press('+', '+', '+', '+');
    const first = screen.row('│  step');
    await screen.press('H', 'H');
    const back = screen.row('│  step');
    expect(back).not.toBe(first);
    await screen.press(key);
    const moved = screen.row('│  step');
    if (key === 'L') expect(moved).not.toBe(back);
    else expect(moved).not.toBe(first);
  },
  zoom_in: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).not.toContain('▸H0');
    await screen.press(key);
    expect(screen.text).toContain('it fills the screen already');
    await screen.press('esc', 'tab', key);
    expect(screen.text).toContain('╭▸ 3 L0H0');
  },
  out: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('this is the outermost level; q leaves');
    await screen.press('tab', 'enter', 'enter', key);
    expect(screen.text).toContain('▸H0');
    await screen.press(key);
    expect(screen.text).toContain('╭▸ 2 heads');
    expect(screen.left).toEqual([]);
  },
  log_y: async (key) => {
    const screen = await open();
    expect(screen.text).toContain('log y ·');
    await screen.press(key);
    expect(screen.text).toContain('linear y ·');
  },
  log_x: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('log y · log x');
    await screen.press('+');
    expect(screen.text).toContain('zoom needs linear steps');
  },
  smooth: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('smoothed 0.90');
    await screen.press(key, key);
    expect(screen.text).not.toContain('smoothed');
  },
  closer: async (key) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press(key);
    expect(screen.row('│  step')).not.toBe(whole);
  },
  wider: async (key) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press(key);
    expect(screen.text).toContain('all steps are in view');
    await screen.press('+', '+', key, key);
    expect(screen.row('│  step')).toBe(whole);
  },
  whole: async (key) => {
    const screen = await open();
    const whole = screen.row('│  step');
    await screen.press('+', '+', '+', key);
    expect(screen.row('│  step')).toBe(whole);
  },
  theme: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('colour map cividis, dark theme');
    // All colour maps come before the theme for another background, which says so.
    await screen.press(key);
    expect(screen.text).toContain('colour map grey, dark theme');
    await screen.press(key);
    expect(screen.text).toContain('light theme, for terminals with a light background');
    await screen.press(key, key, key);
    expect(screen.text).toContain('colour map viridis, dark theme');
  },
  command: async (key) => {
    const screen = await open();
    await screen.press(`${key}lr 0.02\r`);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.learning_rate', value: 0.02 });
    expect(screen.text).toContain(
      '✓ learning rate 0.0200 at the peak of the linear schedule (next step), from step 200',
    );
  },
  help: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('Pause the run, or go on.');
    await screen.press('/', 's', 'n', 'a', 'p');
    expect(screen.text).toContain('Save a snapshot now.');
    expect(screen.text).not.toContain('Pause the run');
    await screen.press('q');
    expect(screen.text).toContain('no key matches');
    expect(screen.left).toEqual([]);
  },
  leave: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.text).toContain('npx incline attach');
    const finished = await open({ finished: true });
    expect(finished.text).toContain('finished; press q to leave');
    await finished.press(key);
    expect(finished.left).toEqual(['finished']);
    // After the end the screen says how it ended and how the run was set, not what was last pressed.
    const paced = await open();
    await paced.press(':', 'pace 40', 'enter');
    set(paced, 'train.pace', 0, 40);
    const summary = { step: 2000, seconds: 9, metrics: {} };
    paced.source.emit({ type: 'run_finished', step: 2000, reason: 'completed', summary });
    paced.source.disconnect();
    await paced.settle();
    expect(paced.row('✓ finished; press q')).toBeTruthy();
    expect(paced.text).toContain('pace 40.0 steps/s');
  },
  suspend: async (key) => {
    const screen = await open();
    await screen.press(key);
    expect(screen.left).toEqual(['suspended']);
  },
  leave_detach: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.left).toEqual(['detach']);
  },
  leave_stop: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.source.asked).toEqual({ type: 'stop' });
    expect(screen.left).toEqual([]);
    screen.source.emit({
      type: 'run_finished',
      step: 201,
      reason: 'stopped',
      summary: { step: 201, seconds: 1, metrics: {} },
    });
    await screen.settle();
    expect(screen.left).toEqual(['stop']);
  },
  leave_cancel: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).not.toContain('leave the screen');
    expect(screen.left).toEqual([]);
  },
  choice_next: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).toMatch(/▸ s {2}stop and save/);
  },
  choice_previous: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.text).toMatch(/▸ c {2}cancel/);
  },
  choice_take: async (key) => {
    const screen = await open();
    await screen.press('q', key);
    expect(screen.left).toEqual(['detach']);
  },
  help_close: async (key) => {
    const screen = await open();
    await screen.press('?', key);
    expect(screen.text).not.toContain('search');
    expect(screen.left).toEqual([]);
  },
  help_scroll: async (key) => {
    const screen = await open({ columns: 80, rows: 24 });
    await screen.press('?', 'down', 'down');
    expect(screen.text).toMatch(/3–\d+ of/);
    await screen.press(key);
    expect(screen.text).toMatch(key === 'up' ? /2–\d+ of/ : /4–\d+ of/);
  },
  line_take: async (key) => {
    const screen = await open();
    await screen.press(':', 'pace 20', key);
    expect(screen.source.asked).toEqual({ type: 'set', path: 'train.pace', value: 20 });
  },
  line_close: async (key) => {
    const screen = await open();
    await screen.press(':', 'stop', key);
    expect(screen.source.asked).toBeUndefined();
    expect(screen.text).not.toContain(':stop_');
  },
  line_complete: async (key) => {
    const screen = await open();
    await screen.press(':', 'pa', key);
    expect(screen.text).toContain(':pace _');
  },
  help_erase: async (key) => {
    const screen = await open();
    await screen.press('?', 'x', 'y', key);
    expect(screen.text).toContain('search x_');
  },
  line_erase: async (key) => {
    const screen = await open();
    await screen.press(':', 'lrr', key);
    expect(screen.text).toContain(':lr_');
  },
};

it('has a journey for every entry of the key table', () => {
  expect(Object.keys(journeys).sort()).toEqual(keyTable.map(({ id }) => id).sort());
});

it.concurrent.each(keyTable.flatMap(({ id, keys }) => keys.map((key) => [id, key] as const)))('%s: %s', (id, key) =>
  journeys[id]!(key),
);

/** The row that says what was asked for and answered. */
const withoutStatus = (text: string) => text.split('\n').filter((_, index, rows) => index !== rows.length - 2);

it.each(['live', 'replay'] as const)('does nothing but say so on keys that are in no table: %s', async (mode) => {
  const screen = mode === 'live' ? await open() : await openReplay();
  const known = new Set(
    keyTable.filter((binding) => !binding.over && (binding.mode ?? mode) === mode).flatMap(({ keys }) => keys),
  );
  const before = withoutStatus(screen.text);
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index));
  const controls = Array.from({ length: 26 }, (_, index) => String.fromCharCode(1 + index));
  const named = { ' ': 'space', '\t': 'tab', '\r': 'enter', '\n': 'enter', '\b': 'backspace' } as Record<
    string,
    string
  >;
  const strangers = [...printable, ...controls, '\x1b[5~', '\x1b[15~', '\x1bx', 'é', '漢'].filter((key) => {
    const control = key < ' ' ? `ctrl+${String.fromCharCode(key.charCodeAt(0) + 96)}` : key;
    return !known.has(named[key] ?? control);
  });
  expect(strangers.length).toBeGreaterThan(60);
  await screen.press(...strangers);
  expect(withoutStatus(screen.text)).toEqual(before);
  if (mode === 'live') expect((screen.source as FakeSource).asked).toBeUndefined();
  expect(screen.left).toEqual([]);
  const letters = strangers.filter((key) => /^[a-zA-Z]$/.test(key));
  expect(letters.length).toBeGreaterThan(10);
  for (const key of letters) {
    await screen.press(key);
    // Some act on the other kind of run.
    const other = keyTable.find(({ over, keys }) => !over && keys.includes(key));
    const reason = mode === 'replay' ? 'this run is played back; b starts' : 'for a run that is played back';
    expect(screen.text).toContain(
      other ? `${key} ${other.label}: ${reason}` : `${key}: no key of this screen; ? lists them`,
    );
  }
});

it('says where a key acts that does nothing here, and nothing while something lies over the panels', async () => {
  const screen = await open();
  await screen.press('x');
  expect(screen.text).toContain('x prune: acts in 2 heads · 3 head · 6 pruning · 8 weights');
  await screen.press('q', 'i');
  expect(screen.text).not.toContain('i: no key');
});

it('has every key of the table in the README', () => {
  const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
  for (const { over, shown, help } of keyTable) {
    if (over === undefined) expect(readme).toContain(`| \`${shown}\` | ${help}`);
  }
});

it('what a person should know of the files of a replay stands in the status line until a key is pressed', async () => {
  const screen = mount(fakeReplay(100, ['probe.bin: not a file of pictures']), {});
  await screen.settle();
  expect(screen.text).toContain('probe.bin: not a file of pictures');
  await screen.press('right');
  expect(screen.text).not.toContain('not a file of pictures');
});
