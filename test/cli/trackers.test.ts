import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { RunEvent } from '../../src/protocol/events.ts';
import { readSnapshot } from '../../src/snapshots/store.ts';
import { pythonWith } from '../python.ts';
import { readEvents } from '../trackers/event_reader.ts';
import { sandbox } from './program.ts';

const box = sandbox();
const inFolder = (name: string): string => join(box.folder, name);
const folder = 'snapshots/logged/tensorboard';
const train = (...words: string[]) =>
  box.run('train', 'yang-tiny', '--set', 'snapshot.every=20', '--set', 'evaluate.every=10', '--threads', '1', ...words);
beforeAll(async () => {
  const logs = ['--log', 'tensorboard', '--log', 'jsonl:run.jsonl'];
  const done = await train('--steps', '40', '--name', 'logged', ...logs);
  expect(done).toMatchObject({ code: 0, err: '' });
}, 60_000);
afterAll(() => box.remove());

const journal = (run: string): string => readFileSync(inFolder(`snapshots/${run}/journal.jsonl`), 'utf8');
const logged = () => {
  const files = readdirSync(inFolder(folder)).sort();
  return files.map((file) => readEvents(readFileSync(join(inFolder(folder), file))));
};

describe('train --log tensorboard', () => {
  test('writes what the journal says, in the folder of the run, for its owner alone', async () => {
    const { history } = (await readSnapshot(inFolder('snapshots/logged/step-00000040.safetensors'))).snapshot;
    const [{ starts, summaries }] = logged() as [ReturnType<typeof readEvents>];
    expect(starts).toEqual([1]);
    for (const [name, { step, last }] of Object.entries(history)) {
      const own = summaries.filter(({ tag, scalar }) => tag === name && scalar !== undefined);
      expect(
        own.map((one) => one.step),
        name,
      ).toEqual([...step]);
      expect(
        Float32Array.from(own, ({ scalar }) => scalar!),
        name,
      ).toEqual(last);
    }
    expect(statSync(inFolder(folder)).mode & 0o777).toBe(0o700);
  });

  test('adds attention as the run goes on, parameters at every snapshot, settings', async () => {
    const [{ summaries }] = logged() as [ReturnType<typeof readEvents>];
    const steps = (kind: 'image' | 'histogram', name: string) =>
      summaries.filter((one) => one[kind] && one.tag === name).map(({ step }) => step);
    expect(steps('image', 'attention/L0')).toEqual(expect.arrayContaining([20, 40]));
    expect(steps('histogram', 'params/Q')).toEqual(expect.arrayContaining([20, 40]));
    expect(summaries.find(({ tag }) => tag === 'settings')!.text).toContain('| model.heads | 32 |');
  });

  test('goes on in a file of its own when the run does, from where it does', async () => {
    const words = ['--resume-or-start', '--steps', '60', '--log', 'tensorboard', '--name', 'logged'];
    expect(await train(...words)).toMatchObject({ code: 0 });
    const [first, second] = logged();
    // TensorBoard drops what earlier files have from the step of a start on.
    const [from] = second!.starts;
    const kept = [...first!.summaries.filter(({ step }) => step < from!), ...second!.summaries];
    const stepsOf = (name: string) => kept.filter(({ tag }) => tag === name).map(({ step }) => step);
    expect(stepsOf('train_loss')).toEqual(Array.from({ length: 60 }, (_, i) => 1 + i));
    expect(new Set(stepsOf('params/Q'))).toEqual(new Set([...stepsOf('params/Q'), 40, 60]));
  });
});

test('train --log jsonl: adds the very lines of the journal to a file', async () => {
  expect(readFileSync(inFolder('run.jsonl'), 'utf8')).toBe(
    `${journal('logged')
      .split('\n')
      .slice(0, eventsOf(readFileSync(inFolder('run.jsonl'), 'utf8')).length)
      .join('\n')}\n`,
  );
  const before = readFileSync(inFolder('run.jsonl'), 'utf8');
  expect(await train('--steps', '10', '--name', 'second', '--log', 'jsonl:run.jsonl')).toMatchObject({ code: 0 });
  expect(readFileSync(inFolder('run.jsonl'), 'utf8')).toBe(before + journal('second'));
  expect(eventsOf(before).map(({ type }) => type)).toEqual(
    expect.arrayContaining(['run_started', 'evaluated', 'run_finished']),
  );
});

const eventsOf = (lines: string): RunEvent[] =>
  lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line));

describe('what is no log', () => {
  test.each([
    ['wandb-offline', /^incline: --log: no log "wandb-offline": W&B does not document .*export --to csv.*\n$/],
    ['csv', /^incline: --log: no log "csv"; expected tensorboard or jsonl:PATH\n$/],
    ['jsonl:none/run.jsonl', /^incline: .*none\/run\.jsonl: its folder is not there.*\n$/],
  ])('is refused before anything is made: %s', async (word, line) => {
    const { code, err } = await train('--log', word, '--name', 'refused');
    expect(code).toBe(2);
    expect(err).toMatch(line);
    expect(existsSync(inFolder('snapshots/refused'))).toBe(false);
  });

  test('nor does a sweep over seeds take one', async () => {
    expect((await train('--seeds', '2', '--log', 'tensorboard')).err).toMatch(
      /^incline: --log goes without --seeds; .*\n$/,
    );
  });
});

test.skipIf(process.getuid?.() === 0 && process.platform === 'win32')(
  'a log that cannot be written is given up with one line, and the run goes on',
  async () => {
    mkdirSync(inFolder('snapshots/spoilt'), { recursive: true });
    const words = ['--steps', '10', '--name', 'lost', '--log', 'jsonl:link.jsonl'];
    writeFileSync(inFolder('other.jsonl'), '');
    spawnSync('ln', ['other.jsonl', inFolder('link.jsonl')], { cwd: box.folder });
    chmodSync(inFolder('other.jsonl'), 0o600);
    const done = await train(...words);
    expect(done.code).toBe(0);
    const alerts = eventsOf(journal('lost')).flatMap((event) => (event.type === 'alert' ? [event.message] : []));
    expect(alerts).toEqual([expect.stringMatching(/^a log is given up, the run goes on: .*link\.jsonl/)]);
    expect(eventsOf(journal('lost')).at(-1)!.type).toBe('run_finished');
  },
);

describe('snapshots export --to tensorboard', () => {
  test('writes one file that its name lets TensorBoard find', async () => {
    const { code, out } = await box.run('snapshots', 'export', 'logged', '--to', 'tensorboard');
    expect(code).toBe(0);
    expect(out).toContain('snapshots/logged/step-00000060.tfevents');
    const { summaries } = readEvents(readFileSync(inFolder('snapshots/logged/step-00000060.tfevents')));
    expect(new Set(summaries.map(({ tag }) => tag))).toContain('attention/L0');
  });

  const python = pythonWith('tensorboard');
  test.skipIf(!python)("TensorBoard's own reader finds scalars, pictures, histograms and text", () => {
    const script = `import json, sys
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
a = EventAccumulator(sys.argv[1], size_guidance={"scalars": 0, "images": 0, "histograms": 0, "tensors": 0})
a.Reload()
tags = a.Tags()
loss = [[s.step, s.value] for s in a.Scalars("train_loss")]
image = a.Images("attention/L0")[-1]
print(json.dumps([tags["histograms"], tags["tensors"], loss, [image.width, image.height], a.Histograms("params/Q")[-1].histogram_value.num]))`;
    const done = spawnSync(python!, ['-c', script, inFolder('snapshots/logged/step-00000060.tfevents')], {
      encoding: 'utf8',
    });
    const [histograms, tensors, loss, [width, height], count] = JSON.parse(done.stdout.trim().split('\n').at(-1)!);
    const { summaries } = readEvents(readFileSync(inFolder('snapshots/logged/step-00000060.tfevents')));
    expect(histograms).toContain('params/Q');
    expect(tensors).toContain('settings');
    expect(loss).toEqual(summaries.filter(({ tag }) => tag === 'train_loss').map(({ step, scalar }) => [step, scalar]));
    const { image } = summaries.find(({ tag }) => tag === 'attention/L0')!;
    expect([width, height]).toEqual([image!.width, image!.height]);
    expect(count).toBe(summaries.find(({ tag }) => tag === 'params/Q')!.histogram!.num);
  });
});

describe('the W&B lines of .docs/trackers.md', () => {
  const python = pythonWith('pandas');
  test.skipIf(!python)('log every value of every curve at its step, to a stand-in for W&B', async () => {
    await box.run('snapshots', 'export', 'logged', '--to', 'csv', '--out', 'curves.csv');
    const text = readFileSync(new URL('../../.docs/trackers.md', import.meta.url), 'utf8');
    const [, lines] = /```python\n(.*?)```/s.exec(text)!;
    writeFileSync(
      inFolder('wandb.py'),
      `import contextlib, json
class Run:
    def log(self, values, step): print(json.dumps([int(step), values]))
@contextlib.contextmanager
def init(**settings): yield Run()
`,
    );
    const done = spawnSync(python!, ['-c', lines!], {
      cwd: box.folder,
      env: { ...process.env, PYTHONPATH: box.folder },
      encoding: 'utf8',
    });
    expect(done.stderr).toBe('');
    const logs = done.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as [number, Record<string, number>]);
    const { history } = (await readSnapshot(inFolder('snapshots/logged/step-00000060.safetensors'))).snapshot;
    const { step, last } = history['train_loss']!;
    const own = logs.filter(([, values]) => 'train_loss' in values);
    expect(own.map(([at]) => at)).toEqual([...step]);
    expect(Float32Array.from(own, ([, values]) => values['train_loss']!)).toEqual(last);
  });
});
