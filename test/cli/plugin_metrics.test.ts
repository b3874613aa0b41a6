import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { reduceRunEvents } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { update } from '../../src/ui/run/update.ts';
import { initialModel } from '../../src/ui/state/model.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { configuration } from '../plugins.ts';
import { rowsOn } from '../ui/fake_model.ts';
import { sandbox } from './program.ts';

const metric = `{ name: 'absolute_error', title: 'Mean absolute error', short: 'abs error', better: 'lower', role: 'in_domain', headline: true }`;
const plugin = (metrics: string) => `
export const task = ({ tasks, exactly }) => {
  const known = tasks.get('linear_regression');
  const measured = (task) => ({ ...task, evaluation: { ...task.evaluation,
    measure: (outputs) => ({ ...task.evaluation.measure(outputs), absolute_error: exactly(0.5) }) } });
  return { ...known, name: 'mine', title: 'Mine', metrics: ${metrics},
    charts: [{ name: 'errors', title: 'absolute errors', curves: [{ role: 'value', names: ['absolute_error'] }] }],
    create: (...given) => measured(known.create(...given)) };
};
`;

const box = sandbox();
afterAll(() => box.remove());
const write = (name: string, text: string) => writeFileSync(join(box.folder, name), text);
const train = (name: string, ...words: string[]) =>
  box.run('train', 'mine.json', '--plugin', 'mine.js', '--steps', '40', '--name', name, ...words);

describe('a metric of a plugin', () => {
  let headless = '';
  beforeAll(async () => {
    write('mine.js', plugin(`[${metric}]`));
    write('mine.json', JSON.stringify({ ...configuration, screen: { curves: 'errors' } }));
    headless = (await train('one', '--headless')).out;
    await train('two', '--seed', '1');
  }, 120_000);

  it('is a column and a row of a run without a screen', () => {
    expect(headless).toMatch(/^ +step .*abs error/m);
    expect(headless).toMatch(/^Mean absolute error +0\.5/m);
  });

  it('has its title in comparisons, and its name in their files, without the plugin', async () => {
    const runs = ['snapshots/one', 'snapshots/two'];
    expect((await box.run('compare', ...runs)).out).toMatch(/^Mean absolute error +0\.5/m);
    expect((await box.run('compare', ...runs, '--csv')).out).toMatch(/^absolute_error,one,0\.5,/m);
    const { runs: told } = JSON.parse((await box.run('compare', ...runs, '--json')).out);
    expect(told[0].metrics.absolute_error).toMatchObject({ mean: 0.5, better: 'lower' });
  });

  it('is what its snapshots are listed by, without the plugin', async () => {
    expect((await box.run('snapshots', 'list')).out).toContain('best abs error 0.5');
  });

  it('has its title and its chart on the screen', () => {
    const lines = readFileSync(join(box.folder, 'snapshots/one/journal.jsonl'), 'utf8').trim().split('\n');
    const run = reduceRunEvents(
      emptyRun,
      lines.map((line) => JSON.parse(line) as RunEvent),
    );
    const empty = initialModel({ columns: 200, rows: 60 }, chooseLook({ LANG: 'C.UTF-8', NO_COLOR: '1' }));
    const { model } = update(empty, { type: 'run', run });
    const text = rowsOn(model).join('\n');
    expect(text).toContain('absolute errors');
    expect(text).toContain('Mean absolute error');
  });
});

it.each([
  ['no title', `[{ name: 'x', short: 'x', better: 'lower', role: 'other' }]`, 'metrics[0].title is missing'],
  ['another role', `[${metric.replace('in_domain', 'mine')}]`, 'metrics[0].role is the text "mine"'],
  ['a name with spaces', `[${metric.replace('absolute_error', 'my error')}]`, 'metrics[0].name is the text "my error"'],
  ['a headline that rises', `[${metric.replace('lower', 'higher')}]`, 'metrics[0].better is the text "higher"'],
  ['no list', `'absolute_error'`, 'metrics is the text "absolute_error"'],
])('metrics of a plugin are refused in one line: %s', async (_, metrics, message) => {
  write('mine.js', plugin(metrics));
  write('mine.json', JSON.stringify(configuration));
  const { code, err } = await train('refused');
  expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(err).toContain(`task mine.${message}`);
  expect(existsSync(join(box.folder, 'snapshots/refused'))).toBe(false);
});
