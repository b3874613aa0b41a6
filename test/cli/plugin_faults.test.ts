import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { configuration, draw, functions, label, model, task, training } from '../plugins.ts';
import { finished, killTrainers, sandbox, until } from './program.ts';

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

let count = 0;
/** Writes a plugin and a configuration for it; each has a name of its own, as runs do. */
function write(text: string, model: object = configuration.model): string {
  const name = `plugin${++count}`;
  writeFileSync(join(box.folder, `${name}.js`), text);
  writeFileSync(join(box.folder, `${name}.json`), JSON.stringify({ ...configuration, model }));
  return name;
}

const words = (name: string) => ['train', `${name}.json`, '--plugin', `${name}.js`, '--name', name];
/** Seconds that tests give a plugin. */
const patience = ['--plugin-patience', '0.5'];

/** The program's own line about a fault; whatever a plugin writes stands before it. */
const lastLine = (err: string) => err.trim().split('\n').at(-1)!;

/** What every fault after the start must leave: a line, a status, and the state of the last finished step. */
async function expectSaved(name: string, { code, err }: { code: number | null; err: string }): Promise<void> {
  expect(err).not.toMatch(/bug|\n {4}at |learning rate/);
  const journal = readFileSync(join(box.folder, 'snapshots', name, 'journal.jsonl'), 'utf8');
  const events = journal
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));
  const failed = events.at(-1);
  expect(failed).toMatchObject({ type: 'run_failed', snapshot: expect.stringMatching(/safetensors$/) });
  const last = events.findLast(({ type }) => type === 'metrics').step;
  expect(last).toBeGreaterThan(0);
  expect(failed.step).toBe(last);
  const { snapshot } = await readSnapshot(join(box.folder, 'snapshots', name, failed.snapshot));
  expect(snapshot.step).toBe(last);
  expect(lastLine(err)).toContain(`step ${last} is saved; go on with: incline train --resume `);
  expect(code).toBe(2);
  expect(
    readdirSync(box.folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sock')),
  ).toEqual([]);
}

describe('a plugin that fails once training is under way ends the run in a line that names it, saved', () => {
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
      /\.js: drawing for step \d+: the label of point \d of prompt \d is NaN; expected a finite number/,
    ],
    [
      'loops for ever in draw',
      draw('for (;;);'),
      /no step for [\d.]+ s: drawing for step \d+ hangs in .*plugin\d+\.js; if it is only slow/,
    ],
    [
      'waits for ever in draw',
      draw('Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)'),
      /no step for [\d.]+ s: drawing/,
    ],
    ['ends the process', draw('process.exit(0)'), /\.js:7: it calls process\.exit\(0\)/],
    [
      'rejects a promise that nobody awaits',
      draw(`late > 801 || Promise.reject(new Error('late'))`),
      /\.js:7: a function of it failed in draw \(Error: late\)/,
    ],
    [
      'throws in a timer',
      draw(`late > 801 || setTimeout(() => { throw new Error('later') })`),
      /\.js:7: a function of it failed \(Error: later\)/,
    ],
    [
      'throws null in a timer',
      draw('late > 801 || setTimeout(() => { throw null })'),
      /\.js: a function of it failed \(null\)/,
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
  ])('%s', async (_, text, message) => {
    const name = write(text);
    const ended = await box.run(...words(name), ...patience, '--headless');
    expect(ended.err).toMatch(message);
    expect(ended.err).toContain(join(box.folder, `${name}.js`));
    expect(ended.err.trim().split('\n')).toHaveLength(1);
    await expectSaved(name, ended);
  });

  it('in JSON, with the snapshot named', async () => {
    const name = write(draw(`throw new Error('my own mistake')`));
    const ended = await box.run(...words(name), '--json');
    await expectSaved(name, ended);
    const events = ended.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: 'run_failed', message: expect.stringContaining(`${name}.js:7`) });
  });

  it('in the background, where it is in the log and the journal', async () => {
    const name = write(draw('for (;;);'));
    expect(await box.run(...words(name), ...patience, '--detach')).toMatchObject({ code: 0 });
    const log = () => readFileSync(join(box.folder, 'snapshots', name, 'trainer.log'), 'utf8');
    await until(() => log() !== '');
    await expectSaved(name, { code: 2, err: log() });
  });

  it('a trainer that it aborts while it starts is told with the signal and the plugin', async () => {
    const name = write(`if (process.argv[2] === 'trainer') process.abort();\n${label('0')}`);
    const { code, err } = await box.run(...words(name), '--detach');
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(err).toMatch(
      new RegExp(`ended by SIGABRT before training began; native code of \\S*${name}\\.js may be why`),
    );
  });

  it('and what was saved goes on once the file is mended', async () => {
    const name = write(draw(`throw new Error('my own mistake')`));
    const { err } = await box.run(...words(name), '--headless');
    write(draw('late = 0'));
    writeFileSync(join(box.folder, `${name}.js`), draw('late = 0'));
    const command = /go on with: incline (.*)$/.exec(err.trim())![1]!.split(' ');
    const on = await box.run(...command, '--steps', '2000', '--headless', '--name', `${name}-on`);
    expect(on.code).toBe(0);
    expect(on.out).toMatch(
      new RegExp(`${name}\\.js is no longer the plugin that ${name} was made with; taken as it is`),
    );
  });
});

describe('a plugin that fails beside the run is said, and the run goes on', () => {
  it.each<[string, string, RegExp]>([
    [
      'in a comparison',
      functions('draw: () => ([x]) => x').replace(
        `{ name: 'zero' }`,
        `{ name: 'nearest_3', seen() { throw new Error('unseen'); } }`,
      ),
      /20 of 20 prompts left out: .*\.js:4: a comparison failed in seen \(Error: unseen\)/,
    ],
    [
      'in a comparison that never ends',
      functions('draw: () => ([x]) => x').replace(`{ name: 'zero' }`, `{ name: 'nearest_3', seen() { for (;;); } }`),
      /a comparison failed: no step for [\d.]+ s: a comparison hangs in/,
    ],
  ])('%s', async (_, text, message) => {
    const name = write(text);
    // Comparisons take a fifth of the time: the run must last until they come to this one.
    const ended = await box.run(...words(name), ...patience, '--headless', '--steps', '4000');
    expect(ended.out).toMatch(message);
    expect(ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('a plugin that cannot be set up is refused in a line that names it, before anything is written', () => {
  const hangs = 'no step for [\\d.]+ s: ';
  it.each<[string, string, RegExp]>([
    ['loops for ever while it loads', 'for (;;);', new RegExp(`${hangs}loading hangs in .*\\.js`)],
    [
      'waits for ever while it loads',
      'await new Promise(() => setInterval(() => {}, 100)); export const task = 1;',
      new RegExp(`${hangs}loading hangs in .*\\.js`),
    ],
    [
      'loops for ever in its function',
      'export const task = () => { for (;;); };',
      new RegExp(`${hangs}its function task hangs in`),
    ],
    ['loops for ever in create', task('(() => { for (;;); })()'), new RegExp(`${hangs}set-up hangs in .*\\.js`)],
    [
      'has a mistake in its syntax',
      'export const task = 1;\nconst a = ;',
      /\.js:2: this plugin does not load \(SyntaxError: Unexpected token ';'\)/,
    ],
    ['imports what is not there', `import './gone.js';`, /does not load \(Error: Cannot find module/],
    [
      'has no power',
      functions('draw: () => ([x]) => x, power: undefined'),
      /what functions gave\.power is missing; expected a finite number/,
    ],
    [
      'has labels that are no numbers from the start',
      functions('draw: () => () => NaN'),
      /\.js: set-up: the label of point 0 of prompt 0 is NaN/,
    ],
    [
      'has a schema that throws',
      functions('draw: () => ([x]) => x').replace(
        'functionKeys(4))',
        `functionKeys(4)).refine(() => { throw new Error('no'); })`,
      ),
      /\.js:8: a function of it failed in fn \(Error: no\)/,
    ],
  ])('%s', async (_, text, message) => {
    const name = write(text);
    const ended = await box.run(...words(name), ...patience, '--headless');
    expect(ended.err).toMatch(message);
    expect(ended.err).toContain(join(box.folder, `${name}.js`));
    expect(ended).toMatchObject({ code: 2, out: '' });
    expect(ended.err.trim().split('\n')).toHaveLength(1);
    expect(ended.err).not.toMatch(/bug/);
    expect(
      readdirSync(box.folder).includes('snapshots') && readdirSync(join(box.folder, 'snapshots')).includes(name),
    ).toBe(false);
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
      new RegExp(`${hangs}recording the model hangs in`),
    ],
  ])('a model that %s', async (_, text, message) => {
    const name = write(text, { name: 'mine' });
    const ended = await box.run(...words(name), ...patience, '--headless');
    expect(ended.err).toMatch(message);
    expect(ended.err).toContain(join(box.folder, `${name}.js`));
    expect(ended.code).toBe(2);
    expect(ended.err).not.toMatch(/bug/);
  });

  it('a mistake in the syntax of a file that it imports, with its line', async () => {
    writeFileSync(join(box.folder, 'part.js'), 'export const a = 1;\n\nexport const b = ];\n');
    const { err, code } = await box.run(...words(write(`import { a } from './part.js';\n${functions('')}`)));
    expect(err).toMatch(/part\.js:3: this plugin does not load \(SyntaxError/);
    expect(code).toBe(2);
  });
});

describe('what a plugin writes', () => {
  it('leaves standard output to the program', async () => {
    const name = write(
      draw(
        `late > 803 || (console.log('drawn', late), process.stdout.write('raw \\u001b[2J'), setTimeout(() => console.log('later')))`,
      ),
    );
    const { out, err, code } = await box.run(...words(name), '--json', '--steps', '600');
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
    expect(err).toContain(`${name}.js: drawn 801\n${name}.js: raw \ufffd[2J\n`);
    expect(err).toContain(`${name}.js: later\n`);
    expect(code).toBe(0);
  });

  it('is bounded', async () => {
    const name = write(draw(`console.log('x'.repeat(10_000))`));
    const { err, code } = await box.run(...words(name), '--headless', '--steps', '1000');
    expect(err.split('\n').length).toBeLessThan(1010);
    expect(err.length).toBeLessThan(2_100_000);
    expect(lastLine(err)).toMatch(/left out/);
    expect(code).toBe(0);
  });

  it('and leaves running does not keep the program', async () => {
    const name = write(`setInterval(() => {}, 1000);\n${draw('0')}`);
    expect(await box.run(...words(name), '--headless', '--steps', '20')).toMatchObject({ code: 0 });
  });
});

describe('a signal', () => {
  it('ends a run whose plugin hangs, once its time is over', async () => {
    const name = write(draw(`{ console.log('hanging'); for (;;); }`));
    const child = box.start(...words(name), '--plugin-patience', '2', '--headless');
    const ended = finished(child);
    let hangs = false;
    child.stderr!.on('data', (chunk) => {
      hangs ||= String(chunk).includes('hanging');
    });
    await until(() => hangs, 30_000);
    child.kill('SIGTERM');
    await expectSaved(name, await ended);
  });

  it('that stops the process for a while is no hang', async () => {
    const name = write(draw('0'));
    const child = box.start(...words(name), ...patience, '--headless', '--steps', '3000');
    const ended = finished(child);
    for (let i = 0; i < 3; i++) {
      await new Promise((resolve) => setTimeout(resolve, 700));
      child.kill('SIGSTOP');
      await new Promise((resolve) => setTimeout(resolve, 700));
      child.kill('SIGCONT');
    }
    expect(await ended).toMatchObject({ code: 0, err: '' });
  });
});

describe('a file that a plugin imports', () => {
  const text = `import { gradient } from './gradient.js';\n${functions('draw: () => ([x]) => gradient * x')}`;

  it('is part of what a run was made with, by name, unless the user says otherwise', async () => {
    const name = write(text);
    writeFileSync(join(box.folder, 'gradient.js'), `export { gradient } from "./deep.js";`);
    writeFileSync(join(box.folder, 'deep.js'), 'export const gradient = 2;');
    expect(await box.run(...words(name), '--headless', '--steps', '20')).toMatchObject({ code: 0 });
    const [plugin] = JSON.parse(readFileSync(join(box.folder, 'snapshots', name, 'run.json'), 'utf8')).plugins;
    expect(Object.keys(plugin.imports)).toEqual(['deep.js', 'gradient.js']);
    const resume = ['train', '--resume', name, '--plugin', `${name}.js`, '--steps', '40', '--headless'];
    expect(await box.run(...resume, '--name', `${name}-same`)).toMatchObject({ code: 0 });

    writeFileSync(join(box.folder, 'deep.js'), 'export const gradient = 3;');
    const refused = await box.run(...resume);
    expect(refused.err).toMatch(
      /\.js: no longer the plugin that plugin\d+ was made with \(it imports deep\.js, sha256 .*--plugin-changed/,
    );
    expect(refused.code).toBe(2);

    const taken = await box.run(...resume, '--plugin-changed', '--name', `${name}-taken`);
    expect(taken).toMatchObject({ code: 0, err: '' });
    const journal = readFileSync(join(box.folder, 'snapshots', `${name}-taken`, 'journal.jsonl'), 'utf8');
    expect(journal).toMatch(
      /"kind":"notice","message":"[^"]*is no longer the plugin that plugin\d+ was made with; taken as it is"/,
    );
    const record = JSON.parse(readFileSync(join(box.folder, 'snapshots', `${name}-taken`, 'run.json'), 'utf8'));
    expect(record.plugins).toMatchObject([{ changed_since: name }]);
  });
});
