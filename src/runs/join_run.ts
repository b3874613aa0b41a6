import { lstatSync } from 'node:fs';
import { basename } from 'node:path';
import { type Clock, systemClock } from '../core/clock.ts';
import { UserError } from '../core/errors.ts';
import { fateOf } from '../core/process.ts';
import type { GoingRun } from '../store/going.ts';
import { holderOf, holderText, type LockRecord } from '../store/lock_record.ts';
import { pluginsOfRun } from '../store/run_folder.ts';
import { connect, type TrainerClient } from './client.ts';
import type { EndedBy } from './sudden_end.ts';

/** How often to look whether a trainer listens, in milliseconds. */
const interval = 50;
/** How long a trainer that listens may take to answer, in milliseconds: it may be within a long step, or swapping. */
const patience = 30_000;
/** How long one that is suspended is given. */
const patienceWithSuspended = 2000;
/** When the person is told that there is something to wait for. */
const silence = 1000;

/**
 * Joins a run that is going, once its trainer listens and has answered.
 * @param onWait called once with a sentence where that takes longer than a moment
 * @throws UserError when it ends before, is on another host, or does not answer; it then goes on all the same
 */
export async function joinRun(
  { run, dir, lock: known, endedBy }: GoingRun & { readonly endedBy?: EndedBy },
  onWait: (message: string) => void,
  clock: Clock = systemClock,
): Promise<TrainerClient> {
  const began = clock.now();
  /** Since when it might have answered. */
  let since: number | undefined;
  let isSaid = false;
  for (;;) {
    // Of a folder that was moved there is the word of the index only.
    const lock = holderOf(dir, clock) ?? (known.socket && fateOf(known) !== 'gone' ? known : undefined);
    if (!lock) {
      const what = known.socket ? 'it has ended' : 'the trainer stopped while it started';
      throw new UserError({ where: dir, what, fix: 'see trainer.log there' });
    }
    const fate = fateOf(lock);
    requireReachable(run, lock, fate);
    if (lock.socket || fate === 'suspended') since ??= clock.now();
    const end = since === undefined ? Infinity : since + (fate === 'suspended' ? patienceWithSuspended : patience);
    const client = lock.socket
      ? await answering(lock.socket, dir, Math.min(end - clock.now(), silence), endedBy)
      : undefined;
    if (client) return client;
    if (clock.now() >= end) throw unanswered(run, lock, fate === 'suspended', withinCalls(dir));
    if (since !== undefined && clock.now() - began > silence && !isSaid) {
      isSaid = true;
      onWait(`waiting for ${holderText(lock)} to answer …${withinCalls(dir)}`);
    }
    await clock.sleep(interval);
  }
}

function requireReachable(run: string, lock: LockRecord, fate: ReturnType<typeof fateOf>): void {
  if (fate === 'elsewhere') {
    throw new UserError({
      where: run,
      what: `is being trained by ${holderText(lock)}`,
      fix: `do this on ${lock.host}`,
    });
  }
  if (lock.socket !== null) return;
  const what = `${holderText(lock)} trains without a socket, for want of a safe folder with a short path`;
  throw new UserError({ where: run, what, fix: `kill -INT ${lock.pid} stops it, saved` });
}

/** A client that has been greeted; undefined when nobody listens there now, or says nothing for so long. */
async function answering(
  socket: string,
  dir: string,
  patience: number,
  endedBy: EndedBy | undefined,
): Promise<TrainerClient | undefined> {
  // The lock of a foreign folder may name anybody's socket.
  if (!isOwnSocket(socket)) return undefined;
  try {
    const client = await connect(socket, dir, endedBy);
    if (await client.isGreeted(patience)) return client;
    client.close();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
  return undefined;
}

function isOwnSocket(path: string): boolean {
  const info = lstatSync(path, { throwIfNoEntry: false });
  return info?.isSocket() === true && info.uid === process.getuid?.();
}

/** What a trainer may be within that runs functions of the user's. */
function withinCalls(dir: string): string {
  const plugins = pluginsOfRun(dir).map((file) => basename(file));
  if (plugins.length === 0) return '';
  return ` a call of ${plugins.join(' or ')} that does not return is cut off after --plugin-patience seconds, and the run saved`;
}

function unanswered(run: string, lock: LockRecord, isSuspended: boolean, calls: string): UserError {
  const { pid } = lock;
  const what = `process ${pid} does not answer`;
  const fix = isSuspended
    ? `it is suspended; kill -CONT ${pid} lets it go on`
    : `it may be swapping, or within a long step;${calls && `${calls};`} try again, or kill -INT ${pid} stops it, saved`;
  return new UserError({ where: run, what, fix });
}
