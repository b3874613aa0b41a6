import type { Clock } from '../../src/core/clock.ts';
import { StorageError } from '../../src/core/files.ts';
import type { HostTensor } from '../../src/core/tensor.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { RunConfig } from '../../src/protocol/config.ts';
import type { Estimate, EventBody } from '../../src/protocol/events.ts';
import type { Intervention } from '../../src/protocol/interventions.ts';
import type { MaskScope } from '../../src/protocol/mask_edits.ts';
import type { MaskValues } from '../../src/protocol/mask_values.ts';
import type { LiveStatus } from '../../src/protocol/messages.ts';
import type { LoopPort } from '../../src/trainer/contract/loop.ts';
import type { Ahead, HeldOutError, Session } from '../../src/trainer/contract/session.ts';

/** A session whose loss at update n is 1/n, or not a number from update `brokenFrom` on. */
export class FakeSession implements Session {
  step = 0;
  readonly calls: number[] = [];
  readonly rates: number[] = [];
  readonly masks: { masks: MaskValues; scope: MaskScope }[] = [];
  evaluations = 0;
  probes = 0;
  readonly #brokenFrom: number;

  constructor(brokenFrom = Number.POSITIVE_INFINITY) {
    this.#brokenFrom = brokenFrom;
  }

  async advance(count: number, controls: { learningRate: number }) {
    this.calls.push(count);
    const losses = Float32Array.from({ length: count }, (_, i) => {
      const update = this.step + i + 1;
      return update >= this.#brokenFrom ? Number.NaN : 1 / update;
    });
    this.rates.push(controls.learningRate);
    this.step += count;
    return { train_loss: losses };
  }

  async rewind(step: number) {
    this.step = step;
  }

  async prune(masks: MaskValues, scope: MaskScope) {
    this.masks.push({ masks, scope });
  }

  async heldOutError(_masks: MaskValues, _asked: string): Promise<HeldOutError> {
    return { metric: 'eval_loss', mean: 2, stderr: 0.1, n: 3 };
  }

  async errorAhead(masks: MaskValues, asked: string, _ahead: Ahead): Promise<HeldOutError> {
    return this.heldOutError(masks, asked);
  }

  async reconfigure() {
    return {};
  }

  async evaluateIntact(): Promise<undefined> {
    return undefined;
  }

  async evaluate(): Promise<Readonly<Record<string, Estimate>>> {
    this.evaluations++;
    return { eval_loss: { mean: 2, stderr: 0.1, n: 3 } };
  }

  async probe(): Promise<Readonly<Record<string, HostTensor>>> {
    this.probes++;
    return { attention: { shape: [1], data: Float32Array.of(this.step) } };
  }

  async capture() {
    return { step: this.step, rng: {}, params: {}, optimizer: {} };
  }
}

/** A port that remembers everything. */
export class MemoryPort implements LoopPort {
  readonly events: EventBody[] = [];
  readonly statuses: LiveStatus[] = [];
  readonly probed: number[] = [];
  /** What each of them showed. */
  readonly pictures: string[][] = [];
  readonly saved: string[] = [];
  readonly removed: string[] = [];
  diskFull = false;
  /** So many of the next snapshots are refused. */
  refusals = 0;
  ablation: Intervention | undefined;
  gradients = false;
  rate = 0;

  emit(body: EventBody) {
    this.events.push(body);
  }

  async flush() {}

  status(status: LiveStatus) {
    this.statuses.push(status);
  }

  wantsAblation() {
    return this.ablation;
  }

  wantsGradients() {
    return this.gradients;
  }

  wantsWeights() {
    return false;
  }

  watchRate() {
    return this.rate;
  }

  probe(step: number, tensors: Readonly<Record<string, HostTensor>>) {
    this.probed.push(step);
    this.pictures.push(Object.keys(tensors));
  }

  async keepPicture() {}

  async save(why: string) {
    if (this.diskFull || this.refusals-- > 0) {
      const cause = Object.assign(new Error('ENOSPC: no space left on device'), { code: 'ENOSPC', syscall: 'fsync' });
      throw new StorageError('file.safetensors', cause);
    }
    this.saved.push(why);
    return `file-${this.saved.length}.safetensors`;
  }

  async sizeOf() {
    return 1;
  }

  async remove(file: string) {
    this.removed.push(file);
  }

  of<T extends EventBody['type']>(type: T): Extract<EventBody, { type: T }>[] {
    return this.events.filter((event): event is Extract<EventBody, { type: T }> => event.type === type);
  }
}

/** Time that passes only while somebody sleeps. */
export class ManualClock implements Clock {
  time = 0;
  slept = 0;

  now() {
    return this.time;
  }

  date() {
    return new Date(this.time);
  }

  async sleep(milliseconds: number) {
    this.time += Math.max(milliseconds, 0.01);
    this.slept += milliseconds;
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** A small resolved configuration with some values changed. */
export function smallConfig(settings: Record<string, unknown> = {}): RunConfig {
  const raw = {
    task: {
      name: 'representation_regression',
      prompt_examples: 3,
      tokens: 6,
      token_dim: 4,
      features: 2,
      noise: 0.01,
    },
    model: { name: 'multi_head_softmax', heads: 4 },
    train: { steps: 40, learning_rate: 0.01 },
    evaluate: { every: 10, prompts: 20 },
    // Whether there is time to save at occasions is not the same twice.
    snapshot: { spread: 0 },
  };
  const list = Object.entries(settings).map(([path, value]) => ({ path, value }));
  return resolveConfig(raw, 'test', list).config;
}
