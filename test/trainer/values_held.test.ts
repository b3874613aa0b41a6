import { expect, test } from 'vitest';
import type { Engine, Value } from '../../src/engine/contract.ts';
import { cpuEngine } from '../../src/engine/cpu.ts';
import { parseMask } from '../../src/protocol/mask_edits.ts';
import { editMasks, openMasks } from '../../src/protocol/mask_values.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { EngineSession } from '../../src/trainer/session/session.ts';
import { smallConfig } from './fake_session.ts';

/** The processor as a device that counts what it holds. */
function counting(): { readonly engine: Engine; readonly held: ReadonlySet<Value> } {
  const held = new Set<Value>();
  const engine: Engine = {
    ...{ name: 'cpu', precision: 'float32', device: true },
    availability: () => cpuEngine.availability(),
    upload: (tensor, isGiven) => {
      const value = cpuEngine.upload(tensor, isGiven);
      held.add(value);
      return value;
    },
    read: (value) => cpuEngine.read(value),
    release: (value) => void held.delete(value),
    compile: async (graph, options) => {
      const program = await cpuEngine.compile(graph, options);
      return {
        run: async (feeds) => {
          const outputs = await program.run(feeds);
          for (const value of Object.values(outputs)) held.add(value);
          return outputs;
        },
        dispose: () => program.dispose(),
      };
    },
  };
  return { engine, held };
}

test('a session frees on its device what a step, an evaluation or a picture brought there, and at the end all', async () => {
  const { engine, held } = counting();
  const config = smallConfig({ 'task.training_set': 'fresh', 'train.batch': 4 });
  const experiment = createExperiment(config, 'test');
  const session = await EngineSession.start(engine, experiment, { threads: 1, unroll: 2 });
  const controls = { learningRate: 0.01, weightDecay: 0, clipNorm: 0, totalSteps: 40 };
  const masks = editMasks(openMasks(experiment.model.facts), parseMask('-L0H1'));
  const turn = async (): Promise<number> => {
    await session.advance(2, controls);
    await session.evaluate();
    await session.heldOutError(masks, '');
    await session.errorAhead(masks, '', { updates: 2, seen: masks, controls });
    await session.probe();
    return held.size;
  };
  // States of the last two calls are kept to go back to.
  for (let i = 0; i < 3; i++) await turn();
  const before = held.size;
  expect(await turn()).toBe(before);
  await session.prune(masks, 'clamp');
  await turn();
  await session.rewind(session.step - 1, controls);
  await session.prune(masks, 'probe');
  await session.reconfigure(smallConfig({ 'task.training_set': 'fresh', 'train.batch': 6 }));
  await turn();
  await session.dispose();
  expect(held.size).toBe(0);
});
