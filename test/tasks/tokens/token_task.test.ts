import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { tokenKeys, tokenTask } from '../../../src/tasks/tokens/task.ts';
import { contextOf } from '../context.ts';

type Sequences = ReturnType<Parameters<typeof tokenTask>[0]['sequences']>;

/** Symbols that count on from a drawn one. */
const counting: Sequences = {
  draw(stream, count) {
    const first = stream.integer(5);
    return Array.from({ length: count }, (_, t) => (first + t) % 5);
  },
  predictors: {
    next: (seen) => Array.from({ length: 5 }, (_, l) => (l === (seen.at(-1)! + 1) % 5 ? 0.6 : 0.1)),
    uniform: () => new Float64Array(5).fill(0.2),
  },
};

function taskOf(changes: Partial<Sequences> = {}, overrides: Partial<TaskContext> = {}): Task {
  const schema = z.strictObject(tokenKeys({ vocabulary: 5, length: 6 }));
  const definition = tokenTask({ name: 'mine', title: 'Mine', schema, sequences: () => ({ ...counting, ...changes }) });
  return definition.create(schema.parse({}), contextOf(0, overrides));
}

const scoresOf = (task: Task) => Object.assign({}, ...task.evaluation.baselines());

describe('a task of tokens', () => {
  it('shows all but the last symbol, one-hot, and asks for all but the first', () => {
    const { training, sequence } = taskOf();
    const { tokens, target } = training.draw(RandomStream.named(0, 'train'), 4, 0);
    const stream = RandomStream.named(0, 'train');
    const symbols = Array.from({ length: 4 }, () => Array.from(counting.draw(stream, 7)));
    const rows = (of: readonly number[][]) =>
      of.flat().flatMap((symbol) => Array.from({ length: 5 }, (_, l) => (l === symbol ? 1 : 0)));
    expect([...tokens!]).toEqual(rows(symbols.map((one) => one.slice(0, -1))));
    expect([...target!]).toEqual(rows(symbols.map((one) => one.slice(1))));
    expect(sequence).toMatchObject({ width: 5, length: 6, outputs: 5, sameSymbols: true });
    expect(sequence!.readout(4)).toEqual([0, 1, 2, 3]);
  });

  it('measures a model and its predictors alike, in nats and by position', () => {
    const { evaluation } = taskOf();
    const next = evaluation.references['target']!.data;
    const logits = Float64Array.from({ length: 8 * 6 * 5 }, (_, i) =>
      i % 5 === next[Math.floor(i / 5)] ? Math.log(6) : 0,
    );
    const measured = evaluation.measure({ prediction: hostTensor([8, 6, 5], logits) });
    const predicted = scoresOf(taskOf());
    for (const name of ['eval_loss', 'accuracy', 'loss_at/1', 'loss_at/6', 'accuracy_at/6']) {
      expect(measured[name]!.mean).toBeCloseTo(name.startsWith('acc') ? 1 : -Math.log(0.6), 12);
      expect(predicted[`baseline/next/${name}`].mean).toBeCloseTo(measured[name]!.mean!, 12);
    }
    expect(predicted['baseline/uniform/eval_loss'].mean).toBeCloseTo(Math.log(5), 12);
    expect(predicted['baseline/uniform/accuracy'].mean).toBeCloseTo(1 / 5, 12);
    const [some] = [...evaluation.baselines(3)];
    expect(some!['baseline/next/eval_loss']!.n).toBe(3);
  });

  it('has the same first prompts with more of them', () => {
    const few = taskOf().evaluation.inputs['tokens']!.data;
    const more = taskOf({}, { evaluationPrompts: 11 }).evaluation.inputs['tokens']!.data;
    expect(more.slice(0, few.length)).toEqual(few);
  });

  it.each<[Partial<Sequences>, RegExp]>([
    [{ draw: () => [0, 1] }, /^sequence 0 has 2 symbols; expected 7, one more than task\.length$/],
    [{ draw: () => undefined as never }, /^sequence 0 has no symbols/],
    [{ draw: (_, n) => new Array(n).fill(5) }, /^symbol 0 of sequence 0 is 5; expected a whole number from 0 to 4$/],
    [{ draw: (_, n) => [0, ...new Array(n - 1).fill(Number.NaN)] }, /^symbol 1 of sequence 0 is NaN/],
    [{ draw: (_, n) => new Array(n).fill('a') }, /^symbol 0 of sequence 0 is "a"/],
    [{ predictors: { none: () => [0.5, 0.5] } }, /^predictor none after 1 symbols of sequence 0 gives \[0\.5,0\.5\]/],
    [
      { predictors: { none: () => Float64Array.of(1, 1, 0, 0, 0) } },
      /gives \[1,1,0,0,0\]; expected 5 shares, none below/,
    ],
    [{ predictors: { sure: () => [1, 0, 0, 0, 0] } }, /^predictor sure .* gives no share to the symbol that came/],
  ])('refuses what is no sequence or no share: %s', (changes, message) => {
    expect(() => scoresOf(taskOf(changes))).toThrow(message);
  });
});
