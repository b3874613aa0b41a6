import { afterAll, beforeAll, expect, test } from 'vitest';
import { loadEngine } from '../../src/engine/registry.ts';
import { openMasks } from '../../src/protocol/mask_values.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';
import { configOf, steered } from './steered.ts';

/** Learns within 40 steps to err on no prompt at all. */
const learnt = {
  task: { name: 'pattern_classification', relevant: 4, irrelevant: 4, out_of_domain: 2 },
  model: { name: 'attention_relu', neurons: 32 },
  train: { optimizer: 'adam', learning_rate: 0.01, batch: 16, steps: 40, unroll: 1 },
  evaluate: { every: 20, prompts: 40 },
  snapshot: { occasions: false },
};
let session: EngineSession;

beforeAll(async () => {
  const experiment = createExperiment(configOf(learnt), 'test');
  session = await EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll: 1 });
});
afterAll(() => session.dispose());

test('parts are judged by the loss where the error is right or wrong prompt by prompt', async () => {
  const all = openMasks(session.experiment.model.facts);
  const usual = await session.heldOutError(all, '');
  expect(usual.metric).toBe('eval_loss');
  // A loss says how nearly a prompt is got wrong.
  expect(Array.from(usual.samples!.values).some((one) => one !== 0 && one !== 1)).toBe(true);
  expect((await session.heldOutError(all, 'unseen_hinge')).metric).toBe('unseen_hinge');
  expect((await session.heldOutError(all, 'unseen_error')).metric).toBe('unseen_error');
});

test('the metric is a control: journalled, refused by name where the run does not measure it', async () => {
  const set = (value: string) => ({ type: 'set', path: 'prune.metric', value }) as const;
  const { events } = await steered(learnt, [
    { at: 2, request: set('unseen_hing'), refused: 'did you mean unseen_hinge' },
    { at: 2, request: set('query_norm'), refused: '"query_norm" is not measured here' },
    { at: 3, request: set('unseen_hinge') },
    { at: 4, request: set('') },
  ]);
  const changes = events.filter(({ type }) => type === 'control_changed');
  expect(changes).toMatchObject([
    { step: 3, path: 'prune.metric', from: '', to: 'unseen_hinge' },
    { step: 4, path: 'prune.metric', from: 'unseen_hinge', to: '' },
  ]);
});

test('a metric that the configuration asks for in vain is said at the start', async () => {
  const { events } = await steered({ ...learnt, prune: { metric: 'eval_los' } }, []);
  const notices = events.flatMap((event) => (event.type === 'alert' ? [event.message] : []));
  expect(notices.join()).toMatch(/prune.metric: "eval_los" is not measured here.*did you mean eval_loss/);
});
