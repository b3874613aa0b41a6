import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sandbox } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());

const write = (name: string, text: string) => writeFileSync(join(box.folder, name), text);
const settings = (...all: string[]) => all.flatMap((setting) => ['--set', setting]);

/** Rows of RFC 4180, as any reader of CSV understands them. */
function rowsOf(text: string): string[][] {
  const rows: string[][] = [[]];
  for (const [, quoted, bare, end] of text.trimEnd().matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    rows.at(-1)!.push(quoted === undefined ? bare! : quoted.replaceAll('""', '"'));
    if (end === '\n') rows.push([]);
    if (end === '') break;
  }
  return rows;
}

const columnOf = (name: string, [head, ...rows]: readonly string[][]) => rows.map((row) => row[head!.indexOf(name)]!);

const small = settings('model.width=16', 'model.layers=1', 'train.batch=4', 'evaluate.prompts=20');

beforeAll(async () => {
  const words = ['--steps', '10', '--name', 'small', '--threads', '1', '--headless'];
  expect((await box.run('train', 'garg-linear-small', ...small, ...words)).code).toBe(0);
}, 60_000);

describe('CSV', () => {
  it('holds words as words', async () => {
    const { out } = await box.run('eval', 'small', '--over', 'task.shift=none,skewed', '--no-baselines', '--csv');
    expect(new Set(columnOf('task.shift', rowsOf(out)))).toEqual(new Set(['none', 'skewed']));
  });
});

describe('a setting that is given twice', () => {
  it.each([
    [['train', 'yang-tiny', '--headless', ...settings('train.batch=2', 'train.batch=3')], 'train.batch'],
    [['train', 'yang-tiny', '--headless', '--steps', '2', ...settings('train.steps=3')], 'train.steps'],
    [['eval', 'small', ...settings('seed=1', 'seed=2')], 'seed'],
    [['eval', 'small', '--over', 'task.noise=1,2', ...settings('task.noise=2')], 'task.noise'],
    [['eval', 'small', '--over', 'task.noise=1,2', '--over', 'task.noise=3'], 'task.noise'],
    [['prune', 'small', '--fraction', '0.1', ...settings('seed=1', 'seed=2')], 'seed'],
    [['theory', ...settings('task.noise=1', 'task.noise=2')], 'task.noise'],
    [['theory', '--over', 'task.noise=1,2', ...settings('task.noise=2')], 'task.noise'],
    [['presets', 'show', 'yang-tiny', ...settings('seed=1', 'seed=2')], 'seed'],
  ])('is refused: %j', async (words, path) => {
    const { code, out, err } = await box.run(...words);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toMatch(new RegExp(`^incline: .*${path.replace('.', '\\.')} is given twice.*\n$`));
  });
});

it('the table of progress has the held-out error, whatever is measured first', async () => {
  write(
    'lines.js',
    `const f = { kind: 'regression', power: 1 / 3, references: [{ name: 'zero' }],
  draw: (s) => { const a = s.uniform(); return ([x]) => a * x; } };
export const task = ({ z, functionKeys, functionTask }) =>
  functionTask({ name: 'lines', title: 'Lines', schema: z.strictObject(functionKeys(6)), functions: () => f });`,
  );
  const config = {
    task: { name: 'lines', dim: 1 },
    model: { name: 'decoder', width: 16, mlp_width: 16, heads: 2, layers: 1 },
    train: { learning_rate: 0.003, steps: 30, batch: 16 },
    evaluate: { every: 10, prompts: 50 },
  };
  write('lines.json', JSON.stringify(config));
  const { code, out } = await box.run('train', 'lines.json', '--plugin', 'lines.js', '--headless', '--name', 'lines');
  expect(code).toBe(0);
  const [progress] = out.split('\n\n');
  const table = progress!.split('\n').filter((line) => /^ {4,}(step|[\d,]+) /.test(line));
  expect(table[0]).toMatch(/step +train +last point$/);
  for (const row of table.slice(1)) expect(row).toMatch(/\d$/);
  expect(table.at(-1)).toMatch(/^ +30 +[\d.e-]+ +[\d.e-]+$/);
});
