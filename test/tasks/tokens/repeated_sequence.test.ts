import { describe, expect, it } from 'vitest';
import { UserError } from '../../../src/core/errors.ts';
import { RandomStream } from '../../../src/core/random.ts';
import { hostTensor } from '../../../src/core/tensor.ts';
import type { Estimate } from '../../../src/protocol/events.ts';
import type { Task, TaskContext } from '../../../src/tasks/contract.ts';
import { inductionPredictions } from '../../../src/tasks/repeated/induction.ts';
import { repeatedSequence } from '../../../src/tasks/repeated_sequence.ts';
import { inContextScore } from '../../../src/tasks/tokens/scores.ts';
import reference from '../../fixtures/tokens.json' with { type: 'json' };
import { contextOf } from '../context.ts';

const taskOf = (settings: object = {}, overrides: Partial<TaskContext> = {}): Task =>
  repeatedSequence.create(repeatedSequence.schema.parse(settings), contextOf(0, overrides));

/** Symbols of one-hot rows. */
const symbolsOf = (rows: ArrayLike<number>, V: number): number[] =>
  Array.from({ length: rows.length / V }, (_, at) => Array.from({ length: V }, (_, v) => rows[at * V + v]!).indexOf(1));

describe('repeated sequences', () => {
  it('repeat a segment of a drawn length, as often each, and ask for what comes next', () => {
    const task = taskOf({ vocabulary: 50, length: 30, shortest_period: 5, longest_period: 8 });
    const [count, T] = [2000, 30];
    const { tokens, target } = task.training.draw(RandomStream.named(0, 'train'), count, 0);
    const [shown, next] = [symbolsOf(tokens!, 50), symbolsOf(target!, 50)];
    const periods = new Map<number, number>();
    for (let p = 0; p < count; p++) {
      const own = [...shown.slice(p * T, (p + 1) * T), next[(p + 1) * T - 1]!];
      expect(next.slice(p * T, (p + 1) * T)).toEqual(own.slice(1));
      // The least number that it repeats after.
      const period = [5, 6, 7, 8].find((S) => own.every((one, t) => t < S || one === own[t - S]!))!;
      periods.set(period, (periods.get(period) ?? 0) + 1 / count);
    }
    expect([...periods.keys()].sort()).toEqual([5, 6, 7, 8]);
    for (const share of periods.values()) expect(Math.abs(share - 0.25)).toBeLessThan(0.045);
  });

  it('hold out sequences of one length, told apart into what repeats and what is new', () => {
    const [T, S, V] = [20, 8, 16];
    const task = taskOf({ vocabulary: V, length: T, shortest_period: 4, longest_period: S });
    expect(task.sizes['period']).toBe(S);
    const next = task.evaluation.references['target']!.data;
    /** Sure of the next symbol with share a where it repeats, and with share b elsewhere. */
    const predicting = (a: number, b: number) =>
      Float64Array.from({ length: 8 * T * V }, (_, i) => {
        const [at, v] = [Math.floor(i / V), i % V];
        const share = at % T >= S ? a : b;
        return Math.log(v === next[at] ? share : (1 - share) / (V - 1));
      });
    const measured = task.evaluation.measure({ prediction: hostTensor([8, T, V], predicting(0.9, 1 / V)) });
    expect(measured['copy_loss']!.mean).toBeCloseTo(-Math.log(0.9), 12);
    expect(measured['fresh_loss']!.mean).toBeCloseTo(Math.log(V), 12);
    expect(measured['copy_accuracy']!.mean).toBe(1);
    expect(measured['eval_loss']!.mean).toBeCloseTo((12 * -Math.log(0.9) + 8 * Math.log(V)) / 20, 12);
    expect(measured['icl_score']!.mean).toBeCloseTo(-Math.log(0.9) - Math.log(V), 12);
    expect(measured['loss_at/8']!.mean).toBeCloseTo(Math.log(V), 12);
    expect(measured['loss_at/9']!.mean).toBeCloseTo(-Math.log(0.9), 12);
  });

  it('are what the induction rule continues', () => {
    const shown = Uint16Array.of(3, 1, 2, 3, 1, 1);
    const rows = inductionPredictions({ count: 1, length: 6, vocabulary: 4, shown });
    const at = (t: number) => [...rows.slice(4 * t, 4 * t + 4)];
    for (const t of [0, 1, 2]) expect(at(t)).toEqual([0.25, 0.25, 0.25, 0.25]);
    const copied = (v: number) => [0, 1, 2, 3].map((one) => expect.closeTo(one === v ? 0.9925 : 0.0025, 12));
    expect(at(3)).toEqual(copied(1));
    expect(at(4)).toEqual(copied(2));
    // 1 was followed by 2 and by itself.
    expect(at(5)).toEqual([0.0025, 0.4975, 0.4975, 0.0025].map((share) => expect.closeTo(share, 12)));
    const baselines: Record<string, Estimate> = Object.assign({}, ...taskOf().evaluation.baselines(5));
    expect(baselines['baseline/induction/copy_loss']!.n).toBe(5);
    expect(baselines['baseline/induction/copy_loss']!.mean!).toBeLessThan(2);
    expect(baselines['baseline/induction/fresh_loss']!.mean!).toBeGreaterThan(Math.log(32));
  });

  it('have the in-context score of independent float64 arithmetic', () => {
    const { losses, late, early, icl_score } = reference.icl;
    const found = inContextScore(Float64Array.from(losses.data), 1, late, early);
    expect(found.mean).toBeCloseTo(icl_score, 9);
  });

  it('refuse periods that repeat nothing', () => {
    expect(() => taskOf({ longest_period: 48 })).toThrow(/task\.longest_period is 48.*from 2 to 47/);
    expect(() => taskOf({ held_out_period: 1 })).toThrow(/task\.held_out_period is 1/);
    expect(() => taskOf({ shortest_period: 9, longest_period: 8 })).toThrow(UserError);
    expect(() => taskOf({}, { loss: 'hinge' })).toThrow(/train\.loss is hinge/);
    expect(taskOf({ held_out_period: 12 }).sizes['period']).toBe(12);
  });
});
