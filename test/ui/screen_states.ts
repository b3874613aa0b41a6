import type { EventBody } from '../../src/protocol/events.ts';
import type { ProbeFrame } from '../../src/protocol/messages.ts';
import { update } from '../../src/ui/run/update.ts';
import type { Model } from '../../src/ui/state/model.ts';
import { fakeReplay } from './fake_replay.ts';
import { type Recorded, recorded, screenOn } from './preset_models.ts';

/** A state that a screen can be in, made when it is its turn. */
export type Situation = readonly [name: string, make: () => Promise<Model>];

/** Presets that take seconds to compile and evaluate. */
export const large = ['garg-linear-full', 'yang-fig2a', 'yang-fig2b', 'yang-fig3', 'yang-fig4', 'yang-fig5'];

/** A screen on each of these presets, and on what is special about runs whatever their preset. */
export function situations(presets: readonly string[]): Situation[] {
  return [
    ...presets.map((preset): Situation => [preset, async () => screenOn(await recorded(preset))]),
    of('garg-linear-small', 'prompts of 20 points', ['task.points=20']),
    of('garg-linear-small', 'six layers', ['model.layers=6']),
    of('yang-quick', 'one head', ['model.heads=1']),
    of('yang-quick', '64 heads', ['model.heads=64']),
    special('li-decoder', 'much of it pruned, under the cursor of the board', (run) => {
      const model = screenOn(run, [pruned, finished]);
      return { ...model, view: { ...model.view, focus: 'pruning' } };
    }),
    special('yang-quick', 'an earlier snapshot in view', ({ bodies, frame }) => {
      const file = 'step-00000001.safetensors';
      const model = screenOn({ bodies, frame }, [{ type: 'snapshot_saved', step: 1, file, why: 'key' }]);
      const asked = update(model, { type: 'key', key: ',' }).model;
      return update(asked, { type: 'recalled', file, frame }).model;
    }),
    special('li-quick', 'no picture yet', ({ bodies }) => screenOn({ bodies })),
    special('garg-linear-small', 'pictures and numbers that are not finite', ({ bodies, frame }) =>
      screenOn({ bodies, frame: spoilt(frame) }, [nowhere, diverged]),
    ),
    ['nothing yet', async () => screenOn({})],
    ['played back', replayed],
  ];
}

/** A preset with some settings changed. */
export function of(preset: string, name: string, settings: readonly string[] = []): Situation {
  return [`${preset}, ${name}`, async () => screenOn(await recorded(preset, settings))];
}

function special(preset: string, name: string, make: (run: Recorded) => Model): Situation {
  return [`${preset}, ${name}`, async () => make(await recorded(preset))];
}

const pruned: EventBody = {
  type: 'mask_applied',
  step: 2,
  revision: 1,
  scope: 'clamp',
  edits: ['-L0H0', '-L0N0-30'],
  kept_fraction: 0.5,
};
const finished: EventBody = {
  type: 'run_finished',
  step: 2,
  reason: 'completed',
  summary: { step: 2, seconds: 1, metrics: {} },
};
const nowhere: EventBody = { type: 'metrics', step: 3, values: { train_loss: null, eval_loss: null } };
const diverged: EventBody = { type: 'alert', step: 2, kind: 'diverged', message: 'the loss is not finite '.repeat(9) };

/** A frame in which hardly a number is a plain one. */
function spoilt({ step, tensors }: ProbeFrame): ProbeFrame {
  const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -0, 3e38, -3e38, 1e-45];
  const all = Object.entries(tensors).map(([name, { shape, data }]) => [
    name,
    { shape, data: data.map((_, at) => odd[at % odd.length]!) },
  ]);
  return { step, tensors: Object.fromEntries(all) };
}

async function replayed(): Promise<Model> {
  const source = fakeReplay(120);
  const { initialModel } = await import('../../src/ui/state/model.ts');
  const { look, size } = screenOn({});
  let model = initialModel(size, look, source.playback);
  source.onEvents(() => {});
  source.playback!.onMoment((moment) => {
    model = update(model, { type: 'moment', moment }).model;
  });
  await new Promise<void>((resolve) => {
    source.onProbe((frame) => {
      model = update(model, { type: 'probe', frame }).model;
      resolve();
    });
  });
  source.close();
  return model;
}
