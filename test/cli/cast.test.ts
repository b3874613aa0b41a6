import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { framesOf } from '../pictures/animate.ts';
import { type Cast, readCast } from '../pictures/asciicast.ts';
import { sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const sample = new URL('../../snapshots/li', import.meta.url).pathname;
afterAll(() => box.remove());

let cast: Cast;

beforeAll(async () => {
  const words = ['--cast', 'one.cast', '--size', '100x30', '--step', '300', '--speed', '50'];
  const finished = await box.run('replay', sample, ...words);
  expect(finished).toMatchObject({ code: 0, err: '' });
  expect(finished.out).toMatch(/^one\.cast \(2\.0 s, /);
  cast = readCast(readFileSync(join(box.folder, 'one.cast'), 'utf8'));
}, 120_000);

it('is a recording of a run that is played back, without a terminal', () => {
  const { columns, rows, header, events } = cast;
  expect([columns, rows, header['title']]).toEqual([100, 30, 'li']);
  // 100 steps at 50 a second, ten frames a second, then a while of rest.
  const frames = events.filter(({ code }) => code === 'o');
  expect(frames.map(({ time }) => time)).toEqual(Array.from({ length: 21 }, (_, index) => index / 10));
  expect(events.at(-1)).toEqual({ time: 4, code: 'x', data: '0' });
  expect(events.filter(({ code }) => code === 'm')).toEqual([
    { time: 2, code: 'm', data: 'step 400: automatic' },
    { time: 2, code: 'm', data: 'step 400: smaller' },
  ]);
});

it('shows what the screen shows', async () => {
  const frames = await framesOf(cast, 2);
  const screen = TerminalSession.open(box.folder, box.environment, ['replay', sample, '--step', '400'], 100, 30);
  await screen.see(/pictures of step 400/, 40_000);
  const text = frames[1]!.map((row) =>
    row
      .map(({ symbol }) => symbol || ' ')
      .join('')
      .trimEnd(),
  );
  // How fast it is played, and the line that says how fast the terminal is.
  const lasting = (row: string) => row.replace(/[\d.]+ +steps\/s.*/, '');
  expect(text.slice(0, -2).map(lasting)).toEqual(screen.rows.slice(0, -2).map(lasting));
  screen.press('q');
  expect(await screen.exit()).toBe(0);
}, 120_000);

it.each([
  [['--size', '12x40'], /--size: is 12x40; expected COLUMNSxROWS from 60x18 to 500x200/],
  [['--speed', '0'], /--speed: is 0; expected steps a second, above 0/],
  [['--speed', '0.1'], /--speed: the recording would take 1h 06m; expected 10m 00s at most; raise --speed/],
  [['--cast', 'none/x.cast'], /none\/x\.cast: its folder is not there; make the folder or name another file/],
])('refuses %j in one line', async (words, complaint) => {
  const given = words.includes('--cast') ? words : ['--cast', 'x.cast', ...words];
  const { code, out, err } = await box.run('replay', sample, ...given);
  expect([code, out, err.trim().split('\n').length]).toEqual([2, '', 1]);
  expect(err).toMatch(complaint);
});

it('needs --cast for a size', async () => {
  const { code, err } = await box.run('replay', sample, '--size', '100x30');
  expect([code, err.trim()]).toEqual([2, 'incline: --size: is of a recording; add --cast FILE, or leave it out']);
});
