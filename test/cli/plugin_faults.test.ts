import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { configuration, draw, functions, label, task } from '../plugins.ts';
import { finished, killTrainers, sandbox, until } from './program.ts';
import { TerminalSession } from './terminal.ts';

const box = sandbox();
afterAll(() => {
  killTrainers(box.folder);
  box.remove();
});

let count = 0;
/** Writes a plugin and a configuration for it; each has a name of its own, as runs do. */
function write(text: string): string {
  const name = `plugin${++count}`;
  writeFileSync(join(box.folder, `${name}.js`), text);
  writeFileSync(join(box.folder, `${name}.json`), JSON.stringify(configuration));
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
  expect(lastLine(err)).toContain(`step ${last} is saved; go on with: npx incline train --resume `);
  expect(code).toBe(2);
  expect(
    readdirSync(box.folder, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.sock')),
  ).toEqual([]);
}

describe('a plugin that fails once training is under way ends the run in a line that names it, saved', () => {
  it.each<[string, string, RegExp]>([
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
  ])('%s', async (_, text, message) => {
    const name = write(text);
    const ended = await box.run(...words(name), ...patience, '--headless');
    expect(ended.err).toMatch(message);
    expect(ended.err).toContain(join(box.folder, `${name}.js`));
    expect(ended.err.trim().split('\n')).toHaveLength(1);
    await expectSaved(name, ended);
  });

  it('in JSON, with the snapshot named, from which it goes on once the file is mended', async () => {
    const name = write(draw(`throw new Error('my own mistake')`));
    const ended = await box.run(...words(name), '--json');
    await expectSaved(name, ended);
    const events = ended.out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.at(-1)).toMatchObject({ type: 'run_failed', message: expect.stringContaining(`${name}.js:7`) });

    writeFileSync(join(box.folder, `${name}.js`), draw('late = 0'));
    const command = /go on with: npx incline (.*)$/.exec(ended.err.trim())![1]!.split(' ');
    const on = await box.run(...command, '--steps', '300', '--headless', '--name', `${name}-on`);
    expect(on.code).toBe(0);
    expect(on.out).toMatch(
      new RegExp(`${name}\\.js is no longer the plugin that ${name} was made with; taken as it is`),
    );
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
});

it('a plugin whose comparison never ends is told of, and the run goes on', async () => {
  const text = functions('draw: () => ([x]) => x');
  const name = write(text.replace(`{ name: 'zero' }`, `{ name: 'nearest_3', seen() { for (;;); } }`));
  // Comparisons take a fifth of the time: the run must last until they come to this one.
  const ended = await box.run(...words(name), ...patience, '--headless', '--steps', '4000');
  expect(ended.out).toMatch(/a comparison failed: no step for [\d.]+ s: a comparison hangs in/);
  expect(ended).toMatchObject({ code: 0, err: '' });
}, 120_000);

describe('a plugin that cannot be set up is refused in a line that names it, before anything is written', () => {
  it.each<[string, string, RegExp]>([
    ['loops for ever in create', task('(() => { for (;;); })()'), /no step for [\d.]+ s: set-up hangs in .*\.js/],
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

  it('throws in a timer of its set-up', async () => {
    const name = write(task(`(setTimeout(() => { throw new Error('later') }), task)`));
    const ended = await box.run(...words(name), '--headless');
    expect(ended.err).toMatch(
      new RegExp(`^incline: \\S*${name}\\.js:4: a function of it failed \\(Error: later\\)\\n$`),
    );
    expect(ended.code).toBe(2);
    expect(existsSync(join(box.folder, 'snapshots', name))).toBe(false);
    expect(
      readdirSync(box.folder, { recursive: true, encoding: 'utf8' }).filter((file) =>
        /incline\/[0-9a-f]{12}\.(json|sock)$/.test(file),
      ),
    ).toEqual([]);
  });

  it('a mistake in the syntax of a file that it imports, with its line', async () => {
    writeFileSync(join(box.folder, 'part.js'), 'export const a = 1;\n\nexport const b = ];\n');
    const { err, code } = await box.run(...words(write(`import { a } from './part.js';\n${functions('')}`)));
    expect(err).toMatch(/part\.js:3: this plugin does not load \(SyntaxError/);
    expect(code).toBe(2);
  });
});

describe('what a plugin writes', () => {
  it('leaves standard output to the program, and what it leaves running does not keep it', async () => {
    const before = `import { writeSync } from 'node:fs';\nwriteSync(1, 'at once\\n');\nsetInterval(() => {}, 1000);\n`;
    const name = write(
      `${before}${draw(
        `late > 803 || (console.log('drawn', late), process.stdout.write('raw \\u001b[2J'), writeSync(1, 'bare\\n'), setTimeout(() => console.log('later')))`,
      )}`,
    );
    const { out, err, code } = await box.run(...words(name), '--json', '--steps', '300');
    for (const line of out.trim().split('\n')) expect(JSON.parse(line)).toHaveProperty('type');
    expect(err).toContain(`${name}.js: drawn 801\n${name}.js: raw \ufffd[2J\nbare\n`);
    expect(err.match(/^.*descriptor 1.*$/gm)).toEqual([
      `${name}.js: what it writes to descriptor 1 goes to standard error (${join(box.folder, name)}.js:2)`,
    ]);
    expect(err).toContain('at once\n');
    expect(err).toContain(`${name}.js: later\n`);
    expect(code).toBe(0);
  });

  it('is bounded', async () => {
    const name = write(draw(`console.log('x'.repeat(10_000))`));
    const { err, code } = await box.run(...words(name), '--headless', '--steps', '600');
    expect(err.split('\n').length).toBeLessThan(1010);
    expect(err.length).toBeLessThan(2_100_000);
    expect(lastLine(err)).toMatch(/left out/);
    expect(code).toBe(0);
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

  it('and a stop says meanwhile what it may be within, and then what it was', async () => {
    const name = write(draw(`{ console.log('hanging'); for (;;); }`));
    expect(await box.run(...words(name), '--plugin-patience', '6', '--detach')).toMatchObject({ code: 0 });
    const log = join(box.folder, 'snapshots', name, 'trainer.log');
    await until(() => readFileSync(log, 'utf8').includes('hanging'));
    const { code, out, err } = await box.run('stop', name);
    expect(err).toMatch(
      new RegExp(`^waiting for process \\d+ of .* a call of ${name}\\.js that does not return is cut off`),
    );
    expect(out, err).toMatch(
      new RegExp(
        `^${name}: no step for \\d+ s: drawing for step \\d+ hangs in \\S*${name}\\.js:5; .* is saved; go on with`,
      ),
    );
    expect({ code, lines: [err, out].map((text) => text.split('\n').length) }).toEqual({ code: 0, lines: [2, 2] });
  });

  it('that stops the process for a while is no hang', async () => {
    const name = write(draw('0'));
    const child = box.start(...words(name), ...patience, '--headless', '--steps', '1200');
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

it('a trainer that its native code ends is told of on the screen: the signal, the plugin, what is kept', async () => {
  const name = write(draw(`late > 801 || process.kill(process.pid, 'SIGSEGV')`));
  const screen = TerminalSession.open(box.folder, box.environment, [...words(name), '--set', 'snapshot.every=50']);
  try {
    await screen.see(
      /✕ the trainer was ended by SIGSEGV, maybe by native code of plugin\d+\.js; step \d+ is kept/,
      30_000,
    );
    screen.press('q');
    await screen.exit();
    expect(screen.text).toMatch(/failed: the trainer was ended by SIGSEGV/);
    expect(screen.text).toMatch(new RegExp(`go on +npx incline train --resume snapshots/${name}/`));
  } finally {
    screen.kill();
  }
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
