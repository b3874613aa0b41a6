import { knownMeasures } from '../../src/models/known/measures.ts';
import type { EventBody, RunEvent } from '../../src/protocol/events.ts';
import type { Outcome } from '../../src/protocol/frames.ts';
import type { LiveStatus, ProbeFrame, Request } from '../../src/protocol/messages.ts';
import type { RunSource } from '../../src/runs/source.ts';

export const sizes = { layers: 1, heads: 6, neurons: 0, queries: 32, tokens: 8, prompts: 1 };

/** What a trainer says first about a run of 2 000 steps. */
export function started(over: Partial<typeof sizes> = {}): EventBody {
  const { layers, heads, neurons, queries, tokens } = { ...sizes, ...over };
  return {
    type: 'run_started',
    measures: knownMeasures(),
    step: 0,
    run: 'yang-quick-20261103-141502',
    config: {
      title: 'Watch it learn',
      description: '',
      task: { name: 'representation_regression', prompt_examples: tokens, tokens: queries, noise: 0.01 },
      model: { name: 'multi_head_softmax', heads },
      train: { optimizer: 'adam', learning_rate: 0.01, schedule: 'linear', steps: 2000, pace: 0 },
      evaluate: { every: 10, prompts: 200 },
      prune: { metric: '' },
      seed: 3,
    } as never,
    engine: { name: 'cpu', version: '1', threads: 1, unroll: 8 },
    versions: { incline: '0', node: '20', platform: 'linux' },
    model: {
      layers,
      heads,
      neurons,
      parameters: 1000,
      pattern: { rows: queries, columns: tokens, row: 'query token', column: 'prompt token' },
      interventions: ['temperature', 'uniform', 'mean', 'graft_pattern', 'freeze_pattern'],
    },
    theory: { loss_floor: 0.01 },
  };
}

/** One step's losses, so many times as large. */
export function measured(step: number, times = 1): EventBody[] {
  const gap = times * 2 * Math.exp(-step / 200);
  return [
    { type: 'metrics', step, values: { train_loss: 0.01 + gap, learning_rate: 0.01 } },
    {
      type: 'evaluated',
      step,
      values: {
        in_domain_inference_loss: { mean: 2 * gap, stderr: gap / 50, n: 200 },
        out_of_domain_inference_loss: { mean: 9 * gap, stderr: gap / 20, n: 200 },
      },
    },
  ];
}

/** What the parts of layer 0 are worth: heads more than neurons, later ones more than earlier ones. */
export function ablation(step: number, over: Partial<typeof sizes> = {}, revision = 0): EventBody {
  const { heads, neurons } = { ...sizes, ...over };
  const worth = (name: string, count: number, scale: number) =>
    Array.from({ length: count }, (_, at) => ({
      address: `L0${name}${at}`,
      delta: scale * at,
      base: 0.5,
      stderr: scale / 10,
    }));
  const entries = [...worth('H', heads, 1), ...worth('N', neurons, 0.01)];
  return { type: 'ledger', step, metric: 'in_domain_inference_loss', revision, entries };
}

/** What the trainer says of a mask that it has put in force. */
export function pruned(edits: readonly string[], scope: 'probe' | 'clamp' = 'probe', revision = 1): EventBody {
  return { type: 'mask_applied', step: 500, revision, scope, edits, kept_fraction: 0.5 };
}

/** Patterns that sharpen with the step; rows sum to one. */
export function patterns(step: number, over: Partial<typeof sizes> = {}): ProbeFrame {
  const { layers, heads, queries, tokens, prompts } = { ...sizes, ...over };
  const data = new Float32Array(prompts * layers * heads * queries * tokens);
  for (let row = 0; row < data.length / tokens; row++) {
    const weights = Array.from({ length: tokens }, (_, token) =>
      Math.exp(Math.sin(row * 7 + token * 3) * (step / 300)),
    );
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    data.set(
      weights.map((weight) => weight / total),
      row * tokens,
    );
  }
  return { step, tensors: { attention: { shape: [prompts, layers, heads, queries, tokens], data } } };
}

/**
 * Patterns with all that a one-layer run shows of its tokens: Â is A scaled by 1 − e^(−step/300), labels are k/10 and
 * predictions that share of them, plus a hundredth of the prompt's number.
 */
export function activations(step: number, over: Partial<typeof sizes> = {}): ProbeFrame {
  const { layers, heads, neurons, queries, tokens, prompts } = { ...sizes, ...over };
  const learned = 1 - Math.exp(-step / 300);
  const optimal = tensor([tokens, queries], (at) => {
    const [n, k] = [Math.floor(at / queries), at % queries];
    return k < tokens ? Number(n === k) : Math.sin(at) / 4;
  });
  const labels = tensor([prompts, queries], (at) => (at % queries) / 10);
  const frame = patterns(step, over);
  return {
    step,
    tensors: {
      ...frame.tensors,
      mixing: tensor([tokens, queries], (at) => learned * optimal.data[at]!),
      optimal_mixing: optimal,
      // Part 0 is the smallest of each layer, then 2, 4 … and 1, 3 …
      head_magnitude: tensor([layers, heads], (at) => ranks(at % heads)),
      ...(neurons > 0 && { neuron_magnitude: tensor([layers, neurons], (at) => ranks(at % neurons)) }),
      head_weights: tensor([heads, queries], (at) => learned * Math.cos(at)),
      target: labels,
      prediction: tensor([prompts, queries], (at) => learned * labels.data[at]! + Math.floor(at / queries) / 100),
      ridge_limit: labels,
      ridge_best: labels,
    },
  };
}

const ranks = (part: number) => (part % 2 === 0 ? 1 : 2) + part / 1000;

function tensor(shape: readonly number[], value: (index: number) => number) {
  const size = shape.reduce((product, length) => product * length, 1);
  return { shape, data: Float32Array.from({ length: size }, (_, index) => value(index)) };
}

/** A run whose trainer is the test. */
export class FakeSource implements RunSource {
  readonly requests: Request[] = [];
  /** What the next requests are answered with; a promise that the test resolves keeps them pending. */
  answer: (request: Request) => Promise<Outcome> | Outcome = () => ({ ok: true, step: this.step });
  step = 0;
  readonly closed: Promise<Error | undefined>;
  disconnect!: (error?: Error) => void;
  #sequence = 0;
  #onEvents: (events: readonly RunEvent[]) => void = () => {};
  #onStatus: (status: LiveStatus) => void = () => {};
  #onProbe: (probe: ProbeFrame) => void = () => {};

  constructor() {
    this.closed = new Promise((resolve) => {
      this.disconnect = resolve;
    });
  }

  onEvents(listener: (events: readonly RunEvent[]) => void): void {
    this.#onEvents = listener;
  }

  onStatus(listener: (status: LiveStatus) => void): void {
    this.#onStatus = listener;
  }

  onProbe(listener: (probe: ProbeFrame) => void): void {
    this.#onProbe = listener;
  }

  async request(request: Request): Promise<Outcome> {
    this.requests.push(request);
    return this.answer(request);
  }

  async recall(file: string): Promise<ProbeFrame> {
    return activations(Number(/\d+/.exec(file)?.[0]));
  }

  close(): void {}

  emit(...bodies: readonly EventBody[]): void {
    this.#onEvents(bodies.map((body) => stamped(body, ++this.#sequence)));
    this.step = Math.max(this.step, ...bodies.map(({ step }) => step));
  }

  status(status: Partial<LiveStatus>): void {
    const { step } = this;
    this.#onStatus({ step, state: 'running', stepsPerSecond: 100, until: 2000, pace: 0, ...status });
  }

  probe(frame: ProbeFrame): void {
    this.#onProbe(frame);
  }

  /** The last request that is not about pictures. */
  get asked(): Request | undefined {
    return this.requests.findLast(({ type }) => type !== 'watch');
  }
}

export function stamped(body: EventBody, sequence: number): RunEvent {
  return { v: 1, seq: sequence, time: '2026-11-03T14:15:02Z', ...body };
}
