import { expect, it } from 'vitest';
import { played } from '../../src/runs/playing.ts';
import { castOf } from '../../src/ui/run/cast.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { readCast } from '../pictures/asciicast.ts';
import { fakeRecord } from './fake_replay.ts';

async function cast(step?: number): Promise<string> {
  const record = fakeRecord();
  const { timeline, stops } = record;
  const lines = castOf({
    title: 'a \x1b[2J run',
    size: { columns: 100, rows: 30 },
    look: chooseLook({ COLORTERM: 'truecolor', LANG: 'C.UTF-8' }),
    playback: { from: timeline.from, to: timeline.to, stops, notices: [] },
    moments: played(record, { step, speed: 100, momentsPerSecond: 5 }),
  });
  const all: string[] = [];
  for await (const line of lines) all.push(line);
  return all.join('\n');
}

it('marks changes and snapshots at the time at which they are passed', async () => {
  const { events, header } = readCast(await cast());
  expect(events.filter(({ code }) => code === 'm').map(({ time, data }) => [time, data])).toEqual([
    [0.6, 'step 50: key'],
    [0.8, 'step 80: learning rate 0.0100 → 0.0200'],
    [1.2, 'step 120: learning rate 0.0200 → 0.0300'],
    [1.6, 'step 150: key'],
  ]);
  expect(header['title']).toBe('a \ufffd[2J run');
});

it('begins at the step that is asked for', async () => {
  const { events } = readCast(await cast(100));
  expect(events.filter(({ code }) => code === 'm').map(({ data }) => data)).toEqual([
    'step 120: learning rate 0.0200 → 0.0300',
    'step 150: key',
  ]);
  expect(events.at(-1)!.time).toBe(3);
});

it('is the same however often it is made', async () => {
  expect(await cast()).toBe(await cast());
});
