import { exitCode } from '../output/exit.ts';
import { isInteractive, print } from '../output/output.ts';
import { readPreferences } from '../preferences/preferences.ts';
import { resumeOrStart } from '../prepare/own_run.ts';
import { prepareRun, type TrainFlags } from '../prepare/plan.ts';

interface Flags extends TrainFlags {
  readonly resumeOrStart: boolean;
  readonly detach: boolean;
  readonly headless: boolean;
  readonly json: boolean;
}

/** Trains: on a screen, in the background, or here with plain output. @returns the exit status */
export async function train(flags: Flags): Promise<number> {
  const plain = flags.headless || flags.json || (!isInteractive() && !flags.detach);
  const prepare = flags.resumeOrStart ? resumeOrStart : prepareRun;
  const prepared = await prepare(flags, readPreferences(), !plain);
  if (!prepared) {
    print(`${flags.name} has all its steps, or has spent its budget; nothing is left to do`);
    return exitCode.done;
  }
  if (plain) {
    const { trainHere } = await import('./headless.ts');
    return trainHere(prepared, flags.json ? 'json' : 'text');
  }
  const { detach, watch } = await import('../screen/watch.ts');
  return flags.detach ? detach(prepared) : watch(prepared);
}
