/**
 * Pictures of what a person sees: the whole screen and each panel alone, of a run of one layer of heads, one with neurons
 * and one of four layers, at three sizes, in truecolour, 256 colours and none. The program runs in a real pseudo-terminal
 * and is drawn as a terminal emulator understood it.
 *
 *     npm run pictures -- --out FOLDER [--run li] [--size 120x40] [--colours 256]
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { renderPng } from '../../src/cli/output/render_png.ts';
import { screenSvg } from '../../src/plot/screen_svg.ts';
import { sandbox, until } from '../cli/program.ts';
import { type ColourDepth, spawnTerminal, TerminalSession } from '../cli/terminal.ts';

const { values: flags } = parseArgs({
  options: {
    out: { type: 'string' },
    run: { type: 'string', default: '' },
    size: { type: 'string', default: '' },
    colours: { type: 'string', default: '' },
  },
});
if (!flags.out) throw new Error('say where the pictures go: --out FOLDER');

const runs = [
  { name: 'yang', preset: 'yang-quick', steps: 300 },
  { name: 'li', preset: 'li-quick', steps: 120 },
  { name: 'encoder', preset: 'yang-fig2b-small', steps: 40 },
];
const sizes = ['80x24', '120x40', '200x60'];
const depths: ColourDepth[] = ['truecolour', '256', 'none'];
const wanted = <T>(values: readonly T[], name: string, of: (value: T) => string): T[] =>
  values.filter((value) => name === '' || of(value) === name);

const pause = (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds));
const box = sandbox();
const out = flags.out;
let drawn = 0;

/** Trains in the background up to a step and waits there. */
async function prepare({ name, preset, steps }: (typeof runs)[number]): Promise<void> {
  const flagsOf = ['--detach', '--paused', '--name', name, '--set', 'train.pace=0', '--threads', '1'];
  const { code, err } = await box.run('train', preset, ...flagsOf);
  if (code !== 0) throw new Error(err);
  const screen = new TerminalSession(spawnTerminal(box.folder, box.environment, ['attach', name], 120, 40));
  await screen.see(/paused/);
  screen.press('N');
  await pause(300);
  screen.press(`${steps}\r`);
  const journal = join(box.folder, 'snapshots', name, 'journal.jsonl');
  await until(() => readFileSync(journal, 'utf8').includes(`"type":"paused","step":${steps}`), 120_000, 200);
  // The ablation measures parts while training waits.
  await pause(3000);
  screen.hangUp();
}

/** Waits until the screen has stopped changing. */
async function settled(screen: TerminalSession): Promise<void> {
  for (let before = ''; before !== screen.raw; ) {
    before = screen.raw;
    await pause(400);
  }
}

async function picture(screen: TerminalSession, name: string): Promise<void> {
  await settled(screen);
  writeFileSync(join(out, `${name}.png`), renderPng(screenSvg(screen.cells)));
  drawn++;
}

/** A panel's key opens it, or closes it when it has the focus; false when the run has no such panel. */
async function focus(screen: TerminalSession, panel: number): Promise<boolean> {
  for (let presses = 0; presses < 2; presses++) {
    screen.press(String(panel));
    await settled(screen);
    if (new RegExp(`▸ ?${panel} `).test(screen.text)) return true;
  }
  return false;
}

async function drawAll(run: string, size: string, colours: ColourDepth): Promise<void> {
  const [columns, rows] = size.split('x').map(Number) as [number, number];
  const screen = new TerminalSession(
    spawnTerminal(box.folder, box.environment, ['attach', run], columns, rows, colours),
  );
  await screen.see(/paused/);
  await pause(1000);
  const prefix = `${run}-${size}-${colours}`;
  await picture(screen, prefix);
  for (let panel = 1; panel <= 9; panel++) {
    if (!(await focus(screen, panel))) continue;
    screen.press('\r');
    await picture(screen, `${prefix}-panel${panel}`);
    screen.press('\x1b');
    await settled(screen);
  }
  screen.hangUp();
}

mkdirSync(out, { recursive: true });
try {
  for (const run of wanted(runs, flags.run, ({ name }) => name)) {
    await prepare(run);
    for (const size of wanted(sizes, flags.size, String))
      for (const colours of wanted(depths, flags.colours, String)) await drawAll(run.name, size, colours);
  }
  console.log(`${drawn} pictures in ${out}`);
} finally {
  box.remove();
}
process.exit(0);
