import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { createRunFolder } from '../../src/store/run_folder.ts';
import { hostRun } from '../../src/trainer/host.ts';
import { setPluginPatience } from '../../src/trainer/plugins/guard.ts';
import { loadPlugin } from '../../src/trainer/plugins/plugins.ts';
import { configuration, draw, label, model, task, training } from '../plugins.ts';

const folder = mkdtempSync(join(tmpdir(), 'incline-plugin-runs-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
setPluginPatience(0.5);

let count = 0;

/** Trains with a plugin until it fails. @returns its file, the run's folder, and what is said */
async function failing(text: string): Promise<{ readonly file: string; readonly run: string; readonly said: string }> {
  const name = `mine${++count}`;
  const file = join(folder, `${name}.js`);
  writeFileSync(file, text.replaceAll(`'mine'`, `'${name}'`));
  await loadPlugin(file);
  const own = text.includes('export const model') ? { model: { name } } : {};
  const raw = { ...configuration, task: { ...configuration.task, name }, ...own, device: 'cpu' };
  const { config } = resolveConfig(raw, file, []);
  const started = new Date().toISOString();
  const run = await createRunFolder(folder, { v: 1, run: name, config, seed: config.seed, started, source: file });
  const said = await hostRun(run, { unattended: true, spareCore: false })
    .then(({ result }) => result)
    .then(
      () => 'nothing',
      ({ message }: Error) => message,
    );
  return { file, run, said };
}

it.each<[string, string, RegExp]>([
  [
    'throws in draw',
    draw(`throw new Error('my own mistake')`),
    /\.js:7: drawing for step \d+ failed in draw \(Error: my own mistake\)/,
  ],
  [
    'throws in a label function',
    label(`missing.at(0)`),
    /\.js:5: drawing for step \d+ failed .*\(ReferenceError: missing is not defined\)/,
  ],
  ['throws words', draw(`throw 'words'`), /\.js: drawing for step \d+ failed \('words'\)/],
  ['throws null', draw('throw null'), /\.js: drawing for step \d+ failed \(null\)/],
  [
    'gives NaN',
    label('NaN'),
    /\.js:5: drawing for step \d+: the label of point \d of prompt \d is NaN; expected a finite number/,
  ],
  [
    'loops for ever in draw',
    draw('for (;;);'),
    /no step for [\d.]+ s: drawing for step \d+ hangs in .*mine\d+\.js:5; if it is only slow/,
  ],
  [
    'waits for ever in draw',
    draw('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
    /no step for [\d.]+ s: drawing/,
  ],
  [
    'gives too few numbers',
    training('{ ...drawn, target: drawn.target.slice(1) }'),
    /target\.length is 15; expected 16 numbers/,
  ],
  [
    'gives an input that is no number',
    training('{ ...drawn, tokens: drawn.tokens.fill(NaN, 10, 11) }'),
    /tokens\[prompt 1, token 3, feature 0\] is NaN; expected a finite number/,
  ],
  [
    'throws in the evaluation',
    task(`{ ...task, evaluation: { ...task.evaluation, measure(outputs) {
        if (++late > 3) throw new TypeError('cannot measure');
        return task.evaluation.measure(outputs);
      } } }`),
    /\.js:5: the evaluation failed in measure \(TypeError: cannot measure\)/,
  ],
  [
    'loops for ever in the evaluation',
    task(
      `{ ...task, evaluation: { ...task.evaluation, measure: (outputs) => { if (++late > 3) for (;;); return task.evaluation.measure(outputs); } } }`,
    ),
    /no step for [\d.]+ s: the evaluation hangs in/,
  ],
])('a plugin that %s ends its run in a line that names it, saved as of the last step', async (_, text, message) => {
  const { file, run, said } = await failing(text);
  expect(said).toMatch(message);
  expect(said).toContain(file);
  expect(said).not.toMatch(/learning rate|\n/);
  const journal = readFileSync(join(run, 'journal.jsonl'), 'utf8').trim().split('\n');
  const events = journal.map((line) => JSON.parse(line));
  const last = events.findLast(({ type }) => type === 'metrics').step;
  expect(last).toBeGreaterThan(0);
  const failed = events.at(-1);
  expect(failed).toMatchObject({ type: 'run_failed', step: last, message: said });
  expect((await readSnapshot(join(run, failed.snapshot))).snapshot.step).toBe(last);
  expect(said).toContain(`step ${last} is saved; go on with: npx incline train --resume ${join(run, failed.snapshot)}`);
});

it.each<[string, string, RegExp]>([
  [
    'throws in forward',
    model(`{ ...model, forward() { throw new Error('backward'); } }`),
    /\.js:4: recording the model failed in forward \(Error: backward\)/,
  ],
  [
    'loops for ever in forward',
    model('{ ...model, forward() { for (;;); } }'),
    /no step for [\d.]+ s: recording the model hangs in/,
  ],
])('a model that %s does not start', async (_, text, message) => {
  const { file, said } = await failing(text);
  expect(said).toMatch(message);
  expect(said).toContain(file);
});
