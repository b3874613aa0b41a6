import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import type { EventBody } from '../../src/protocol/events.ts';
import { TrainingLoop } from '../../src/trainer/loop/loop.ts';
import type { LoopOptions } from '../../src/trainer/loop/loop_options.ts';
import { initialMask } from '../../src/trainer/loop/mask_state.ts';
import { FakeSession, ManualClock, MemoryPort, smallConfig } from './fake_session.ts';

function setUp(settings: Record<string, unknown> = {}, options: Partial<LoopOptions> & { brokenFrom?: number } = {}) {
  const session = (options.session as FakeSession | undefined) ?? new FakeSession(options.brokenFrom);
  const port = new MemoryPort();
  const clock = new ManualClock();
  const pattern = { rows: 6, columns: 3, row: 'token', column: 'prompt token' };
  const facts = { layers: 1, heads: 4, neurons: 0, parameters: 88, pattern };
  const mask = initialMask(facts);
  const loop = new TrainingLoop({
    config: smallConfig(settings),
    facts,
    mask,
    session,
    port,
    clock,
    unroll: 4,
    ...options,
  });
  return { session, port, clock, loop };
}

test('trains to the end: every step journalled once, evaluated on schedule, saved, finished', async () => {
  const { loop, port, session } = setUp({ 'train.steps': 25 });
  const { ending, summary } = await loop.run();
  expect(ending).toBe('completed');
  expect(port.of('metrics').map((event) => event.step)).toEqual(Array.from({ length: 25 }, (_, i) => i + 1));
  expect(port.of('metrics')[4]!.values['train_loss']).toBeCloseTo(1 / 5, 6);
  expect(port.of('evaluated').map((event) => event.step)).toEqual([0, 10, 20, 25]);
  expect(port.saved).toEqual(['end']);
  expect(port.events.at(-1)!.type).toBe('run_finished');
  expect(summary.step).toBe(25);
  expect(summary.metrics['train_loss']).toBeCloseTo(1 / 25, 6);
  // 4 + 4 + 1 + 1 to each evaluation: runs of the graph never straddle one.
  expect(session.calls.slice(0, 4)).toEqual([4, 4, 1, 1]);
});

test('long runs thin their lines as they go on, leave out no step and keep the extremes', async () => {
  const { loop, port } = setUp({ 'train.steps': 20_000, 'evaluate.every': 10_000 });
  await loop.run();
  const lines = port.of('metrics');
  expect(lines.slice(0, 1999).map((line) => line.step)).toEqual(Array.from({ length: 1999 }, (_, i) => i + 1));
  expect(lines.reduce((steps, line) => steps + (line.count ?? 1), 0)).toBe(20_000);
  expect(lines).toHaveLength(1999 + 1500 + 1000 + 1000 + 1);
  const line = lines.find(({ step }) => step === 7000)!;
  expect(line).toMatchObject({ count: 5, values: { train_loss: Math.fround(1 / 7000) } });
  expect(line.min!['train_loss']).toBe(Math.fround(1 / 7000));
  expect(line.max!['train_loss']).toBe(Math.fround(1 / 6996));
});

test('a snapshot at a best value splits no line, as whether there is time for it differs from run to run', async () => {
  const linesOf = async (occasions: boolean) => {
    const session = new FakeSession();
    session.evaluate = async () => ({ eval_loss: { mean: 1 / (1 + session.step), stderr: 0.1, n: 3 } });
    const settings = { 'train.steps': 6000, 'evaluate.every': 7, 'snapshot.occasions': occasions };
    const { loop, port } = setUp(settings, { session });
    await loop.run();
    return { lines: port.of('metrics'), saved: port.of('snapshot_saved').filter(({ why }) => why === 'best') };
  };
  const [with_, without] = [await linesOf(true), await linesOf(false)];
  expect(with_.saved.some(({ step }) => step > 5000)).toBe(true);
  expect(with_.saved.every(({ step }) => step % 7 === 0)).toBe(true);
  expect(with_.lines).toEqual(without.lines);
});

test('pause, one step, run to a step, resume: each takes effect at a stated step', async () => {
  const { loop, port, session } = setUp({}, { paused: true });
  const done = loop.run();
  const outcomes = [];
  outcomes.push(await loop.request({ type: 'step', count: 1 }));
  outcomes.push(await loop.request({ type: 'pause' }));
  expect(session.step).toBeLessThanOrEqual(1);
  const target = await loop.request({ type: 'run_to', step: 7 });
  expect(target.ok).toBe(true);
  while (port.of('paused').at(-1)!.step !== 7) await new Promise((resolve) => setImmediate(resolve));
  expect(session.step).toBe(7);
  expect(await loop.request({ type: 'run_to', step: 7 })).toMatchObject({ ok: false, step: 7 });
  await loop.request({ type: 'resume' });
  expect((await done).summary.step).toBe(40);
});

test('a control changes at a step, is journalled with both values, and reaches the session', async () => {
  const { loop, port, session } = setUp({}, { paused: true });
  const done = loop.run();
  expect(await loop.request({ type: 'set', path: 'train.learning_rate', value: 0.5 })).toEqual({ ok: true, step: 0 });
  expect(await loop.request({ type: 'set', path: 'train.learning_rate', value: -1 })).toMatchObject({ ok: false });
  expect(await loop.request({ type: 'set', path: 'model.heads', value: 3 })).toMatchObject({ ok: false });
  await loop.request({ type: 'resume' });
  await done;
  expect(port.of('control_changed')).toEqual([
    { type: 'control_changed', step: 0, path: 'train.learning_rate', from: 0.01, to: 0.5 },
  ]);
  expect(new Set(session.rates)).toEqual(new Set([0.5]));
  expect(loop.interventions.config.train.learning_rate).toBe(0.5);
});

test('a loss that is not finite leaves a gap, an alert and the last finite state, and ends an unattended run', async () => {
  const { loop, port, session } = setUp({}, { brokenFrom: 15, unattended: true });
  const { ending } = await loop.run();
  expect(ending).toBe('diverged');
  expect(port.of('metrics').at(-1)!).toMatchObject({ step: 15, values: { train_loss: Number.NaN } });
  expect(port.saved[0]).toBe('last_finite');
  expect(port.of('alert')[0]).toMatchObject({ kind: 'diverged' });
  expect(session.step).toBe(13);
});

test('a person is asked when the loss is not finite: the run pauses', async () => {
  const { loop, port } = setUp({}, { brokenFrom: 15 });
  const done = loop.run();
  while (port.of('paused').length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(port.of('alert')).toHaveLength(1);
  await loop.request({ type: 'stop' });
  expect((await done).ending).toBe('stopped');
});

test('a full disk pauses the run, keeps it in memory, and a retry saves it', async () => {
  const { loop, port } = setUp({ 'snapshot.every': 10 });
  port.diskFull = true;
  const done = loop.run();
  while (port.of('paused').length === 0) await new Promise((resolve) => setImmediate(resolve));
  expect(port.of('alert')[0]!.message).toContain('no space left');
  expect(await loop.request({ type: 'snapshot', why: 'key' })).toMatchObject({ ok: false, step: 10 });
  port.diskFull = false;
  expect(await loop.request({ type: 'snapshot', why: 'key' })).toEqual({ ok: true, step: 10 });
  await loop.request({ type: 'resume' });
  expect((await done).ending).toBe('completed');
  expect(port.saved).toEqual(['key', 'automatic', 'automatic', 'automatic']);
});

test('memory that is refused ends a run with one line, its last state saved', async () => {
  const session = new FakeSession();
  const { loop, port } = setUp({}, { session });
  const evaluate = session.evaluate.bind(session);
  session.evaluate = async () => {
    if (session.step === 20) throw new RangeError('Array buffer allocation failed');
    return evaluate();
  };
  await expect(loop.run()).rejects.toThrow(UserError);
  expect(port.saved).toEqual(['failed']);
});

test('an unattended run goes on while the disk refuses, and waits with its end until that has passed', async () => {
  const { loop, port, clock, session } = setUp({ 'snapshot.every': 10 }, { unattended: true });
  port.diskFull = true;
  const done = loop.run();
  while (clock.slept < 3000) await new Promise((resolve) => setImmediate(resolve));
  expect(session.step).toBe(40);
  expect(port.of('paused')).toEqual([]);
  expect(port.of('alert')).toHaveLength(1);
  port.diskFull = false;
  expect((await done).ending).toBe('completed');
  expect(port.of('alert').at(-1)).toMatchObject({ kind: 'notice', message: expect.stringContaining('writes again') });
});

test('one snapshot that the disk refuses costs nothing: it is saved with the next, for its own reason too', async () => {
  for (const unattended of [true, false]) {
    const session = new FakeSession();
    session.evaluate = async () => ({ eval_loss: { mean: 1 / (1 + session.step), stderr: 0.1, n: 3 } });
    const { loop, port } = setUp({ 'snapshot.every': 10 }, { unattended, session });
    port.refusals = 1;
    expect((await loop.run()).ending).toBe('completed');
    // The best evaluation was at the same step as the automatic snapshot that was refused.
    const saved = port.of('snapshot_saved').filter(({ step }) => step === 10);
    expect(saved.map(({ why }) => why)).toEqual(['automatic', 'best']);
    expect(port.of('alert').map(({ kind }) => kind)).toEqual(['disk', 'notice']);
    expect(port.of('paused')).toHaveLength(unattended ? 0 : 1);
    expect(port.of('resumed')).toHaveLength(unattended ? 0 : 1);
  }
});

test('an attended run that waits for the disk tries again by itself, and not for a person who paused it', async () => {
  for (const isPaused of [false, true]) {
    const { loop, port, clock } = setUp({ 'snapshot.every': 10, 'snapshot.occasions': false });
    port.diskFull = true;
    const done = loop.run();
    while (port.of('paused').length === 0) await new Promise((resolve) => setImmediate(resolve));
    if (isPaused) await loop.request({ type: 'pause' });
    port.diskFull = false;
    const asked = clock.time;
    while (port.saved.length === 0 && clock.time < asked + 5000) await new Promise((resolve) => setImmediate(resolve));
    expect(port.saved[0]).toBe('automatic');
    if (isPaused) {
      expect(port.saved).toHaveLength(1);
      expect(port.of('resumed')).toEqual([]);
      await loop.request({ type: 'resume' });
    }
    expect((await done).ending).toBe('completed');
  }
});

test('a wish to end that nobody will repeat tries for a while, then gives the state up', async () => {
  const { loop, port, clock } = setUp({}, { paused: true });
  port.diskFull = true;
  const done = loop.run();
  expect(await loop.request({ type: 'end' })).toMatchObject({ ok: true });
  expect((await done).summary.snapshot).toBeUndefined();
  expect(clock.time).toBeGreaterThan(5000);
});

test('stopping on a full disk asks twice', async () => {
  const { loop, port } = setUp({}, { paused: true });
  port.diskFull = true;
  const done = loop.run();
  expect(await loop.request({ type: 'stop' })).toMatchObject({ ok: false });
  expect(await loop.request({ type: 'stop' })).toMatchObject({ ok: true });
  expect((await done).ending).toBe('stopped');
  expect(await loop.request({ type: 'pause' })).toMatchObject({ ok: false });
});

test('only the last automatic snapshots are kept, and all others', async () => {
  const { loop, port } = setUp({ 'snapshot.every': 5, 'snapshot.keep': 2 });
  await loop.run();
  expect(port.saved).toEqual([...Array(8).fill('automatic')]);
  expect(port.removed).toEqual([1, 2, 3, 4, 5, 6].map((n) => `file-${n}.safetensors`));
});

test('pace caps the steps a second', async () => {
  const { loop, clock } = setUp({ 'train.steps': 20, 'train.pace': 10, 'evaluate.every': 1000 });
  await loop.run();
  expect(clock.time).toBeGreaterThan(1850);
  expect(clock.time).toBeLessThan(2500);
});

test('a resumed run is paced from where it starts', async () => {
  const session = new FakeSession();
  session.step = 700;
  const { loop, clock } = setUp({ 'train.steps': 720, 'train.pace': 10, 'evaluate.every': 1000 }, { session });
  await loop.run();
  expect(clock.time).toBeLessThan(2500);
});

test('pictures are made only while somebody watches, and never twice of one step', async () => {
  const { loop, port } = setUp({ 'train.pace': 100 });
  await loop.run();
  expect(port.probed).toEqual([]);
  const watched = setUp({ 'train.pace': 100 });
  watched.port.rate = 10;
  await watched.loop.run();
  expect(watched.port.probed.length).toBeGreaterThan(2);
  expect(new Set(watched.port.probed).size).toBe(watched.port.probed.length);
  expect(watched.port.probed.at(-1)).toBe(40);
});

test('gradients of the loss come with pictures while somebody ranks by them, in at most a twenty-fifth of the time', async () => {
  const measured: number[] = [];
  const session = new FakeSession();
  const cost = 40;
  const gradients = async () => {
    measured.push(session.step);
    await clock.sleep(cost);
    return { head_gradient: { shape: [1, 4], data: new Float32Array(4) } };
  };
  const { loop, port, clock } = setUp({ 'train.pace': 100, 'train.steps': 800 }, { session, gradients });
  port.rate = 10;
  const done = loop.run();
  const probed = async (count: number) => {
    while (port.probed.length < count) await new Promise((resolve) => setImmediate(resolve));
  };
  await probed(5);
  expect(measured).toEqual([]);
  port.gradients = true;
  await done;
  const first = port.pictures.findIndex((names) => names.includes('head_gradient'));
  expect(port.pictures.slice(first).every((names) => names.includes('head_gradient'))).toBe(true);
  expect(measured.length).toBeGreaterThan(3);
  expect(cost * measured.length).toBeLessThan(clock.time / 25 + 2 * cost);
});

test('a change of mask is measured and pictured though the run is paused', async () => {
  const gradients = async () => ({ head_gradient: { shape: [1, 4], data: new Float32Array(4) } });
  const { loop, port, session } = setUp({}, { paused: true, gradients });
  port.rate = 10;
  const done = loop.run();
  while (port.probed.length === 0) await new Promise((resolve) => setImmediate(resolve));
  const edits = ['-L0H1', '-L0H3'];
  expect(await loop.request({ type: 'mask', scope: 'clamp', edits })).toEqual({ ok: true, step: 0 });
  while (port.probed.length === 1) await new Promise((resolve) => setImmediate(resolve));
  expect(port.probed).toEqual([0, 0]);
  // Whoever goes over to ranking by gradient is shown it at once.
  port.gradients = true;
  while (port.probed.length === 2) await new Promise((resolve) => setImmediate(resolve));
  expect(port.pictures.at(-1)).toContain('head_gradient');
  expect(session.evaluations).toBe(2);
  expect(session.masks.at(-1)!.scope).toBe('clamp');
  expect([...session.masks.at(-1)!.masks.heads.data]).toEqual([1, 0, 1, 0]);
  expect(port.of('mask_applied')).toEqual([
    { type: 'mask_applied', step: 0, revision: 1, scope: 'clamp', edits, kept_fraction: 0.5 },
  ]);
  expect(await loop.request({ type: 'mask', scope: 'clamp', edits: ['-L0H4'] })).toMatchObject({ ok: false, step: 0 });
  expect(port.of('mask_applied')).toHaveLength(1);
  await loop.request({ type: 'stop' });
  await done;
});

/** Trains within a budget of a second, at 30 ms an update. @param spent seconds of it before this start */
async function trainWithin(budget: number, spent?: number) {
  const options = spent === undefined ? {} : { trainedSeconds: spent };
  const { loop, port, session, clock } = setUp({ 'train.steps': 1000, 'train.budget_s': budget }, options);
  const advance = session.advance.bind(session);
  session.advance = (count, controls) => {
    clock.time += 30 * count;
    return advance(count, controls);
  };
  return { loop, port, ...(await loop.run()) };
}

test('a budget of time ends the run', async () => {
  const { loop, port, ending, summary } = await trainWithin(1);
  // Until when it goes on is told by that, not by steps that it will never reach.
  const told = port.statuses.filter(({ step }) => step > 0).map(({ until }) => until);
  expect(told.length).toBeGreaterThan(0);
  for (const until of told) expect(until).toBeGreaterThanOrEqual(34);
  for (const until of told) expect(until).toBeLessThanOrEqual(42);
  expect(ending).toBe('budget');
  expect(summary.step).toBeGreaterThan(30);
  expect(summary.step).toBeLessThan(42);
  expect(loop.trainedSeconds).toBeCloseTo(0.03 * summary.step, 9);
});

test('a budget is that of a run over all its starts', async () => {
  const { loop, ending, summary } = await trainWithin(1, 0.7);
  expect(ending).toBe('budget');
  expect(summary.step).toBeGreaterThan(9);
  expect(summary.step).toBeLessThan(21);
  expect(loop.trainedSeconds).toBeCloseTo(0.7 + 0.03 * summary.step, 9);
  // Speed is that of this start.
  expect(summary.metrics['steps_per_second']).toBeCloseTo(1 / 0.03, 6);
});

test('what is changed after a snapshot is saved too when the run stops, though the step is the same', async () => {
  const changes = [
    { type: 'set', path: 'train.learning_rate', value: 0.5 },
    { type: 'mask', scope: 'clamp', edits: ['-L0H1'] },
  ] as const;
  for (const change of changes) {
    const { loop, port } = setUp({}, { paused: true });
    const done = loop.run();
    await loop.request({ type: 'snapshot', why: 'key' });
    await loop.request(change);
    await loop.request({ type: 'stop' });
    const { summary } = await done;
    expect(port.saved).toEqual(['key', 'stopped']);
    expect(summary.snapshot).toBe('file-2.safetensors');
  }
  const { loop, port } = setUp({}, { paused: true });
  const done = loop.run();
  await loop.request({ type: 'snapshot', why: 'key' });
  expect(await loop.request({ type: 'set', path: 'train.learning_rate', value: -1 })).toMatchObject({ ok: false });
  await loop.request({ type: 'stop' });
  await done;
  expect(port.saved).toEqual(['key']);
});

test('what is changed during the last automatic snapshot is saved at the end', async () => {
  const { loop, port } = setUp({ 'snapshot.every': 40 });
  const save = port.save.bind(port);
  port.save = (why) => {
    if (why === 'automatic') void loop.request({ type: 'set', path: 'train.weight_decay', value: 0.5 });
    return save(why);
  };
  await loop.run();
  expect(port.saved).toEqual(['automatic', 'end']);
});

test('the last snapshot holds the last evaluation, whatever ends the run and whatever was saved at that step', async () => {
  /** What the journal tells of the last step, in its order. */
  const ending = ({ events }: { readonly events: readonly EventBody[] }, step: number) =>
    events.flatMap((event) => (event.step === step && /evaluated|snapshot_saved/.test(event.type) ? [event.type] : []));
  const settings = { 'evaluate.every': 1000, 'snapshot.every': 20 };
  const completed = setUp(settings);
  await completed.loop.run();
  expect(completed.port.saved).toEqual(['automatic', 'automatic']);
  expect(ending(completed.port, 40)).toEqual(['evaluated', 'snapshot_saved']);

  const stopped = setUp(settings, { paused: true });
  const done = stopped.loop.run();
  await stopped.loop.request({ type: 'run_to', step: 20 });
  while (stopped.port.of('paused').length === 1) await new Promise((resolve) => setImmediate(resolve));
  await stopped.loop.request({ type: 'stop' });
  await done;
  expect(stopped.port.saved).toEqual(['automatic', 'stopped']);
  expect(ending(stopped.port, 20)).toEqual(['snapshot_saved', 'evaluated', 'snapshot_saved']);

  const spent = setUp({ ...settings, 'train.budget_s': 1 });
  const advance = spent.session.advance.bind(spent.session);
  spent.session.advance = (count, controls) => {
    spent.clock.time += 50 * count;
    return advance(count, controls);
  };
  await spent.loop.run();
  expect(ending(spent.port, spent.session.step).slice(-2)).toEqual(['evaluated', 'snapshot_saved']);

  const diverged = setUp(settings, { brokenFrom: 15, unattended: true });
  await diverged.loop.run();
  expect(diverged.port.saved).toEqual(['last_finite']);
  expect(ending(diverged.port, 13)).toEqual(['evaluated', 'snapshot_saved']);
});

test('the journal says what takes a change back, and what makes it again', async () => {
  const { loop, port } = setUp({}, { paused: true });
  const done = loop.run();
  const lr = (value: number, why?: 'undo' | 'redo') =>
    loop.request({ type: 'set', path: 'train.learning_rate', value, ...(why && { why }) });
  await lr(0.5);
  await lr(0.05, 'undo');
  await loop.request({ type: 'mask', scope: 'probe', edits: ['-L0H1'], why: 'redo' });
  await loop.request({ type: 'stop' });
  await done;
  expect(port.of('control_changed').map(({ to, why }) => [to, why])).toEqual([
    [0.5, undefined],
    [0.05, 'undo'],
  ]);
  expect(port.of('mask_applied').map(({ edits, why }) => [edits, why])).toEqual([[['-L0H1'], 'redo']]);
});
