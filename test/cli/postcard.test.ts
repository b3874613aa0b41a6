import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolveConfig } from '../../src/presets/resolve.ts';
import type { RunRecord } from '../../src/store/run_folder.ts';
import { killTrainers, sandbox } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
const sample = new URL('../../snapshots/li', import.meta.url).pathname;
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

const read = (name: string) => readFileSync(join(box.folder, name));
/** The lines under a picture. */
const captionOf = (svg: string) => [...svg.matchAll(/font-size="12"[^>]*>([^<]*)</g)].map(([, line]) => line).join(' ');

/** A configuration without what changes no number, and how long it trains. */
function numbersOf(record: RunRecord): unknown {
  const { config } = resolveConfig(record.config, 'run.json');
  const { device: _, threads: __, snapshot: ________, title: ___, description: ____, train, ...rest } = config;
  const { pace: _____, unroll: ______, budget_s: _______, ...training } = train;
  return { ...rest, training };
}

it('is written beside those that are there, with the command that comes to the same numbers', async () => {
  const screen = TerminalSession.open(box.folder, box.environment, ['replay', sample, '--step', '300']);
  await screen.see(/pictures of step/, 40_000);
  screen.press('S');
  await screen.see(/li-step-00000300\.svg and \.png written/, 40_000);
  screen.press('S');
  await screen.see(/li-step-00000300-2\.svg and \.png written/, 40_000);
  screen.press('q');
  expect(await screen.exit()).toBe(0);
  const svg = read('li-step-00000300.svg').toString();
  expect(svg).toContain('>loss</text>');
  expect(svg).toMatch(/font-size="18"[^>]*>Attention and ReLU learn tasks/);
  // On the screen, but of no use in a picture.
  for (const hint of ['enlarge', 'leave', 'zoom']) expect(svg).not.toContain(`>${hint}</text>`);
  // Two pixels of a PNG for each of 120 columns of 9; its width stands after the signature and the chunk's head.
  const png = read('li-step-00000300.png');
  expect([png.subarray(1, 4).toString(), png.readUInt32BE(16)]).toEqual(['PNG', 2160]);
  const [, facts, command] = /^(.*) (npx incline train .*)$/.exec(captionOf(svg))!;
  expect(facts).toBe('li-quick · seed 0 · step 300');
  const words = command!.match(/'[^']*'|\S+/g)!.map((word) => word.replaceAll(/^'|'$|&quot;/g, ''));
  const flags = ['--headless', '--name', 'again', '--set', 'train.budget_s=0.01'];
  expect(await box.run(...words.slice(2), ...flags)).toMatchObject({ code: 0 });
  const again = JSON.parse(read('snapshots/again/run.json').toString()) as RunRecord;
  const first = JSON.parse(readFileSync(join(sample, 'run.json'), 'utf8')) as RunRecord;
  expect(numbersOf(again)).toEqual(numbersOf(first));
}, 180_000);

it('plays back what no preset alone comes to, and stands under runs side by side as well', async () => {
  const pruned = `${sample}-pruned`;
  const screen = TerminalSession.open(box.folder, box.environment, ['replay', pruned, '--step', '410']);
  await screen.see(/pictures of step/, 40_000);
  screen.press('S');
  await screen.see(/li-pruned-step-00000410\.svg/, 40_000);
  screen.kill();
  expect(captionOf(read('li-pruned-step-00000410.svg').toString())).toMatch(
    /^li-pruned · seed 0 · step 410 npx incline replay li-pruned --step 410$/,
  );
  const compared = TerminalSession.open(box.folder, box.environment, ['compare', sample, pruned]);
  await compared.see(/li-pruned/, 40_000);
  compared.press('S');
  await compared.see(/compare-li-li-pruned\.svg and \.png written/, 40_000);
  compared.kill();
  expect(captionOf(read('compare-li-li-pruned.svg').toString())).toMatch(
    /^li, seed 0, step 400 · li-pruned, seed 0, step 420 npx incline compare li li-pruned$/,
  );
}, 180_000);
