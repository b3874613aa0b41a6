import { join } from 'node:path';
import { Interrupted } from '../../core/errors.ts';
import { significant } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { mean, std } from '../../core/stats.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import { MemberSource } from '../../runs/member_source.ts';
import type { RunState } from '../../runs/state.ts';
import { readSweep } from '../../sweep/record.ts';
import { showRun } from '../../ui/run/show_run.tsx';
import { exitCode } from '../output/exit.ts';
import { print } from '../output/output.ts';
import { screenPreferences } from '../screen/full_screen.ts';
import { shareRun } from '../screen/postcards.ts';
import { carryOut, watch } from '../screen/watch.ts';

/**
 * Shows runs of a sweep that differ in their seed as one, until the screen is left.
 * @param runs their names
 * @param stop lets these runs save and end
 * @param refusal why what the screen was left for before could not be done
 */
export async function showSeeds(
  folder: string,
  runs: readonly string[],
  stop: () => Promise<void>,
  refusal?: string,
): Promise<number> {
  const { name, cells } = readSweep(folder);
  const members = cells.filter(({ run }) => runs.includes(run));
  const sources = members.map(({ run }) => new MemberSource(join(folder, run)));
  const left = await showRun({
    source: sources[0]!,
    group: { name, seeds: members.map(({ seed }) => seed), sources },
    preferences: screenPreferences(),
    refusal,
    share: (state, postcard) => shareRun(join(folder, state.run))(state, postcard),
  });
  const { member = 0, runs: states = [] } = left;
  const further = await carryOut(left, join(folder, members[member]!.run), sources[member]!);
  for (const source of sources) source.close();
  if ('back' in further) return showSeeds(folder, runs, stop, further.back);
  if (left.choice === 'stop') {
    print(`${name}: ${runs.length} runs are saved …`);
    await stop();
  }
  print(...summary(name, states, left.choice === 'stop'));
  if (left.interrupted) throw new Interrupted();
  return further.forked === undefined ? exitCode.done : watch(further.forked);
}

/** What stays in the terminal: how far the seeds are, what they came to, and how to come back. */
function summary(name: string, runs: readonly RunState[], isStopped: boolean): string[] {
  const over = runs.filter(({ phase }) => phase === 'finished' || phase === 'failed');
  const isGoing = over.length < runs.length && !isStopped;
  const end = isGoing ? '; the others go on' : isStopped ? '; stopped and saved, the same command goes on' : '';
  return [
    `${name}: ${over.length} of ${runs.length} seeds are done${end}`,
    ...valueLine(over),
    ...(isGoing ? [`  return    ${commandLine('attach', name)}`] : []),
    `  results   ${commandLine('sweep', 'results', name)}`,
  ];
}

function valueLine(runs: readonly RunState[]): string[] {
  const [first] = runs;
  const metric = first && headlineMetric(first.metrics, (one) => first.estimates[one] !== undefined);
  if (!first || metric === undefined) return [];
  const values = runs.flatMap(({ estimates }) => estimates[metric]?.mean ?? []);
  const sd = std(values);
  const spread = sd === null ? '' : ` ± ${significant(sd, 2)}`;
  return [
    `  ${first.metrics.short(metric).padEnd(9)} ${significant(mean(values))}${spread} over ${values.length} seeds`,
  ];
}
