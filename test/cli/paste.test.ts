import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

const { folder, environment, remove } = sandbox();
/** What one pastes by mistake: letters that pause, save, fork, prune, change the scope and quit. */
const mistaken = 'lr = 3e-4 # max over steps\nloss x 0.5, PO box >> q';
const bracketed = (text: string) => `\x1b[200~${text}\x1b[201~`;
let screen: TerminalSession;

beforeAll(async () => {
  screen = TerminalSession.open(folder, environment, ['train', 'li-quick', '--paused', '--name', 'pasted']);
  await screen.see(/paused/, 50_000);
}, 60_000);

afterAll(() => {
  screen.kill();
  killTrainers(folder);
  remove();
});

const modes = (raw: string) => [...raw.matchAll(/\[\?2004([hl])/g)].map(([, mode]) => mode);

it('is asked for by the screen, and is text that no key acts on', async () => {
  expect(modes(screen.raw)).toEqual(['h']);
  screen.press(bracketed(mistaken));
  await screen.see(/pasted text is not taken here/);
  expect(screen.rows[0]).toMatch(/‖ paused.*step +0 /);
  expect(screen.text).not.toMatch(/pending|snapshot saved|✕\d|CLAMP|leave the screen/);
});

it('goes into a text field as one line, without control characters', async () => {
  screen.press(':');
  screen.press(bracketed('lr\r\n0.0\x0725\x1b[A'));
  await screen.see(/:lr 0\.025_/);
  screen.press('\x1b');
  await screen.see(/space resume/);
});

it('is told from keys by its length where the terminal does not mark it', async () => {
  screen.press(mistaken.replaceAll('\n', '\r'));
  await screen.see(/pasted text is not taken here/);
  expect(screen.rows[0]).toMatch(/‖ paused.*step +0 /);
  expect(screen.text).not.toMatch(/pending|snapshot saved|✕\d|CLAMP|leave the screen/);
});

it.each([
  ['marked', bracketed('x'.repeat(1_000_000))],
  ['unmarked', 'x;P '.repeat(250_000)],
])('does not hold up the screen, be it a megabyte long, %s', async (_, text) => {
  screen.press(text);
  await screen.see(/pasted text is not taken here/);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const started = performance.now();
  screen.press('?');
  await screen.see(/type to filter/);
  expect(performance.now() - started).toBeLessThan(5000);
  screen.press('\x1b');
  // What a busy program reads together with an escape character is the name of one key.
  await until(() => !screen.text.includes('type to filter'));
});

it('goes whole into a note of the home screen, and nowhere else there', async () => {
  const home = TerminalSession.open(folder, environment, []);
  await home.see(/pasted/);
  home.press(bracketed(mistaken));
  await home.see(/pasted text is not taken here/);
  home.press('n');
  await home.see(/note.*_/);
  home.press(bracketed(mistaken));
  home.press('\r');
  await until(() => existsSync(join(folder, 'snapshots/pasted/notes.json')));
  expect(JSON.parse(readFileSync(join(folder, 'snapshots/pasted/notes.json'), 'utf8'))).toMatchObject({
    note: mistaken.replace('\n', ' '),
  });
  home.press('q');
  expect([await home.exit(), modes(home.raw)]).toEqual([0, ['h', 'l']]);
});

it('is no longer asked for once a signal has ended the screen', async () => {
  const other = TerminalSession.open(folder, environment, ['attach', 'pasted']);
  await other.see(/paused/);
  process.kill(other.pid, 'SIGTERM');
  expect([await other.exit(), modes(other.raw)]).toEqual([130, ['h', 'l']]);
});

it('is no longer asked for once the screen is left', async () => {
  screen.press('q');
  await screen.see(/leave the screen/);
  screen.press('s');
  await screen.exit();
  expect(modes(screen.raw)).toEqual(['h', 'l']);
});
