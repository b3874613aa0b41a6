import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, test } from 'vitest';
import { RandomStream } from '../../src/core/random.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { sandbox, until } from './program.ts';

const box = sandbox();
afterAll(() => box.remove());

const write = (name: string, text: string) => writeFileSync(join(box.folder, name), text);
const read = (...path: string[]) => readFileSync(join(box.folder, ...path), 'utf8');

/** A code block of a language in the page on plugins, the first unless said. */
function exampleOf(language: string, place = 0): string {
  const page = readFileSync(new URL('../../.docs/plugins.md', import.meta.url), 'utf8');
  return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))][place]![1]!;
}

const small = [
  'model.width=16',
  'model.layers=1',
  'train.batch=8',
  'train.schedule=constant',
  'evaluate.every=10',
  'task.curriculum.points_start=3',
  'task.curriculum.interval=4',
]
  .flatMap((setting) => ['--set', setting])
  .concat('--threads', '1');

describe("the page's task of one's own", () => {
  beforeAll(async () => {
    write('sine.js', exampleOf('js'));
    write('sine.json', exampleOf('json'));
    await box.run('train', 'sine.json', '--plugin', 'sine.js', ...small, '--steps', '30', '--name', 'whole');
    await box.run('train', 'sine.json', '--plugin', 'sine.js', ...small, '--steps', '10', '--name', 'part');
  }, 60_000);
  const part = 'snapshots/part/step-00000010.safetensors';

  it('trains, and is recorded with its path and hash', () => {
    expect(JSON.parse(read('snapshots/whole/run.json')).plugins).toEqual([
      { file: join(box.folder, 'sine.js'), sha256: expect.stringMatching(/^[0-9a-f]{64}$/), task: 'sine_regression' },
    ]);
  });

  it('has the labels that it says', async () => {
    const { out } = await box.run('eval', part, '--plugin', 'sine.js', '--prompts', '2000', '--json');
    const { metrics, theory } = JSON.parse(out);
    // The mean square of a·sin with a ~ U(0.5, 1.5) is (1/2)(13/12).
    expect(theory.initial_loss).toBeCloseTo(13 / 24, 10);
    const { mean, stderr } = metrics['baseline/zero/error_last'];
    expect(Math.abs(mean - 13 / 24)).toBeLessThan(4 * stderr);
    expect(metrics['baseline/nearest_3/error_last'].mean).toBeLessThan(0.3);
  });

  it('resumes to the same bytes', async () => {
    const words = ['--resume', part, '--plugin', 'sine.js', '--steps', '30', '--name', 'resumed'];
    expect((await box.run('train', ...words)).code).toBe(0);
    const at = (run: string) => readSnapshot(join(box.folder, `snapshots/${run}/step-00000030.safetensors`));
    const [whole, resumed] = [await at('whole'), await at('resumed')];
    expect(resumed.snapshot.params).toEqual(whole.snapshot.params);
    expect(resumed.snapshot.optimizer).toEqual(whole.snapshot.optimizer);
    expect(resumed.snapshot.history).toEqual(whole.snapshot.history);
  });

  it('is loaded by the trainer in the background too', async () => {
    const words = ['--plugin', 'sine.js', ...small, '--steps', '20', '--name', 'behind', '--detach'];
    expect(await box.run('train', 'sine.json', ...words)).toMatchObject({ code: 0 });
    await until(() => existsSync(join(box.folder, 'snapshots/behind/step-00000020.safetensors')));
    expect(read('snapshots/behind/trainer.log')).toBe('');
  });

  it('never runs unless the command line names it, whatever files say', async () => {
    write('marking.js', `import { writeFileSync } from 'node:fs';\nwriteFileSync('marked', '');\n${exampleOf('js')}`);
    await box.run('train', 'sine.json', '--plugin', 'marking.js', ...small, '--steps', '5', '--name', 'marking');
    expect(existsSync(join(box.folder, 'marked'))).toBe(true);
    rmSync(join(box.folder, 'marked'));
    const file = 'snapshots/marking/step-00000005.safetensors';
    for (const words of [
      ['train', '--resume', file, '--steps', '9'],
      ['eval', file],
      ['trainer', 'snapshots/marking'],
    ]) {
      const { code, err } = await box.run(...words);
      expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
      expect(err).toContain(`--plugin ${join(box.folder, 'marking.js')}`);
    }
    expect(existsSync(join(box.folder, 'marked'))).toBe(false);
  });

  it('is refused once it has changed, or is missing', async () => {
    write('changing.js', exampleOf('js'));
    await box.run('train', 'sine.json', '--plugin', 'changing.js', ...small, '--steps', '5', '--name', 'changing');
    const resume = ['train', '--resume', 'snapshots/changing/step-00000005.safetensors', '--steps', '9'];
    write('changing.js', exampleOf('js').replace('0.5 +', '0.75 +'));
    const changed = await box.run(...resume, '--plugin', 'changing.js');
    expect(changed.code).toBe(2);
    expect(changed.err).toMatch(
      /changing\.js: no longer the plugin that changing was made with .*restore that version/,
    );
    const verify = ['snapshots', 'verify', 'changing', '--plugin', 'changing.js'];
    const verified = await box.run(...verify);
    expect(verified.code).toBe(2);
    expect(verified.err).toMatch(
      /^incline: snapshots\/changing\/step-00000005\.safetensors: \S*changing\.js: no longer the plugin .*sha256 .*restore that version/m,
    );
    const taken = await box.run(...verify, '--plugin-changed');
    expect(taken.code).toBe(0);
    expect(taken.out).toMatch(
      /step-00000005\.safetensors: ok, but \S*changing\.js is no longer the plugin .*taken as it is$/m,
    );
    const gone = await box.run(...resume, '--plugin', 'gone.js');
    expect(gone.err).toMatch(/gone\.js: no such plugin/);
    expect(gone.code).toBe(2);
  });
});

test("the page's task of tokens trains, and its predictor has the loss that its rule has", async () => {
  write('days.js', exampleOf('js', 1));
  write('days.json', exampleOf('json').replace('"name": "sine_regression", "dim": 1', '"name": "days"'));
  const words = ['train', 'days.json', '--plugin', 'days.js', '--steps', '5', '--name', 'days', '--threads', '1'];
  expect(await box.run(...words, '--set', 'train.batch=4')).toMatchObject({ code: 0, err: '' });
  const { out } = await box.run('eval', 'days', '--plugin', 'days.js', '--prompts', '1000', '--json');
  const { mean, stderr } = JSON.parse(out).metrics['baseline/calendar/eval_loss'];
  const [next, other] = [0.9 + 0.1 / 7, 0.1 / 7];
  expect(Math.abs(mean - (-next * Math.log(next) - 6 * other * Math.log(other)))).toBeLessThan(4 * stderr);
});

describe("a model of one's own", () => {
  it('may vary one that there is', async () => {
    write(
      'narrow.mjs',
      `export default { model: ({ models, z }) => ({
        name: 'narrow',
        title: 'Decoder with one head',
        schema: z.strictObject({ width: z.int().default(8).describe('Width') }),
        create: ({ width }, task) => {
          const decoder = models.get('decoder');
          return decoder.create(decoder.schema.parse({ layers: 1, heads: 1, width, mlp_width: 8 }), task);
        },
      }) };`,
    );
    write('narrow.json', '{"task":{"name":"linear_regression","dim":2,"points":4},"model":{"name":"narrow"}}');
    const words = ['--plugin', 'narrow.mjs', '--steps', '5', '--name', 'narrow', '--set', 'train.batch=4'];
    expect(await box.run('train', 'narrow.json', ...words)).toMatchObject({ code: 0, err: '' });
    expect(JSON.parse(read('snapshots/narrow/run.json')).plugins).toMatchObject([{ model: 'narrow' }]);
    const { out } = await box.run('presets', 'show', 'narrow.json', '--plugin', 'narrow.mjs');
    expect(out).toMatch(/model\.width +8 +default +Width/);
  });
});

describe("the page's table of a stream's methods", () => {
  const text = readFileSync(new URL('../../.docs/plugins.md', import.meta.url), 'utf8');
  const told = [...text.matchAll(/^\| `stream\.(\w+)\(/gm)].map(([, name]) => name!);

  it('has every method that draws, and what it says of them holds', () => {
    const draws = Object.getOwnPropertyNames(RandomStream.prototype).filter(
      (name) => !['constructor', 'state', 'checkpoint'].includes(name),
    );
    expect(told.toSorted()).toEqual(draws.toSorted());
    const stream = RandomStream.named(0, 'readme');
    for (let i = 0; i < 100; i++) {
      expect(stream.uniform()).toBeGreaterThan(0);
      expect(stream.uniform()).toBeLessThan(1);
      expect([0, 1, 2]).toContain(stream.integer(3));
      expect(stream.gaussian()).not.toBeNaN();
    }
    const array = new Float32Array(3);
    expect(stream.fillGaussian(array)).toBe(array);
    expect(array.every((value) => value !== 0)).toBe(true);
    expect(stream.permutation(4)).toBeInstanceOf(Uint32Array);
    expect([...stream.permutation(4)].sort()).toEqual([0, 1, 2, 3]);
  });
});

describe('what is no plugin', () => {
  const create = 'create() { throw new TypeError("nothing here"); }';
  const whole = `name: 'mine', title: 'Mine', schema: z.strictObject({}), ${create}`;
  it.each([
    ['a syntax error', 'export const task = {', /does not load \(SyntaxError/],
    ['an error of its own', 'throw new Error("not today");', /does not load \(Error: not today\)/],
    ['nothing', 'export const other = 1;', /has no task and no model; expected an export named task or model/],
    ['a task that is no object', 'export const task = 3;', /task is no object/],
    [
      'a name with spaces',
      `export const task = { name: 'my task' };`,
      /task has no usable name; expected a name in snake_case/,
    ],
    ['no title', `export const task = { name: 'mine' };`, /task mine has no title/],
    ['no create', `export const task = { name: 'mine', title: 'Mine' };`, /task mine has no create/],
    [
      'no schema',
      `export const task = { name: 'mine', title: 'Mine', ${create} };`,
      /task mine has no schema of its keys/,
    ],
    [
      'a taken name',
      `export const task = ({ z }) => ({ ${whole.replace('mine', 'decision_tree')} });`,
      /task decision_tree exists already/,
    ],
    [
      'a function that fails',
      'export const model = ({ nothing }) => nothing.at(0);',
      /:1: its function model failed in model \(TypeError/,
    ],
    [
      'a create that fails',
      `export const task = ({ z }) => ({ ${whole} });`,
      /:1: set-up failed in create \(TypeError: nothing here\)/,
    ],
  ])('is refused in one line: %s', async (_, text, message) => {
    write('broken.mjs', text);
    write('mine.json', '{"task":{"name":"mine"},"model":{"name":"decoder"}}');
    const { code, err } = await box.run('train', 'mine.json', '--plugin', 'broken.mjs');
    expect(err).toMatch(message);
    expect(err).toContain(join(box.folder, 'broken.mjs'));
    expect({ code, lines: err.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
    expect(existsSync(join(box.folder, 'snapshots', 'mine'))).toBe(false);
  });
});
