import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ClaimResult, Claims } from '../../src/reproduce/trial.ts';
import { checkClaims } from '../../src/reproduce/verify/check.ts';
import { sandbox, until } from '../cli/program.ts';

const place = sandbox();
afterAll(() => place.remove());

const size = {
  let: { heads: [32] },
  scale: 'tiny',
  seconds: 5,
  sweeps: {
    runs: { preset: 'yang-tiny', grid: { 'model.heads': '$heads' }, seeds: 3, steps: 60 },
    again: { preset: 'yang-tiny', set: { 'model.heads': 32 }, seeds: 3, steps: 60 },
  },
};
const distance = { eval: 'in_domain_inference_loss', where: { 'model.heads': 32 }, set: { 'evaluate.prompts': 50 } };
const recipe = {
  title: 'Heads',
  paper: 'p',
  figure: 'figure 1',
  description: 'd',
  sizes: { quick: size, full: size },
  panels: [
    {
      kind: 'curves',
      title: 'gap',
      x: { label: 'step' },
      y: { label: 'L − L*', scale: 'log' },
      lines: [
        { metric: 'gap', by: { 'model.heads': '$heads' }, label: '$value heads' },
        { metric: 'train_gap', of: 'again', label: 'training' },
      ],
    },
  ],
  claims: [
    {
      id: 'falls',
      anchor: 'figure 1',
      statement: 'It falls.',
      says: 'how many times',
      quantity: {
        ratio: [
          { metric: 'gap', at: 'first', of: 'again' },
          { metric: 'gap', of: 'again' },
        ],
      },
      mean: 'geometric',
      rule: { above: 2, why: 'visible' },
      horizon: { says: '60 steps' },
      control: { says: 'before training', change: { at: 'first' } },
    },
    {
      id: 'measured',
      anchor: 'figure 1',
      statement: 'It is near the ridge limit where the noise is large.',
      says: 'in-domain distance',
      quantity: distance,
      mean: 'geometric',
      rule: { below: 1, why: 'a quarter of the start' },
      horizon: { says: '60 steps' },
      control: { says: 'before training', change: { at: 'first' } },
    },
    {
      id: 'needs-heads',
      anchor: 'figure 1',
      statement: 'Without its heads it is worse.',
      says: 'in-domain distance without them over that with them',
      quantity: { ratio: [{ ...distance, mask: '-L0H0-31' }, distance] },
      mean: 'geometric',
      rule: { above: 2, why: 'visible' },
      horizon: { says: '60 steps' },
      control: { says: 'without one of them', change: { mask: '-L0H0' } },
    },
    {
      id: 'saved',
      anchor: 'figure 1',
      statement: 'It is saved where it ends.',
      says: 'the step of the first snapshot of the end',
      quantity: { saved: 'end', of: 'again' },
      rule: { above: 59, below: 61, why: '60 steps' },
      horizon: { says: '60 steps' },
      control: { says: 'none is saved at a jump', quantity: { saved: 'jump', of: 'again' } },
    },
  ],
};

const run = (...words: string[]) => place.run('reproduce', ...words);
const claimsFile = join(place.folder, 'out/quick/heads/claims.json');
const start = () => run(join(place.folder, 'heads.json'), '--out', 'out', '--jobs', '2');
let first: Awaited<ReturnType<typeof run>>;

beforeAll(async () => {
  writeFileSync(join(place.folder, 'heads.json'), JSON.stringify(recipe));
  // Killed in the midst of it, and run again.
  const killed = place.start('reproduce', join(place.folder, 'heads.json'), '--out', 'out', '--jobs', '2');
  let said = '';
  killed.stdout!.on('data', (text) => {
    said += text;
  });
  await until(() => said.includes('runs'), 30_000);
  await new Promise((resolve) => setTimeout(resolve, 1000));
  killed.kill('SIGKILL');
  first = await start();
}, 120_000);

describe('incline reproduce', () => {
  it('trains what two sweeps share once, draws the figure and tries its claims, with their controls', () => {
    // A run of the process that was killed may be saving itself still, which is said.
    expect(first.err.replace(/^note: .*\n/gm, '')).toBe('');
    expect(first.code).toBe(0);
    expect(first.out).toContain('4 claims of 1 figure: 4 confirmed');
    const { claims, runs } = JSON.parse(readFileSync(claimsFile, 'utf8'));
    expect(claims[0]).toMatchObject({ verdict: 'confirmed', seeds: [0, 1, 2], control: { verdict: 'refuted' } });
    const folders = runs.map(({ folder }: { folder: string }) => folder);
    expect(new Set(folders).size).toBe(3);
    const picture = readFileSync(join(place.folder, 'out/quick/heads/figure.svg'), 'utf8');
    for (const text of ['L − L*', '32 heads', 'training', 'mean of 3 seeds']) expect(picture).toContain(text);
    const page = readFileSync(join(place.folder, 'out/report.html'), 'utf8');
    expect(page).toContain('<svg');
    expect(page).not.toMatch(/(src|href)="(?!data:)/);
    const table = readFileSync(join(place.folder, 'out/quick/heads/figure.csv'), 'utf8').split('\n');
    expect(table[0]).toBe('panel,line,x,seed,value');
    expect(table[1]).toMatch(/^gap,32 heads,0,0,\d/);
  });

  it('gives the same bytes from other runs of the same', async () => {
    const before = readFileSync(claimsFile, 'utf8');
    rmSync(join(place.folder, 'out'), { recursive: true });
    expect((await start()).code).toBe(0);
    expect(readFileSync(claimsFile, 'utf8')).toBe(before);
  }, 60_000);

  it('computes its claims anew, and finds a digit that was edited', async () => {
    const good = await run('--verify', 'out');
    expect(good).toMatchObject({ code: 0, err: '' });
    expect(good.out).toMatch(/heads \(quick\): 4 claims, 24 values computed anew: agree/);
    const text = readFileSync(claimsFile, 'utf8');
    const claims = JSON.parse(text) as Claims;
    const [falls, measured] = claims.claims as [ClaimResult, ClaimResult];
    const { control } = measured;
    const numbers = [falls.measured.values[1], falls.measured.mean, falls.measured.low, measured.measured.values[0]];
    for (const value of [...numbers, measured.measured.mean, control.values[1], control.high]) {
      const other = `${String(value).slice(0, -1)}${(Number(String(value).at(-1)) + 1) % 10}`;
      const edited = JSON.parse(text.replace(String(value), other)) as Claims;
      const { problems } = await checkClaims(edited, undefined, join(place.folder, 'out'));
      expect(problems.join(), `${value} became ${other}`).toMatch(/of its values is|computed anew/);
    }
    writeFileSync(claimsFile, text.replace('"verdict": "confirmed"', '"verdict": "refuted"'));
    const bad = await run('--verify', 'out');
    expect(bad.code).toBe(2);
    expect(bad.err).toMatch(/falls: the verdict is confirmed, not refuted/);
    writeFileSync(claimsFile, text);
  }, 60_000);

  it('says in a line what is wrong', async () => {
    expect((await run('yang-fig33')).err).toMatch(/^incline: no recipe "yang-fig33"; expected one of .*did you mean/);
    expect((await run('--json')).out).toContain('"recipes":[');
    const stray = await run('yang-fig3', '--partition', 'gpu');
    expect([stray.code, stray.err]).toEqual([2, 'incline: --partition needs --on slurm\n']);
    writeFileSync(join(place.folder, 'taken'), '');
    for (const out of ['taken', 'taken/below', '/proc/incline']) {
      const refused = await run('yang-fig3', '--quick', '--out', out);
      expect([refused.code, refused.err], out).toEqual([
        2,
        expect.stringMatching(/cannot make this folder \(E.*--out\n$/),
      ]);
    }
    expect((await run('yang-fig3', '--nice', '99')).err).toMatch(/^incline: --nice: is 99; expected a whole number/);
  });
});
