import { RandomStream } from '../../src/core/random.ts';
import type { TaskContext } from '../../src/tasks/contract.ts';

/** The context a run with this seed gives its task. */
export function contextOf(seed: number, overrides: Partial<TaskContext> = {}): TaskContext {
  return {
    stream: (name) => RandomStream.named(seed, name),
    evaluationPrompts: 8,
    probePrompts: 1,
    loss: 'default',
    ...overrides,
  };
}
