import { expect, test } from 'vitest';
import { loadEngine } from '../../../src/engine/registry.ts';
import { parseMask } from '../../../src/protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../../src/protocol/mask_values.ts';
import { controlsOf } from '../../../src/trainer/contract/session.ts';
import { createExperiment } from '../../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../../src/trainer/session/session.ts';
import { configOf } from '../steered.ts';
import { models } from './cases.ts';

const experiment = createExperiment(configOf(models['decoder']!), 'test');
const open = openMasks(experiment.model.facts);
const frozen = editMasks(open, parseMask('L0H0=freeze_queries,L0H0=freeze_values'));
const controls = controlsOf(experiment.config);
const start = async () => EngineSession.start(await loadEngine('cpu'), experiment, { threads: 1, unroll: 2 });

test('trying updates tells what they come to, and leaves training as if nobody had', async () => {
  const [plain, tried] = [await start(), await start()];
  await plain.advance(2, controls);
  await tried.advance(2, controls);
  const ahead = (seen: typeof open) => tried.errorAhead(open, '', { updates: 3, seen, controls });
  const [trained, held] = [await ahead(open), await ahead(frozen)];
  for (let i = 0; i < 2; i++) {
    await plain.advance(2, controls);
    await tried.advance(2, controls);
  }
  expect(await tried.capture()).toEqual(await plain.capture());
  await tried.dispose();
  await plain.dispose();

  // The same as training on with it, from where it was tried.
  for (const [masks, error] of [
    [open, trained],
    [frozen, held],
  ] as const) {
    const session = await start();
    await session.advance(2, controls);
    await session.prune(masks, 'clamp');
    for (let i = 0; i < 3; i++) await session.advance(1, controls);
    const found = await session.heldOutError(open, '');
    if (masks === frozen) expect(error.mean).toBe(found.mean);
    else expect(error.mean).toBeCloseTo(found.mean!, 6);
    await session.dispose();
  }
  expect(held.mean).not.toBe(trained.mean);
});
