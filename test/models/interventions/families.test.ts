import { describe, expect, it } from 'vitest';
import { RandomStream } from '../../../src/core/random.ts';
import { type HostTensor, hostTensor } from '../../../src/core/tensor.ts';
import { BoundProgram, type Tensors } from '../../../src/engine/bound.ts';
import { loadEngine } from '../../../src/engine/registry.ts';
import { layoutOf, packNumbers, unpack } from '../../../src/graph/parameters.ts';
import { Recorder } from '../../../src/graph/symbolic.ts';
import type { Holding } from '../../../src/models/contract.ts';
import { activationKinds, type InterventionKind } from '../../../src/protocol/interventions.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { donorKey, editMasks, graftKey, type MaskValues, openMasks } from '../../../src/protocol/mask_values.ts';
import type { Experiment } from '../../../src/trainer/contract/session.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { marked } from '../../../src/trainer/session/freezing.ts';
import {
  grafting,
  type Intervened,
  intervenedBy,
  keyOf,
  maskInputs,
  masksOf,
} from '../../../src/trainer/session/mask_inputs.ts';
import { fixedInputs } from '../../../src/trainer/session/programs.ts';
import { relativeError } from '../../fixtures/yang.ts';
import { models } from '../../trainer/interventions/cases.ts';
import { configOf } from '../../trainer/steered.ts';

type Theta = Float64Array;

/** One model on one engine, to be computed under masks with any parameters. */
class Bench {
  readonly #engine: string;
  readonly experiment: Experiment;
  readonly open: MaskValues;
  readonly #programs = new Map<string, Promise<BoundProgram>>();

  constructor(engine: string, family: string) {
    this.#engine = engine;
    this.experiment = createExperiment(configOf({ ...models[family]!, probe: { prompts: 5 } }), 'test');
    this.open = openMasks(this.experiment.model.facts);
  }

  /** Start values, wider than usual so that no part is next to nothing. */
  theta(seed: number): Theta {
    const { model } = this.experiment;
    const layout = layoutOf(model.parameters);
    const initial = packNumbers(layout, model.initial(RandomStream.named(seed, 'init')));
    const noise = RandomStream.named(seed, 'noise').fillGaussian(new Float64Array(layout.size));
    return Float64Array.from(initial, (value, at) => Math.fround(value + 0.3 * noise[at]!));
  }

  /** Predictions, patterns, and outputs of heads where they are said. @param inputs in place of those of the masks */
  async computed(theta: Theta, values: MaskValues, intervened = intervenedBy(values), inputs = {}) {
    const key = keyOf(intervened);
    const program = this.#programs.get(key) ?? this.#compile(intervened);
    this.#programs.set(key, program);
    const given = { theta: hostTensor([theta.length], theta), ...maskInputs(this.experiment.model, values), ...inputs };
    return (await program).numbers({}, given);
  }

  async #compile(intervened: Intervened): Promise<BoundProgram> {
    const { model, task } = this.experiment;
    const recorder = new Recorder();
    const layout = layoutOf(model.parameters);
    const vector = [{ name: 'parameter', size: layout.size }];
    const input = (name: string, shape: readonly { name: string; size: number }[]) => recorder.input(name, shape);
    const masks = masksOf(model, intervened, input);
    const parameters = grafting(model, intervened, input)(unpack(layout, input('theta', vector)));
    const forward = model.forward(recorder, parameters, masks);
    const prompts = Object.fromEntries(
      Object.entries(task.probe.inputs).map(([name, { shape }]) => [
        name,
        input(
          `probe/${name}`,
          shape.map((size, axis) => ({ name: `axis ${axis}`, size })),
        ),
      ]),
    );
    const { prediction, attention, head_output } = forward.activations(prompts);
    const graph = recorder.finish({
      prediction: prediction!,
      attention: attention!,
      ...(head_output && { head_output }),
    });
    return BoundProgram.of(await loadEngine(this.#engine), graph, { fixed: fixedInputs(this.experiment) });
  }

  /** The parts of a head in θ, in every layer that has its parameters. */
  marks(wanted: (holding: Holding) => boolean): Uint8Array {
    const { model } = this.experiment;
    return marked(layoutOf(model.parameters), model.holdings({ layer: 0, head: 0 }).filter(wanted));
  }

  /** What is done to the first head, each time that its layer is applied. */
  with(intervention: string, grafts: MaskValues['grafts'] = {}): MaskValues {
    const { loops = 1, layers } = this.experiment.model.facts;
    const all = Array.from({ length: loops }, (_, loop) => `L${(loop * layers) / loops}H0=${intervention}`);
    return editMasks({ ...this.open, grafts }, parseMask(all.join(',')));
  }

  async dispose(): Promise<void> {
    for (const program of this.#programs.values()) await (await program).dispose();
  }
}

const mixed = (own: Theta, other: Theta, marks: Uint8Array, share = 1): Theta =>
  own.map((value, at) => (marks[at] === 1 ? (1 - share) * value + share * other[at]! : value));

const isScores = ({ role }: Holding) => role === 'queries' || role === 'keys' || role === 'pattern';

/** Checks of what the full intervention is, by kind: what the head has of its own for it counts no more, and what it is given does. */
const checks: Readonly<Partial<Record<InterventionKind, (bench: Bench) => Promise<void>>>> = {
  async remove(bench) {
    const theta = bench.theta(1);
    const { experiment, open } = bench;
    const { layers, loops = 1 } = experiment.model.facts;
    const all = Array.from({ length: loops }, (_, loop) => `-L${(loop * layers) / loops}H0`).join(',');
    const pruned = await bench.computed(theta, editMasks(open, parseMask(all)));
    const removed = await bench.computed(theta, bench.with('remove*1'));
    expect(removed['prediction']).toEqual(pruned['prediction']);
    const otherwise = mixed(
      theta,
      bench.theta(2),
      bench.marks(() => true),
    );
    expect((await bench.computed(otherwise, bench.with('remove')))['prediction']).toEqual(pruned['prediction']);
  },
  async temperature(bench) {
    const theta = bench.theta(1);
    // The same scores from queries, or what stands for both, of a half.
    const isQueries = ({ role }: Holding) => role === 'queries' || role === 'pattern';
    const none = new Float64Array(theta.length);
    const halved = await bench.computed(mixed(theta, none, bench.marks(isQueries), 0.5), bench.open);
    const cooled = await bench.computed(theta, bench.with('temperature*2'));
    expect(relativeError(cooled['prediction']!.data, halved['prediction']!.data)).toBeLessThan(1e-5);
  },
  uniform: ownScoresCountNoMore('uniform'),
  previous: ownScoresCountNoMore('previous'),
  match: ownScoresCountNoMore('match'),
  async mean(bench) {
    await expectOfOthers(bench, 'mean', (rows) => rows.map(() => meanOf(rows)));
  },
  async resample(bench) {
    const half = (rows: number) => Math.floor(rows / 2);
    await expectOfOthers(bench, 'resample', (rows) => rows.map((_, b) => rows[(b + half(rows.length)) % rows.length]!));
  },
  async graft(bench) {
    const [theta, other] = [bench.theta(1), bench.theta(2)];
    const marks = bench.marks(() => true);
    const weights = Float32Array.from(other.filter((_, at) => marks[at] === 1));
    const { loops = 1, layers } = bench.experiment.model.facts;
    const grafts = Object.fromEntries(
      Array.from({ length: loops }, (_, loop) => [
        graftKey('run:1', `L${(loop * layers) / loops}H0`),
        hostTensor([weights.length], weights),
      ]),
    );
    const grafted = await bench.computed(theta, bench.with('graft@run:1', grafts));
    const planted = await bench.computed(mixed(theta, other, marks), bench.open);
    expectAlike(grafted, planted);
  },
  async graft_pattern(bench) {
    await expectGiven(bench, 'graft_pattern', isScores);
  },
  async graft_output(bench) {
    await expectGiven(bench, 'graft_output', ({ role, output }) => role !== undefined && !output);
  },
};

/** The head's own scores count no more, and its values do. */
function ownScoresCountNoMore(kind: string): (bench: Bench) => Promise<void> {
  return async (bench) => {
    const [theta, other] = [bench.theta(1), bench.theta(2)];
    const values = bench.with(kind);
    const given = await bench.computed(theta, values);
    const same = await bench.computed(mixed(theta, other, bench.marks(isScores)), values);
    expect(same['prediction']).toEqual(given['prediction']);
    const plain = await bench.computed(theta, bench.open);
    expect(given['prediction']).not.toEqual(plain['prediction']);
    const some = bench.marks((holding) => !isScores(holding));
    expect((await bench.computed(mixed(theta, other, some), values))['prediction']).not.toEqual(given['prediction']);
  };
}

/** The same predictions but for rounding: graphs that carry out interventions may sum in another order. */
function expectAlike(found: Tensors, expected: Tensors): void {
  expect(relativeError(found['prediction']!.data, expected['prediction']!.data)).toBeLessThan(1e-6);
}

/** A head that is given what it has in a snapshot: of the same parameters nothing changes, of others its own count no more. */
async function expectGiven(bench: Bench, kind: string, isOwn: (holding: Holding) => boolean): Promise<void> {
  const [theta, other] = [bench.theta(1), bench.theta(2)];
  const donor = (numbers: Theta) => ({ [donorKey('run:1')]: hostTensor([numbers.length], numbers) });
  const plain = await bench.computed(theta, bench.open);
  const itself = await bench.computed(theta, bench.with(`${kind}@run:1`, donor(theta)));
  expectAlike(itself, plain);
  const values = bench.with(`${kind}@run:1`, donor(other));
  const given = await bench.computed(theta, values);
  expect(given['prediction']).not.toEqual(plain['prediction']);
  const same = await bench.computed(mixed(theta, bench.theta(3), bench.marks(isOwn)), values);
  if (bench.marks(isOwn).includes(1)) expect(same['prediction']).toEqual(given['prediction']);
  // The first head sees the prompts alone, so that it has there what it is given.
  const name = kind === 'graft_pattern' ? 'attention' : 'head_output';
  const there = (await bench.computed(other, bench.open))[name];
  if (there) expect(firstHead(given[name]!)).toEqual(firstHead(there));
}

/** The first head of the first layer gives out, prompt by prompt, what is made of its own. */
async function expectOfOthers(bench: Bench, kind: string, made: (rows: number[][]) => number[][]): Promise<void> {
  const theta = bench.theta(1);
  const plain = await bench.computed(theta, bench.open);
  const given = await bench.computed(theta, bench.with(kind));
  expect(given['prediction']).not.toEqual(plain['prediction']);
  // Where outputs of heads are not said, predictions of one head are functions of its output alone.
  const isShown = plain['head_output'] !== undefined;
  const alone = isShown || bench.experiment.model.facts.heads === 1;
  if (!alone) return;
  const rows = (of: typeof plain) => (isShown ? firstHead(of['head_output']!) : rowsOf(of['prediction']!));
  const expected = made(rows(plain));
  const isMean = kind === 'mean' && !isShown;
  // Neurons are not linear: of the mean there is one prediction for all.
  if (isMean) expect(new Set(rows(given).map(String)).size).toBe(1);
  else expect(relativeError(rows(given).flat(), expected.flat())).toBeLessThan(1e-5);
}

const meanOf = (rows: number[][]): number[] =>
  rows[0]!.map((_, i) => rows.reduce((sum, row) => sum + row[i]!, 0) / rows.length);

function rowsOf({ shape, data }: HostTensor): number[][] {
  const size = data.length / shape[0]!;
  return Array.from({ length: shape[0]! }, (_, b) => Array.from(data.subarray(b * size, (b + 1) * size)));
}

/** Of [P, L, H, …], prompt by prompt. */
function firstHead(tensor: HostTensor): number[][] {
  const size = tensor.shape.slice(3).reduce((product, length) => product * length, 1);
  return rowsOf(tensor).map((row) => row.slice(0, size));
}

describe.each(['cpu', 'wasm'])('on %s', (engine) => {
  it.each(Object.keys(models))('%s: a strength of 0 is nothing, of 1 the full intervention', async (family) => {
    const bench = new Bench(engine, family);
    const theta = bench.theta(1);
    const { interventions = [] } = bench.experiment.model.facts;
    for (const kind of ['remove', 'graft', ...interventions] as const) {
      if (kind.startsWith('freeze')) expect(intervenedBy(bench.with(kind))).toBeUndefined();
      else await checks[kind]!(bench);
    }
    // The graph that carries out interventions, with a snapshot to take activations from, and no strength of any.
    const given = { [donorKey('run:1')]: hostTensor([theta.length], bench.theta(2)) };
    const some = bench.with(
      interventions.includes('graft_output') ? 'graft_output@run:1' : 'graft_pattern@run:1',
      given,
    );
    const inputs = maskInputs(bench.experiment.model, some);
    const none = Object.fromEntries(
      activationKinds.map((kind) => {
        const { shape, data } = inputs[`intervene/${kind}/0`]!;
        return [
          `intervene/${kind}/0`,
          hostTensor(
            shape,
            data.map(() => 0),
          ),
        ];
      }),
    );
    const [plain, nothing] = [
      await bench.computed(theta, bench.open),
      await bench.computed(theta, some, intervenedBy(some), none),
    ];
    expectAlike(nothing, plain);
    await bench.dispose();
  });
});
