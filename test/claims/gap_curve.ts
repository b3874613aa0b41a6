import { openSession } from './session.ts';

/** The gap L − L* that update `step` of a preset worked on, for each of `steps` (rising multiples of ten). */
export async function gapsAt(
  preset: string,
  settings: Readonly<Record<string, unknown>>,
  steps: readonly number[],
): Promise<number[]> {
  const unroll = 10;
  const { session, controls } = await openSession(preset, settings, unroll);
  const gaps: number[] = [];
  for (const step of steps) {
    let scalars: Awaited<ReturnType<typeof session.advance>> = {};
    while (session.step < step) scalars = await session.advance(unroll, controls);
    gaps.push(scalars['train_gap']!.at(-1)!);
  }
  await session.dispose();
  return gaps;
}

/** Gaps as a line of a log. */
export function written(label: string, gaps: readonly number[]): string {
  return `${label.padEnd(24)} ${gaps.map((gap) => gap.toExponential(1)).join('  ')}`;
}
