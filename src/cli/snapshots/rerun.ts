import { existsSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { UserError } from '../../core/errors.ts';
import { plural, significant, thousands } from '../../core/format.ts';
import type { Snapshot } from '../../snapshots/format.ts';
import { stateHash } from '../../snapshots/state_hash.ts';
import { readJournal } from '../../store/journal_reader.ts';
import { journalPath } from '../../store/run_folder.ts';
import { type Difference, differences } from '../../trainer/measure/differences.ts';
import { rerun } from '../../trainer/measure/rerun.ts';
import { type RunStarted, startsBefore, stretchesTo } from '../../trainer/measure/stretches.ts';
import { openEngine } from '../../trainer/session/device.ts';
import { print, tell } from '../output/output.ts';
import { shown } from '../output/paths.ts';
import { openSnapshot } from './open_snapshot.ts';

/**
 * Computes the run of a snapshot again and says whether it comes to the same bytes.
 * @param from path of an earlier snapshot to begin with
 * @returns whether it does
 * @throws UserError when nothing tells how the run began, or it cannot be computed here
 */
export async function verifyRerun(path: string, from?: string): Promise<boolean> {
  const { snapshot } = await openSnapshot(path);
  const starts = startsBefore(await startsOf(path, snapshot), snapshot);
  const begin = from === undefined ? beginningOf(path, starts) : resolve(from);
  const earlier = begin === undefined ? undefined : (await openSnapshot(begin)).snapshot;
  const before = earlier && { header: earlier, where: shown(begin!) };
  const stretches = stretchesTo(snapshot, starts, shown(path), before);
  const last = stretches.at(-1)!;
  if (!isDeepStrictEqual(last.config.model, snapshot.config.model)) {
    const what = 'its model is not that of its run (prune --compact wrote it?)';
    throw new UserError({ where: path, what, expected: 'a snapshot that a run saved' });
  }
  const state = await rerun(stretches, path, snapshot.mask?.grafts, earlier);
  const found = differences(snapshot, state);
  const { version } = await openEngine(last.engine.name);
  const changes = stretches.reduce((sum, one) => sum + one.changes.length, 0);
  const again = `${thousands(snapshot.step - (earlier?.step ?? 0))} updates again on ${last.engine.name} (${version})${changes > 0 ? ` with ${plural(changes, 'live change')}` : ''}`;
  if (found.length === 0) {
    print(`${shown(path)}: ${again}: the same bytes, state ${stateHash(snapshot).slice(0, 16)}`);
    return true;
  }
  print(`${shown(path)}: ${again}: ${found.map(described).join('; ')}`);
  const why = whyOtherwise(last.engine, version);
  if (why) tell(`incline: ${shown(path)}: ${why}`);
  return false;
}

/** Every start that the journal beside a snapshot tells; without a journal the one that the snapshot tells. */
async function startsOf(path: string, snapshot: Snapshot): Promise<RunStarted[]> {
  const isStart = (event: { readonly type: string }): event is RunStarted => event.type === 'run_started';
  const told = snapshot.events.filter(isStart);
  if (told.length === 0) {
    throw new UserError({
      where: path,
      what: 'does not tell how its run began',
      expected: 'a snapshot that a run saved',
    });
  }
  const journal = journalPath(dirname(path));
  if (!existsSync(journal)) return told;
  const starts: RunStarted[] = [];
  for await (const events of readJournal(journal)) starts.push(...events.filter(isStart));
  // A snapshot that was copied beside another run's journal is not of that run.
  return starts.some(({ time }) => time === told[0]!.time) ? starts : told;
}

/** The snapshot that a run began with; undefined where it began by itself. @throws UserError when that is not known */
function beginningOf(path: string, [first]: readonly RunStarted[]): string | undefined {
  if (first?.parent) return resolve(dirname(path), first.parent.file);
  if (first?.step === 0) return undefined;
  throw new UserError({
    where: path,
    what: `its run was taken up at step ${first?.step ?? '?'}, and its journal does not tell what was before`,
    fix: 'name an earlier snapshot with --from',
  });
}

const described = ({ name, count, of, largest }: Difference): string =>
  Number.isFinite(largest)
    ? `${name} differs in ${thousands(count)} of ${plural(of, 'number')}, by ${significant(largest)} of the largest`
    : `${name} is there only once, or of another shape`;

function whyOtherwise(engine: Snapshot['engine'] & {}, version: string): string | undefined {
  if (engine.version !== version) return `it was computed by ${engine.name} (${engine.version}), this is ${version}`;
  if (engine.name === 'wasm') return undefined;
  return `${engine.name} adds up in an order that depends on the machine; runs on wasm give the same bytes everywhere`;
}
