import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, expect, it } from 'vitest';
import { builtModule } from '../built_module.ts';
import { killTrainers, program, sandbox, until } from './program.ts';
import { spawnInTerminal, TerminalSession } from './terminal.ts';

const open: { screen: TerminalSession; home: ReturnType<typeof sandbox> }[] = [];

afterEach(() => {
  for (const { screen, home } of open.splice(0)) {
    screen.kill();
    killTrainers(home.folder);
    home.remove();
  }
});

/** Beside the program, whose package it looks for above it. */
const builds = mkdtempSync(join(program, '../.spoilt-'));
afterAll(() => rmSync(builds, { recursive: true }));
const source = (path: string): string => JSON.stringify(fileURLToPath(new URL(`../../src/${path}`, import.meta.url)));

/** The program built with one of its parts spoilt before it begins. */
function spoiltProgram(part: string, spoil: string, words: readonly string[]): TerminalSession {
  const home = sandbox();
  const entry = join(home.folder, 'spoilt.ts');
  writeFileSync(entry, `import * as part from ${source(part)};\n${spoil}\nawait import(${source('main.ts')});`);
  const folder = mkdtempSync(join(builds, 'x'));
  const command = [process.execPath, fileURLToPath(builtModule(entry, folder)), ...words] as [string, ...string[]];
  const screen = new TerminalSession(spawnInTerminal(command, home.folder, home.environment));
  open.push({ screen, home });
  return screen;
}

it('shows the fault of a panel in its frame, lives on at every size, and tells of it on leaving', async () => {
  const spoil = `
    const { draw } = part.headPanel;
    part.headPanel.draw = (model, size) => {
      if (size.columns > 50) throw new RangeError('injected at this width');
      return draw(model, size);
    };`;
  const screen = spoiltProgram('ui/panels/head/panel.ts', spoil, ['train', 'li-quick', '--paused', '--name', 'spoilt']);
  await screen.see(/paused[\s\S]*this panel failed: injected at this width/, 50_000);
  await screen.see(/details follow when you leave/);
  for (const [columns, rows] of [
    [80, 24],
    [100, 40],
    [126, 36],
    [300, 100],
    [120, 40],
  ] as const) {
    const before = screen.raw.length;
    screen.resize(columns, rows);
    // A terminal of another size is sent everything again.
    await until(() => screen.raw.slice(before).includes('/ 400'));
  }
  await screen.see(/this panel failed/);
  screen.press('.');
  await screen.see(/step +1 /);
  screen.press('q');
  await screen.see(/leave the screen/);
  screen.press('s');
  expect(await screen.exit()).toBe(0);
  expect(screen.raw.split('\x1b[?1049l')).toHaveLength(2);
  const after = screen.raw.split('\x1b[?1049l')[1]!;
  expect(after.match(/drawing the panel "selected head" failed/g)).toHaveLength(1);
  expect(after).toMatch(/RangeError: injected at this width\s+at .*main\.js/);
  expect(after).toMatch(/spoilt: stopped, step 1 of 400/);
});

it.each([
  ['asks for rows', 'head', 'uses'],
  ['says what it shows', 'curves', 'select'],
])('lives on when a panel fails as it %s', async (_, panel, method) => {
  const spoil = `part.${panel}Panel.${method} = () => { throw new Error('injected'); };`;
  const screen = spoiltProgram(`ui/panels/${panel}/panel.ts`, spoil, [
    'train',
    'li-quick',
    '--paused',
    '--name',
    'spoilt',
  ]);
  // The panel fails in the first frame; what leaving means is asked once the trainer answers.
  await screen.see(/paused[\s\S]*this panel failed: injected/, 50_000);
  screen.press('q');
  await screen.see(/leave the screen/);
  screen.press('s');
  expect(await screen.exit()).toBe(0);
});

it('shows the fault of the home screen in its place', async () => {
  const screen = spoiltProgram(
    'ui/home/model.ts',
    `
    const { slice } = Array.prototype;
    Array.prototype.slice = function (...range) {
      if (/listPanel/.test(new Error().stack.split('\\n')[2])) throw new Error('injected');
      return slice.apply(this, range);
    };`,
    [],
  );
  await screen.see(/this panel failed: injected/);
  screen.press('q');
  expect(await screen.exit()).toBe(0);
  expect(screen.raw.split('\x1b[?1049l')[1]).toMatch(/drawing the panel "(runs|presets)" failed/);
});
