import { cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { inflateSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canDrawWords } from '../../src/cli/output/render_png.ts';
import { mean, std } from '../../src/core/stats.ts';
import { decodeSafetensors, encodeSafetensors } from '../../src/snapshots/safetensors.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const runs = ['small', 'large'];
beforeAll(async () => {
  for (const [name, heads] of [
    ['small', 4],
    ['large', 8],
  ]) {
    const settings = ['--set', `model.heads=${heads}`, '--steps', '60', '--threads', '1', '--name', String(name)];
    expect((await box.run('train', 'yang-quick', ...settings)).code).toBe(0);
  }
  const sweep = await box.run('sweep', 'yang-tiny', '--grid', 'model.heads=2,4', '--seeds', '4', '--steps', '20');
  expect(sweep.code).toBe(0);
}, 90_000);
afterAll(() => box.remove());

test('runs side by side as text, JSON and CSV', async () => {
  const text = await box.run('compare', ...runs);
  expect(text).toMatchObject({ code: 0, err: '' });
  expect(text.out).toMatch(/^at the end \(✓ best\) +small +large$/m);
  expect(text.out).toMatch(/^model\.heads +4 +8$/m);
  const compared = JSON.parse((await box.run('compare', ...runs, '--json')).out);
  expect(compared.differences.map(({ path }: { path: string }) => path)).toEqual(['model.heads']);
  const [small, large] = compared.runs;
  const metric = 'in_domain_inference_loss';
  const evaluated = JSON.parse((await box.run('eval', 'snapshots/small/step-00000060.safetensors', '--json')).out);
  expect(small.metrics[metric].mean).toBeCloseTo(evaluated.metrics[metric].mean, 6);
  expect([small.metrics[metric].best, large.metrics[metric].best]).toEqual([false, true]);
  // Heads of one number start from the same numbers, whatever the number of heads.
  expect(compared.heads[0].matches.map(({ head, counterpart }: Record<string, string>) => [head, counterpart])).toEqual(
    ['L0H0', 'L0H1', 'L0H2', 'L0H3'].map((head) => [head, head]),
  );
  const csv = (await box.run('compare', ...runs, '--csv')).out.trim().split('\n');
  expect(csv.find((line) => line.startsWith(`${metric},large,`))).toMatch(/,true$/);
});

test('a run that was copied or moved is called as its folder is, everywhere', async () => {
  const folder = (name: string) => join(box.folder, 'snapshots', name);
  cpSync(folder('small'), folder('copied'), { recursive: true });
  const compared = JSON.parse((await box.run('compare', 'small', 'copied', '--json')).out);
  expect(compared.runs.map(({ name }: { name: string }) => name)).toEqual(['small', 'copied']);
  const goesOn = ['--in-place', '--steps', '80', '--headless', '--threads', '1'];
  const resumed = await box.run('train', '--resume', 'copied', ...goesOn);
  expect(resumed.code).toBe(0);
  expect(JSON.parse(readFileSync(join(folder('copied'), 'run.json'), 'utf8'))).toMatchObject({ run: 'copied' });
  rmSync(folder('copied'), { recursive: true });
}, 60_000);

test('words of runs with the same settings but for seeds stand as groups of their own', async () => {
  const sweep = 'yang-tiny-heads';
  const [one, other] = [0, 1].map((seed) => `${sweep}/heads-2_seed-${seed}`) as [string, string];
  const again = await box.run(
    'sweep',
    'yang-tiny',
    '--set',
    'model.heads=2',
    '--seeds',
    '2',
    '--steps',
    '20',
    '--name',
    'two-seeds',
  );
  expect(again.code).toBe(0);
  const told = await box.run('compare', one, 'two-seeds', '--json');
  expect(told.code).toBe(0);
  expect(JSON.stringify(JSON.parse(told.out))).toContain('two-seeds');
  expect((await box.run('compare', 'two-seeds')).err).toContain('name with --group a setting');
  expect((await box.run('compare', one, other)).code).toBe(0);
});

test('runs that differ in seeds stand as one: those of a sweep, or more than six by name', async () => {
  const sweep = 'yang-tiny-heads';
  const text = await box.run('compare', sweep);
  expect(text).toMatchObject({ code: 0, err: '' });
  expect(text.out).toMatch(/^at the end: mean ± sd over runs, × the best \(✓\) +heads 2 +heads 4$/m);
  expect(text.out).toMatch(/^runs +4 +4$/m);
  expect(text.out).toMatch(/^Loss on held-out prompts +[\d.e-]+ ± [\d.e-]+ .*×1\.00 +✓/m);
  expect(text.out).toMatch(/^model\.heads +2 +4$/m);
  expect(text.out).not.toMatch(/^seed /m);

  const eight = [2, 4].flatMap((heads) => [0, 1, 2, 3].map((seed) => `${sweep}/heads-${heads}_seed-${seed}`));
  const named = JSON.parse((await box.run('compare', ...eight, '--group', 'heads', '--json')).out);
  expect(named).toEqual(JSON.parse((await box.run('compare', sweep, '--json')).out));
  const [two, four] = named.runs;
  expect([two.name, two.runs, two.seeds]).toEqual(['heads 2', eight.slice(0, 4), [0, 1, 2, 3]]);
  const alone = JSON.parse((await box.run('compare', ...eight.slice(0, 4), '--json')).out);
  const losses: number[] = alone.runs.map((run: typeof two) => run.metrics.eval_loss.mean);
  const { mean: centre, sd, n, ratio, best } = two.metrics.eval_loss;
  expect(centre).toBeCloseTo(mean(losses), 12);
  expect(sd).toBeCloseTo(std(losses)!, 12);
  expect([n, ratio]).toEqual([4, best ? 1 : centre / four.metrics.eval_loss.mean]);

  const csv = (await box.run('compare', sweep, '--csv')).out.split('\n');
  expect(csv[0]).toBe('metric,group,mean,sd,n,ratio,best');
  expect((await box.run('compare', sweep, '--svg', 'groups.svg')).code).toBe(0);
  const svg = readFileSync(join(box.folder, 'groups.svg'), 'utf8');
  expect(svg.match(/fill-opacity="0.18"/g)).toHaveLength(4);
  expect(svg.replace(/base64,[^"]+/g, '')).not.toMatch(/NaN|undefined|Infinity/);
  const folded = await box.run('compare', sweep, '--group', 'seed');
  expect(folded.err).toBe('note: means are over model.heads as well; --group model.heads tells them apart\n');
}, 60_000);

test('snapshots of one run are told apart by their steps', async () => {
  await box.run('train', '--resume', 'snapshots/small/step-00000060.safetensors', '--steps', '80', '--name', 'more');
  const files = ['snapshots/small/step-00000060.safetensors', 'snapshots/more/step-00000080.safetensors'];
  const { runs: listed } = JSON.parse((await box.run('compare', files[0]!, files[0]!, files[1]!, '--json')).out);
  expect(listed.map(({ name }: { name: string }) => name)).toEqual(['small@60', 'small@60 (2)', 'more']);
}, 30_000);

test('a file without a checksum shows what its training measured, and says so', async () => {
  const path = join(box.folder, 'snapshots/small/step-00000060.safetensors');
  const { header, tensors } = decodeSafetensors(readFileSync(path), path);
  const { sha256: _, ...metadata } = Object.fromEntries(header.metadata);
  writeFileSync(join(box.folder, 'edited.safetensors'), encodeSafetensors(Object.fromEntries(tensors), metadata));
  const { code, out, err } = await box.run('compare', 'edited.safetensors', 'large', '--json');
  expect(code).toBe(0);
  expect(err).toMatch(/^note: small: it carries no checksum .* metrics are those of the original training; [^\n]*\n$/);
  const [edited, large] = JSON.parse(out).runs;
  expect(edited.notices).toEqual([expect.stringContaining('original training')]);
  expect(large).not.toHaveProperty('notices');
});

test('a picture as SVG and PNG', async () => {
  const { code, err } = await box.run('compare', ...runs, '--svg', 'out.svg', '--png', 'out.png');
  expect(code).toBe(0);
  expect(err).toBe('out.svg\nout.png\n');
  const svg = readFileSync(join(box.folder, 'out.svg'), 'utf8');
  for (const word of ['small', 'large', 'In-domain', 'model.heads', 'Attention, one scale'])
    expect(svg).toContain(word);
  expect(svg.replace(/base64,[^"]+/g, '')).not.toMatch(/NaN|undefined|Infinity/);
  expect(svg.match(/<image /g)!.length).toBe(4 + 8 + 1);
  const png = readFileSync(join(box.folder, 'out.png'));
  expect(png.subarray(0, 8)).toEqual(Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]));
  expect(png.readUInt32BE(16)).toBe(2400);
});

test('a machine without fonts is known by it', () => {
  expect(canDrawWords(false)).toBe(false);
});

test('the patterns inside a picture are whole PNG files', async () => {
  await box.run('compare', ...runs, '--svg', 'inside.svg');
  const svg = readFileSync(join(box.folder, 'inside.svg'), 'utf8');
  const [, data] = /base64,([^"]+)"/.exec(svg)!;
  const png = Buffer.from(data!, 'base64');
  const [width, height] = [png.readUInt32BE(16), png.readUInt32BE(20)];
  const length = png.readUInt32BE(33);
  expect(png.toString('latin1', 37, 41)).toBe('IDAT');
  expect(inflateSync(png.subarray(41, 41 + length))).toHaveLength(height * (1 + 3 * width));
});

test('too few, unknown and unreadable runs: one line each', async () => {
  writeFileSync(join(box.folder, 'broken.safetensors'), 'nothing');
  for (const [words, line] of [
    [['small'], /compare takes 2 to 6 runs or snapshots; you named 1/],
    [['small', 'lrge'], /no such run or snapshot.*large/],
    [['yang-tiny-heads', '--group', 'task.noise'], /2 to 6 groups; these runs are 1 by task\.noise; name with --group/],
    [['yang-tiny-heads', '--group', 'model.head'], /--group: these runs have no setting model\.head; .*model\.heads/],
    [
      ['yang-tiny-heads', '--group', 'heads', '--group', 'seed'],
      /these runs are 8 by model\.heads, seed; group by fewer/,
    ],
    [['small', 'broken.safetensors'], /broken\.safetensors: only 7 bytes long/],
    [[...runs, '--json', '--csv'], /--json and --csv do not go together/],
    [[...runs, '--png', 'none/out.png'], /none\/out\.png: its folder is not there; make the folder or name another/],
    [[...runs, '--svg', '.'], /: is a folder; name a file/],
  ] as const) {
    const { code, err } = await box.run('compare', ...words);
    expect(code).toBe(2);
    expect(err).toMatch(line);
    expect(err.trim().split('\n')).toHaveLength(1);
  }
});
