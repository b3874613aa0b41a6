import type { RandomStream } from '../../src/core/random.ts';

/** How long anything may take before it counts as hanging, in milliseconds: other programs use the machine too. */
export const patience = 60_000;

/** One of several, each as likely as the others. */
export function pick<T>(stream: RandomStream, choices: readonly T[]): T {
  return choices[stream.integer(choices.length)]!;
}

export const isRoot = process.getuid?.() === 0;

export const needsRoot = (): string | undefined => (isRoot ? undefined : 'only root can do that');
