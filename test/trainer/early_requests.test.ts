import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/core/clock.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import type { Request } from '../../src/protocol/messages.ts';
import { connect } from '../../src/runs/client.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { RunLock } from '../../src/store/run_lock.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { smallConfig } from './fake_session.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'incline-early-'));
  vi.stubEnv('XDG_RUNTIME_DIR', directory);
});
afterEach(() => {
  vi.unstubAllEnvs();
  rmSync(directory, { recursive: true, force: true });
});

/** The path of the trainer's socket, from the first moment that there is one. */
async function firstSocket(): Promise<string> {
  const sockets = join(directory, 'incline');
  for (;;) {
    const name = existsSync(sockets) && readdirSync(sockets).find((file) => file.endsWith('.sock'));
    if (name) return join(sockets, name);
    await systemClock.sleep(0);
  }
}

test('what is asked the moment that there is a socket is answered by the loop, however late that starts', async () => {
  const config = smallConfig({});
  const folder = await createRunFolder(directory, {
    ...{ v: 1, run: 'early', config, seed: config.seed, started: new Date().toISOString(), source: 'test' },
  });
  const lock = await RunLock.acquire(folder, { clock: systemClock });
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  // Telling where the trainer listens stands between the socket and the first turn of the loop.
  const tell = lock.tell.bind(lock);
  const told = vi.spyOn(lock, 'tell').mockImplementation(async (socket) => {
    await tell(socket);
    await released;
  });
  const hosted = hostRun(folder, { unattended: false, spareCore: false, lock });

  const client = await connect(await firstSocket(), folder);
  const asked = Promise.all(
    [
      { type: 'set', path: 'train.learning_rate', value: 0.02 },
      { type: 'run_to', step: 0 },
      { type: 'pause' },
      { type: 'stop' },
    ].map((request) => client.request(request as Request)),
  );
  const answered = vi.fn();
  void asked.then(answered, answered);
  await vi.waitFor(() => expect(told).toHaveBeenCalled(), { timeout: 10_000 });
  await systemClock.sleep(100);
  expect(answered).not.toHaveBeenCalled();
  release();

  expect(await asked).toEqual([
    { ok: true, step: 0 },
    { ok: false, step: 0, error: expect.stringContaining('step 0 is not ahead') },
    { ok: true, step: 0 },
    { ok: true, step: 0 },
  ]);
  const { summary } = await (await hosted).result;
  expect(summary.step).toBe(0);
  const journal = readFileSync(join(folder, 'journal.jsonl'), 'utf8').trim().split('\n');
  const events = journal.map((line) => JSON.parse(line) as RunEvent);
  expect(events.find(({ type }) => type === 'control_changed')).toMatchObject({
    step: 0,
    path: 'train.learning_rate',
    to: 0.02,
  });
  client.close();
});
