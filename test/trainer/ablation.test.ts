import { expect, test } from 'vitest';
import { UserError } from '../../src/core/errors.ts';
import { RandomStream } from '../../src/core/random.ts';
import { hostTensor } from '../../src/core/tensor.ts';
import { membersOf } from '../../src/protocol/ablation.ts';
import type { ModelFacts } from '../../src/protocol/events.ts';
import { fullOf, type Intervention, removal } from '../../src/protocol/interventions.ts';
import { type MaskEdit, parseMask } from '../../src/protocol/mask_edits.ts';
import type { MaskValues } from '../../src/protocol/mask_values.ts';
import type { Ahead } from '../../src/trainer/contract/session.ts';
import { Ablation } from '../../src/trainer/loop/ablation.ts';
import type { Graft } from '../../src/trainer/loop/interventions.ts';
import { changeMask, initialMask } from '../../src/trainer/loop/mask_state.ts';
import { FakeSession, ManualClock, MemoryPort } from './fake_session.ts';

const pattern = { rows: 1, columns: 1, row: '', column: '' };

/** A session in which each kept part lowers the error of every prompt by its own amount, give or take. */
class WorthSession extends FakeSession {
  measurements = 0;
  readonly #clock: ManualClock;

  constructor(clock: ManualClock) {
    super();
    this.#clock = clock;
  }

  measured: (values: MaskValues) => void = () => {};
  readonly tried: Ahead[] = [];

  override async errorAhead(values: MaskValues, asked: string, ahead: Ahead) {
    this.tried.push(ahead);
    return this.heldOutError(values, asked);
  }

  override async heldOutError(values: MaskValues, asked: string) {
    const { heads, neurons } = values;
    this.measured(values);
    this.measurements++;
    this.#clock.time += 10;
    const noise = RandomStream.named(1, 'evaluate').fillGaussian(new Float64Array(200));
    const saved = (kept: MaskValues['heads'], scale: number) =>
      Array.from(kept.data).reduce((sum, one, at) => sum + one * scale * (at + 1), 0);
    const gain = saved(heads, 1) + saved(neurons, 0.01);
    // The prompts differ far more from each other than any part changes them.
    const prompts = noise.map((value) => 100 * value - gain * (1 + 0.1 * value));
    const mean = prompts.reduce((sum, one) => sum + one, 0) / prompts.length;
    return { metric: asked || 'eval_loss', mean, stderr: 7, n: 200, samples: { values: prompts } };
  }

  override async probe() {
    const sizes = Float32Array.from({ length: 160 }, (_, at) => 160 - at);
    return { attention: { shape: [1], data: new Float32Array(1) }, neuron_magnitude: { shape: [1, 160], data: sizes } };
  }
}

const controls = () => ({ learningRate: 0.1, weightDecay: 0, clipNorm: 0, totalSteps: 1 });

function setUp({ heads = 3, neurons = 4, graft = undefined as Graft | undefined } = {}) {
  const clock = new ManualClock();
  const session = new WorthSession(clock);
  const port = new MemoryPort();
  port.ablation = removal;
  const facts: ModelFacts = {
    layers: 1,
    heads,
    neurons,
    parameters: 1,
    pattern,
    interventions: ['mean', 'temperature', 'freeze_keys'],
  };
  const wanted = { metric: '' };
  const ablation = new Ablation({ session, port, clock, facts, metric: () => wanted.metric, controls, graft });
  return { clock, session, port, ablation, wanted, facts, mask: initialMask(facts) };
}

test('says what each part is worth, prompt by prompt, so that the error is that of the difference', async () => {
  const { clock, port, ablation, mask } = setUp();
  for (let i = 0; i < 20; i++) {
    clock.time += 500;
    await ablation.whileWaiting(mask);
  }
  clock.time += 5000;
  await ablation.whileWaiting(mask);
  const entries = new Map(
    port.of('ledger').flatMap((event) => event.entries.map((one) => [one.address, one] as const)),
  );
  expect([...entries.keys()].sort()).toEqual(['L0H0', 'L0H1', 'L0H2', 'L0N0', 'L0N1', 'L0N2', 'L0N3']);
  for (const [address, worth] of [
    ['L0H1', 2],
    ['L0N3', 0.04],
  ] as const) {
    expect(entries.get(address)!.delta).toBeCloseTo(worth, 0);
    expect(entries.get(address)!.stderr!).toBeLessThan(0.02 * worth);
    expect(entries.get(address)!.base).toBe(entries.get('L0H0')!.base);
  }
  expect(port.of('ledger')[0]).toMatchObject({ step: 0, metric: 'eval_loss', revision: 0 });
});

test('a part that is pruned is worth what it would add', async () => {
  const { clock, port, ablation, mask, facts } = setUp();
  const pruned = changeMask(mask, 'clamp', parseMask('-L0H2,-L0N0-3'), facts);
  for (let i = 0; i < 20; i++) {
    clock.time += 500;
    await ablation.whileWaiting(pruned);
  }
  const entries = new Map(
    port.of('ledger').flatMap((event) => event.entries.map((one) => [one.address, one] as const)),
  );
  expect(entries.get('L0H2')!.delta).toBeCloseTo(3, 0);
  expect(port.of('ledger')[0]!.revision).toBe(1);
});

test('names the metric from the first line on, also where something else is done to the first head already', async () => {
  const { clock, port, ablation, mask, facts } = setUp();
  const changed = changeMask(mask, 'probe', parseMask('L0H0=temperature*2'), facts);
  port.ablation = fullOf('mean');
  for (let i = 0; i < 6; i++) {
    clock.time += 1500;
    await ablation.whileWaiting(changed);
  }
  const lines = port.of('ledger');
  expect(lines.length).toBeGreaterThan(1);
  expect(lines[0]!.entries.map(({ address }) => address)).toEqual(['L0H0']);
  expect(new Set(lines.map(({ metric }) => metric))).toEqual(new Set(['eval_loss']));
});

test('measures what another intervention on each head does, and says which; one that the model lacks is none', async () => {
  const { clock, port, ablation, session, mask } = setUp();
  const masks: MaskValues[] = [];
  session.measured = (values) => void masks.push(values);
  const round = async () => {
    for (let i = 0; i < 12; i++) {
      clock.time += 500;
      await ablation.whileWaiting(mask);
    }
  };
  await round();
  port.ablation = fullOf('mean');
  masks.length = 0;
  const before = port.events.length;
  await round();
  const lines = port.events.slice(before).filter((event) => event.type === 'ledger');
  expect(lines.length).toBeGreaterThan(0);
  for (const line of lines) expect(line).toMatchObject({ kind: 'mean', metric: 'eval_loss' });
  expect(lines.flatMap(({ entries }) => entries.map(({ address }) => address)).sort()).toEqual([
    'L0H0',
    'L0H1',
    'L0H2',
  ]);
  expect(masks.flatMap(({ interventions = {} }) => Object.entries(interventions))).toEqual(
    ['L0H0', 'L0H1', 'L0H2'].map((address) => [address, [{ kind: 'mean', amount: 1 }]]),
  );
  port.ablation = fullOf('match');
  const then = port.events.length;
  await round();
  for (const line of port.events.slice(then).filter((event) => event.type === 'ledger')) {
    expect(line).not.toHaveProperty('kind');
  }
});

/** Lets time pass with what is measured done to parts, and gives the lines and the masks of it. */
async function measured(given: Intervention, { port, clock, ablation, session, mask }: ReturnType<typeof setUp>) {
  const masks: MaskValues[] = [];
  session.measured = (values) => void masks.push(values);
  const before = port.events.length;
  port.ablation = given;
  for (let i = 0; i < 12; i++) {
    clock.time += 500;
    await ablation.whileWaiting(mask);
  }
  const lines = port.events.slice(before);
  return { lines, done: masks.flatMap(({ interventions = {} }) => Object.entries(interventions)) };
}

test('measures a temperature, and of weights that are held what they come to after updates that are forgotten', async () => {
  const given = setUp();
  const cooled = await measured({ kind: 'temperature', amount: 2 }, given);
  expect(cooled.lines).toContainEqual(expect.objectContaining({ type: 'ledger', kind: 'temperature*2' }));
  expect(cooled.done).toContainEqual(['L0H1', [{ kind: 'temperature', amount: 2 }]]);
  expect(given.session.tried).toEqual([]);

  const held = await measured(fullOf('freeze_keys'), given);
  expect(held.lines).toContainEqual(expect.objectContaining({ type: 'ledger', kind: 'freeze_keys' }));
  const frozen = given.session.tried.map(({ seen }) => Object.keys(seen.interventions ?? {}).join());
  // What nothing is held of is tried once.
  expect(frozen).toEqual(['L0H0', '', 'L0H1', 'L0H2']);
  for (const ahead of given.session.tried) expect(ahead).toMatchObject({ updates: 10, controls: controls() });
});

test('training sees of the masks what it sees in the run, while held weights are tried', async () => {
  for (const [scope, seen] of [
    ['probe', ['L0H0']],
    ['clamp', ['L0H0', 'L0H2']],
  ] as const) {
    const given = setUp();
    const mask = changeMask(given.mask, scope, parseMask('L0H2=mean'), given.facts);
    await measured(fullOf('freeze_keys'), { ...given, mask });
    expect(Object.keys(given.session.tried[0]!.seen.interventions!).sort()).toEqual(seen);
  }
});

test('measures the weights of another snapshot, or says once why it cannot', async () => {
  const weights = hostTensor([1], Float32Array.of(1));
  const graft: Graft = async (edits) => {
    const [{ intervention }] = edits as [MaskEdit];
    if (intervention!.source === 'gone') throw new UserError({ what: 'no such run or snapshot' });
    const named = { ...intervention!, source: 'run:4~12345678' };
    return {
      edits: edits.map((edit) => ({ ...edit, intervention: named })),
      grafts: Object.fromEntries([0, 1, 2].map((head) => [`run:4~12345678/L0H${head}`, weights])),
    };
  };
  const given = setUp({ graft });
  const grafted = await measured({ kind: 'graft', amount: 1, source: 'file' }, given);
  expect(grafted.lines).toContainEqual(
    expect.objectContaining({ type: 'ledger', kind: 'graft@run:4~12345678', asked: 'graft@file' }),
  );
  expect(grafted.done).toContainEqual(['L0H1', [{ kind: 'graft', amount: 1, source: 'run:4~12345678' }]]);

  const refused = await measured({ kind: 'graft', amount: 1, source: 'gone' }, given);
  expect(refused.lines.filter(({ type }) => type === 'alert')).toMatchObject([
    { kind: 'notice', message: 'no such run or snapshot' },
  ]);
  expect(refused.lines.filter((event) => event.type === 'ledger').every(({ kind }) => kind === undefined)).toBe(true);
});

test('measures many neurons in tenths, by magnitude', async () => {
  const { clock, port, ablation, mask } = setUp({ heads: 1, neurons: 160 });
  for (let i = 0; i < 30; i++) {
    clock.time += 500;
    await ablation.whileWaiting(mask);
  }
  const entries = new Map(
    port.of('ledger').flatMap((event) => event.entries.map((one) => [one.address, one] as const)),
  );
  expect(entries.size).toBe(11);
  // The smallest are the last ones, which are worth most here.
  const sizes = { shape: [1, 160], data: Float32Array.from({ length: 160 }, (_, at) => 160 - at) };
  expect(membersOf('L0N 0–10%', sizes)[0]).toEqual({ layer: 0, neuron: 159 });
  const sum = Array.from({ length: 16 }, (_, at) => 0.01 * (160 - at)).reduce((a, b) => a + b, 0);
  expect(entries.get('L0N 0–10%')!.delta / sum).toBeCloseTo(1, 1);
});

test('at the end of training measures the last model, within a few seconds and only while somebody looks', async () => {
  const { clock, session, port, ablation, mask } = setUp();
  session.step = 40;
  await ablation.besideTraining(mask, 1);
  session.step = 400;
  await ablation.atEnd(mask);
  const entries = port.of('ledger').flatMap(({ entries }) => entries);
  expect(new Set(entries.filter(({ step }) => step === 400).map(({ address }) => address)).size).toBe(7);
  const { measurements } = session;
  await ablation.atEnd(mask);
  expect(session.measurements).toBe(measurements);
  session.step = 500;
  port.ablation = undefined;
  await ablation.atEnd(mask);
  expect(session.measurements).toBe(measurements);

  const many = setUp({ heads: 400, neurons: 0 });
  const began = many.clock.time;
  await many.ablation.atEnd(many.mask);
  expect(many.clock.time - began).toBeLessThan(3100);
  expect(clock.time).toBeGreaterThan(0);
});

test('takes at most a twentieth of the training time, and nothing while nobody looks', async () => {
  const { clock, session, port, ablation, mask } = setUp();
  const train = async (steps: number, each: number) => {
    const began = clock.time;
    for (let i = 0; i < steps; i++) {
      clock.time += each;
      session.step++;
      await ablation.besideTraining(mask, each);
    }
    return (clock.time - began) / (steps * each);
  };
  expect(await train(2000, 5)).toBeLessThan(1.05);
  expect(session.measurements).toBeGreaterThan(20);
  port.ablation = undefined;
  const { measurements } = session;
  expect(await train(100, 50)).toBe(1);
  expect(session.measurements).toBe(measurements);
});

test('while training waits every part is measured once, in a quarter of the time', async () => {
  const { clock, session, ablation, mask } = setUp();
  const began = clock.time;
  for (let i = 0; i < 200; i++) clock.time += Math.min(100, await ablation.whileWaiting(mask));
  // Seven parts, each beside what is in force, which is measured once.
  expect(session.measurements).toBe(8);
  expect(await ablation.whileWaiting(mask)).toBe(Number.POSITIVE_INFINITY);
  expect(clock.time - began).toBeGreaterThan(4 * 70);
});

test('the journal stays small however long one looks', async () => {
  const { clock, session, port, ablation, mask } = setUp();
  for (let second = 0; second < 8 * 3600; second++) {
    clock.time += 990;
    session.step++;
    await ablation.besideTraining(mask, 990);
  }
  expect(port.of('ledger').length).toBeLessThan(500);
  expect(port.of('ledger').length).toBeGreaterThan(200);
  expect(port.of('ledger').every(({ entries }) => entries.length <= 7)).toBe(true);
});

test('measures everything anew when another metric is asked for, and journals nothing of the one before with it', async () => {
  const { clock, port, ablation, wanted, mask } = setUp();
  const wait = async () => {
    for (let i = 0; i < 20; i++) {
      clock.time += 500;
      await ablation.whileWaiting(mask);
    }
  };
  await wait();
  const before = port.of('ledger').length;
  expect(port.of('ledger').every(({ metric }) => metric === 'eval_loss')).toBe(true);
  wanted.metric = 'unseen_hinge';
  await wait();
  const after = port.of('ledger').slice(before);
  expect(after.every(({ metric }) => metric === 'unseen_hinge')).toBe(true);
  expect(new Set(after.flatMap(({ entries }) => entries.map(({ address }) => address))).size).toBe(7);
});
