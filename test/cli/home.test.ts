import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const session = TerminalSession.open(box.folder, box.environment, []);
afterAll(() => {
  session.kill();
  box.remove();
});

it('from the home screen: find a preset, train it, come back, write a note, quit', async () => {
  await session.see(/yang-quick/);
  await session.see(/none yet: start a preset/);
  session.press('/');
  await session.see(/search _/);
  session.press('yang-tiny');
  await session.see(/▸ yang-tiny/);
  session.press('\r');
  await session.see(/enter start/);
  session.press('\r');
  await session.see(/✓ (completed|finished|done)/);
  session.press('q');
  await session.see(/1 run /);
  session.press('\x1b');
  await session.see(/garg-linear/);
  await session.see(/tab runs/);
  session.press('\t');
  await session.see(/enter replay/);
  session.press('n');
  await session.see(/note _/);
  session.press('odd one\r');
  await session.see(/note +odd one/);
  session.press('q');
  expect(await session.exit()).toBe(0);
  const [run] = readdirSync(join(box.folder, 'snapshots'));
  const notes = JSON.parse(readFileSync(join(box.folder, 'snapshots', run!, 'notes.json'), 'utf8'));
  expect(notes).toEqual({ v: 1, note: 'odd one', tags: [] });
}, 60_000);

it('prints help where there is no terminal', async () => {
  const { code, out } = await box.run();
  expect(code).toBe(0);
  expect(out).toContain('incline train');
});
