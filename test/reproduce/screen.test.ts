import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { sandbox, until } from '../cli/program.ts';
import { TerminalSession } from '../cli/terminal.ts';

const place = sandbox();
afterAll(() => place.remove());

const size = {
  scale: 'tiny',
  seconds: 5,
  sweeps: { runs: { preset: 'yang-tiny', set: { 'model.heads': 32 }, seeds: 3, steps: 60 } },
};
const recipe = {
  title: 'Heads',
  paper: 'p',
  figure: 'figure 1',
  description: 'd',
  sizes: { quick: size, full: { ...size, sweeps: { runs: { ...size.sweeps.runs, steps: 200_000 } } } },
  panels: [
    {
      kind: 'curves',
      title: 'Its gap',
      x: { label: 'step' },
      y: { label: 'L − L*', scale: 'log' },
      lines: [{ metric: 'gap', label: 'gap' }],
    },
  ],
  claims: [
    {
      id: 'falls',
      anchor: 'figure 1',
      statement: 'It falls.',
      says: 'how many times',
      quantity: { ratio: [{ metric: 'gap', at: 'first' }, { metric: 'gap' }] },
      mean: 'geometric',
      rule: { above: 2, why: 'visible' },
      horizon: { says: '60 steps' },
      control: { says: 'before training', change: { at: 'first' } },
    },
  ],
};
writeFileSync(join(place.folder, 'heads.json'), JSON.stringify(recipe));

function shown(...words: string[]): TerminalSession {
  const all = ['reproduce', join(place.folder, 'heads.json'), '--out', 'out', ...words];
  return TerminalSession.open(place.folder, place.environment, all);
}

it('shows a figure and its verdicts in a terminal, and prints them once it is left', async () => {
  const screen = shown();
  await screen.see(/✓ It falls/, 60_000);
  await screen.see(/Its gap[\s\S]*✓ 1 confirmed|✓ 1 confirmed[\s\S]*Its gap/);
  await screen.see(/q leave/);
  screen.press('q');
  await screen.see(/1 claim of 1 figure: 1 confirmed[\s\S]*report {2}/);
  await until(() => screen.exitCode !== undefined);
  expect(screen.exitCode).toBe(0);
  const claims = JSON.parse(readFileSync(join(place.folder, 'out/quick/heads/claims.json'), 'utf8'));
  expect(claims.claims[0].verdict).toBe('confirmed');
}, 90_000);

it('saves what it trains when it is left before', async () => {
  const screen = shown('--full');
  await screen.see(/● heads|[1-9]\d* % trained/, 60_000);
  screen.press('q');
  await screen.see(/stop\? what is trained is saved/);
  screen.press('y');
  await screen.see(/saved; the same command goes on/, 60_000);
  await until(() => screen.exitCode !== undefined);
  expect(screen.exitCode).toBe(130);
  const sweeps = readdirSync(join(place.folder, 'out/runs'));
  const states = sweeps.map((name) =>
    JSON.parse(readFileSync(join(place.folder, 'out/runs', name, 'sweep.json'), 'utf8')).cells.map(
      ({ state }: { state: string }) => state,
    ),
  );
  expect(states.flat()).toContain('stopped');
}, 90_000);
