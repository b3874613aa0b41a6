import { expect, test } from 'vitest';
import { bytesOf, type Script, scriptOf, steered } from './steered.ts';

const set = (at: number, path: string, value: unknown): Script[number] => ({
  at,
  request: { type: 'set', path, value },
});
const save = (at: number): Script[number] => ({ at, request: { type: 'snapshot', why: 'key' } });
const fresh = { 'task.training_set': 'fresh', 'train.batch': 8 };

test('settings that are part of the graphs change between two steps: noise, batch, decay, clipping', async () => {
  const script = [
    set(6, 'task.noise', 0.5),
    set(11, 'train.batch', 32),
    set(14, 'train.weight_decay', 0.1),
    set(19, 'train.clip_norm', 0.2),
    save(23),
    set(27, 'train.weight_decay', 0),
  ];
  const run = await steered(fresh, script);
  const at = run.events.findIndex((event) => event.type === 'control_changed');
  expect(run.events.slice(at, at + 3)).toMatchObject([
    { type: 'control_changed', step: 6, path: 'task.noise', from: 0.01, to: 0.5 },
    { type: 'theory', step: 6, values: { loss_floor: expect.any(Number) } },
    { type: 'evaluated', step: 6 },
  ]);
  const started = run.events.find((event) => event.type === 'run_started')!;
  const theory = run.events[at + 1] as Extract<(typeof run.events)[number], { type: 'theory' }>;
  expect(theory.values['loss_floor']).toBeGreaterThan(2 * started.theory['loss_floor']!);
  expect(run.snapshot.config).toMatchObject({ task: { noise: 0.5 }, train: { batch: 32, clip_norm: 0.2 } });

  // Doing the same again, unrolled otherwise, or resuming in the middle: the same bytes.
  const again = await steered({ ...fresh, 'train.unroll': 5 }, scriptOf(run.events));
  expect(bytesOf(again.snapshot)).toEqual(bytesOf(run.snapshot));
  const { config } = await run.snapshotAt(23);
  const settings = Object.fromEntries(
    (['task', 'train'] as const).flatMap((section) =>
      Object.entries(config[section]).map(([key, value]) => [`${section}.${key}`, value]),
    ),
  );
  const resumed = await steered(settings, [script.at(-1)!], { file: run.fileOf(23), step: 23 });
  expect(bytesOf(resumed.snapshot)).toEqual(bytesOf(run.snapshot));
  const without = await steered(
    fresh,
    script.filter(({ request }) => request.type !== 'set' || request.path !== 'train.batch'),
  );
  expect(bytesOf(without.snapshot)).not.toEqual(bytesOf(run.snapshot));
});

test('what does not fit, has no effect or needs a new run is refused with the reason, and nothing changes', async () => {
  const plain = await steered({}, []);
  const refused = await steered({}, [
    { ...set(3, 'task.noise', -1), refused: 'task.noise' },
    { ...set(3, 'task.noise', 'much'), refused: 'a number from 0' },
    { ...set(3, 'train.batch', 4), refused: 'exact' },
    { ...set(3, 'train.steps', 0), refused: 'not ahead of step 3' },
    { ...set(3, 'train.steps', 3), refused: 'stop it' },
    { ...set(3, 'train.learning_rate', 0), refused: 'above 0' },
    { ...set(3, 'task.prompt_examples', 4), refused: 'start a new run' },
    { ...set(3, 'model.heads', 2), refused: 'start a new run' },
    { ...set(3, 'task.alpha', 0.3), refused: 'one of train.learning_rate' },
    { ...set(3, 'seed', 4), refused: 'cannot change while a run goes on' },
  ]);
  expect(bytesOf(refused.snapshot)).toEqual(bytesOf(plain.snapshot));
  expect(refused.snapshot.config).toEqual(plain.snapshot.config);
  expect(refused.events.some((event) => event.type === 'control_changed')).toBe(false);
});
