import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { wholeEvents } from './journal.ts';
import { killTrainers, sandbox, until } from './program.ts';
import { needsSshd, SshServer, whyNoServer } from './ssh_server.ts';
import { spawnInTerminal, TerminalSession } from './terminal.ts';

const missing = whyNoServer();
if (missing) console.warn(`runs over ssh are not tested: ${missing}`);
test('a server is there where it has to be', () => {
  if (needsSshd) expect(missing).toBeUndefined();
});

describe.skipIf(missing !== undefined)('over a real ssh connection', () => {
  const box = sandbox();
  const sessions: TerminalSession[] = [];
  let server: SshServer;
  beforeAll(async () => {
    server = await SshServer.start(mkdtempSync(join(box.folder, 'sshd-')));
    await until(() => server.log.includes('Server listening'));
  });
  afterEach(() => {
    for (const session of sessions.splice(0)) session.kill();
  });
  afterAll(() => {
    server?.stop();
    killTrainers(box.folder);
    box.remove();
  });

  const logIn = (...words: string[]) => {
    const session = new TerminalSession(spawnInTerminal(server.command(box.folder, words), box.folder, process.env));
    sessions.push(session);
    return session;
  };
  const journal = (run: string) => wholeEvents(join(box.folder, 'snapshots', run, 'journal.jsonl'));
  const lastStep = (run: string) => journal(run).at(-1)!.step;
  const gone = () => until(() => server.connections().length === 0);
  /** Ways to lose a connection. */
  const cuts: Record<string, (session: TerminalSession) => void | Promise<void>> = {
    'the client is killed': (session) => {
      session.kill();
      return gone();
    },
    'the server drops the session': () => {
      for (const pid of server.connections()) process.kill(pid, 'SIGKILL');
      return gone();
    },
    // The server does not know for minutes: the old screen stays, and another joins it.
    'the network goes silent': (session) => {
      process.kill(session.pid, 'SIGSTOP');
    },
  };

  test.each(Object.keys(cuts))('a run goes on, and nothing is lost, when %s', async (how) => {
    const run = how.replaceAll(' ', '-');
    const first = logIn('train', 'yang-quick', '--set', 'train.steps=16000000', '--name', run);
    await first.see(/● training/).catch((error: Error) => {
      throw new Error(`${error.message}\n${server.log}`);
    });
    first.press(':lr 0.02\r');
    await first.see(/lr 0\.02/);
    first.press('2x');
    await first.see(/✕1 pruned probe/);
    await cuts[how]!(first);
    const left = lastStep(run);
    await until(() => lastStep(run) > left + 50);

    const second = logIn('attach', run);
    await second.see(/● training/);
    // What was changed before is in force, on the screen and in the run.
    await second.see(/✕1 pruned probe/);
    await second.see(/lr 0\.0(2|199)/);
    const shown = lastStep(run);
    await until(() => lastStep(run) > shown + 20);
    second.press('qs');
    expect(await second.exit()).toBe(0);
    const events = journal(run);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index + 1));
    expect(events.filter(({ type }) => type === 'run_started')).toHaveLength(1);
    expect(events.filter(({ type }) => type === 'control_changed' || type === 'mask_applied')).toHaveLength(2);
    expect(missingSteps(events)).toEqual([]);
    expect(events.at(-1)).toMatchObject({ type: 'run_finished', reason: 'stopped' });
  });
});

/** Steps that no line of the journal stands for. */
function missingSteps(events: readonly RunEvent[]): number[] {
  const told = new Set<number>();
  for (const event of events) {
    if (event.type !== 'metrics') continue;
    for (let step = event.step; step > event.step - (event.count ?? 1); step--) told.add(step);
  }
  return Array.from({ length: events.at(-1)!.step }, (_, index) => index + 1).filter((step) => !told.has(step));
}
