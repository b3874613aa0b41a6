import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import type { RunEvent } from '../../src/protocol/events.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { wholeEvents } from './journal.ts';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

/** The schedule does not know the last step, as the person who stops the run does not. */
const settings = ['train.schedule=constant', 'train.pace=0'];
const flags = [...settings.flatMap((setting) => ['--set', setting]), '--threads', '1', '--name'];

/**
 * Kills the screen of a run so many times while it trains at full speed, at random moments: as it starts, and as it
 * draws. Then stops the run, and trains as many steps anew with no screen.
 * @throws when curves or parameters of the two differ by a byte
 */
export async function expectSameAfterKills(preset: string, times: number): Promise<void> {
  const box = sandbox();
  const stream = RandomStream.named(times, 'task');
  const open = (...words: string[]) => TerminalSession.open(box.folder, box.environment, words);
  try {
    let screen = open('train', preset, ...flags, 'killed', '--steps', '1000000');
    await screen.see(/● training/);
    let drawing = 0;
    for (let time = 0; time < times; time++) {
      if (time % 2 === 0) await until(() => screen.raw.includes('incline'));
      await sleep((time % 2 === 0 ? 300 : 800) * stream.uniform());
      drawing += Number(screen.raw.includes('incline'));
      screen.kill();
      await until(() => screen.exitCode !== undefined);
      screen = open('attach', 'killed');
    }
    expect(drawing).toBeGreaterThanOrEqual(times / 2);
    await screen.see(/● training/);
    screen.press('qs');
    expect(await screen.exit()).toBe(0);
    const { step } = journalOf(box.folder, 'killed').at(-1)!;
    const { code, err } = await box.run('train', preset, ...flags, 'alone', '--steps', String(step), '--headless');
    expect([code, err]).toEqual([0, expect.anything()]);
    const curve = curveOf(box.folder, 'killed');
    expect(curve.length).toBeGreaterThan(1000);
    expect(curve).toEqual(curveOf(box.folder, 'alone'));
    expect(await lastParams(box.folder, 'killed')).toEqual(await lastParams(box.folder, 'alone'));
    console.log(`${times} kills, ${drawing} of them of a screen that was drawn; ${step} steps, the same bytes`);
  } finally {
    killTrainers(box.folder);
    box.remove();
  }
}

function journalOf(folder: string, run: string): RunEvent[] {
  return wholeEvents(join(folder, 'snapshots', run, 'journal.jsonl'));
}

/** The lines of the journal that curves are made of, but for their number and time. */
function curveOf(folder: string, run: string): string[] {
  return journalOf(folder, run)
    .filter(({ type }) => type === 'metrics' || type === 'evaluated')
    .map(({ seq: _, time: __, ...rest }) => JSON.stringify(rest));
}

/** The parameters of a run's last snapshot, as hexadecimal bytes by name. */
async function lastParams(folder: string, run: string): Promise<Record<string, string>> {
  const home = join(folder, 'snapshots', run);
  const last = readdirSync(home)
    .filter((name) => /^step-\d+\.safetensors$/.test(name))
    .sort()
    .at(-1)!;
  const { snapshot } = await readSnapshot(join(home, last));
  return Object.fromEntries(
    Object.entries(snapshot.params).map(([name, { data }]) => [
      name,
      Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex'),
    ]),
  );
}
