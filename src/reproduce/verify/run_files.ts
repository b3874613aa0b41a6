import { readFile } from 'node:fs/promises';
import { snapshotsIn } from '../../store/catalogue.ts';
import { journalPath } from '../../store/run_folder.ts';

export type Value = number | null;

/** The value of a curve at a step, or its mean over the last share of the way there. */
export function levelOf(
  { step, last }: { readonly step: Float64Array; readonly last: Float32Array },
  at: 'first' | 'last' | number,
  share: number | undefined,
): Value {
  let end = at === 'first' ? 0 : last.length - 1;
  if (typeof at === 'number') while (end >= 0 && step[end]! > at) end--;
  if (end < 0) return null;
  if (share === undefined) return Number.isFinite(last[end]!) ? last[end]! : null;
  const from = step[end]! - share * step[end]!;
  let [sum, count] = [0, 0];
  for (let i = 0; i <= end; i++) {
    if (step[i]! <= from) continue;
    sum += last[i]!;
    count++;
  }
  return sum / count;
}

/** The least step of the snapshots still there of which the journal says that they were saved for a reason. */
export async function firstSaved(folder: string, why: string): Promise<Value> {
  const there = await snapshotsIn(folder);
  const steps: number[] = [];
  for (const line of (await readFile(journalPath(folder), 'utf8')).split('\n')) {
    if (!line.includes('"snapshot_saved"')) continue;
    const { file, why: reason } = JSON.parse(line) as { file: string; why: string };
    const snapshot = there.find((one) => one.file === file);
    if (snapshot && reason === why) steps.push(snapshot.step);
  }
  return steps.length === 0 ? null : Math.min(...steps);
}
