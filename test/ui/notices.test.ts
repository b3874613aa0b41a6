import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { keyTable } from '../../src/ui/keys/keys.ts';
import { offeredPanels } from '../../src/ui/layout/opening.ts';
import { update } from '../../src/ui/run/update.ts';
import { type Model, withView } from '../../src/ui/state/model.ts';
import { modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { stamped } from './fake_source.ts';

const happened = (model: Model, ...bodies: readonly EventBody[]): Model => {
  const run = bodies.reduce((state, body) => reduceRun(state, stamped(body, 999)), model.run);
  return update(model, { type: 'run', run }).model;
};
const replied = (model: Model): Model =>
  update(model, { type: 'replied', id: model.pending[0]!.id, ok: true, step: model.run.step }).model;
const seconds = (model: Model, count: number): Model =>
  Array.from({ length: count }).reduce<Model>(
    (now) => update(now, { type: 'metered', framesPerSecond: 4, bytesPerSecond: 100 }).model,
    model,
  );
const alert: EventBody = { type: 'alert', step: 509, kind: 'diverged', message: 'the loss is not finite' };

describe('what the status line says last', () => {
  it('is an alert that comes after a key, whichever of reply and alert is first', () => {
    const status = { step: 500, state: 'paused', stepsPerSecond: 0, until: 2000, pace: 0 } as const;
    const stopped = happened(modelAt(500), alert, { type: 'paused', step: 500 });
    const paused = update(stopped, { type: 'status', status }).model;
    const asked = press(paused, 'space').model;
    const lateAlert = happened(replied(happened(asked, { type: 'resumed', step: 500 })), alert);
    const lateReply = replied(happened(asked, { type: 'resumed', step: 500 }, alert));
    for (const model of [lateAlert, lateReply]) {
      expect(model.run.alert?.message).toBe('the loss is not finite');
      expect(model.notice.text).toBe('');
    }
  });

  it('is what another screen has changed', () => {
    const change: EventBody = { type: 'control_changed', step: 510, path: 'train.learning_rate', from: 0.01, to: 0.5 };
    expect(happened(modelAt(500), change).notice.text).toMatch(/learning rate .*0\.5.*from step 510/);
    const own = press(modelAt(500), ':', ...'lr 0.5', 'enter').model;
    expect(replied(happened(own, change)).notice.text).toMatch(/, from step/);
  });

  it('goes after ten seconds, unless it is an alert', () => {
    const said = replied(press(modelAt(500), 's').model);
    expect(seconds(said, 9).notice.text).toContain('snapshot');
    expect(seconds(said, 10).notice.text).toBe('');
    const wrong = press(modelAt(500), ':', ...'lr fast', 'enter').model;
    expect(seconds(wrong, 30).notice).toMatchObject({ tone: 'alert', text: expect.stringContaining('expected') });
  });
});

describe('what is said at 80 columns', () => {
  const rowsOf = (model: Model) => rowsOn(model).slice(-2);
  const bare = { environment: { ...utf8, NO_COLOR: '1' }, columns: 80, rows: 24 };

  it.each([{ neurons: 0 }, { neurons: 40 }])(
    'of every key is whole, with one that acts elsewhere on one row: %j',
    (sizes) => {
      const start = modelAt(500, { ...bare, sizes });
      for (const key of new Set(keyTable.filter(({ over }) => over === undefined).flatMap(({ keys }) => keys))) {
        for (const { id } of offeredPanels(start)) {
          const { model } = press(withView(start, { focus: id }), key);
          const { text } = model.notice;
          const [status, below] = rowsOf(model);
          const said = `${status!.slice(0, -13).trimEnd()} ${below!.trim()}`;
          if (model.overlay.type === 'none') expect(said, `${key} in ${id}`).toContain(text);
          if (text.includes('acts in')) expect(status).toContain(text);
        }
      }
    },
  );

  it('goes on where the hints are when it is long, and they come back after it', () => {
    const message = 'the loss of update 1234 is not finite; back at step 1233, try a lower learning rate than 0.5';
    const model = happened(modelAt(500, bare), { ...alert, message });
    const [status, below] = rowsOf(model);
    expect(status!.slice(0, -13).trim()).toBe('✕ the loss of update 1234 is not finite; back at step 1233, try a');
    expect(below!.trim()).toBe('lower learning rate than 0.5');
    expect(rowsOf(modelAt(500, bare))[1]).toContain('q leave');
    expect(rowsOf(happened(model, { type: 'resumed', step: 509 }))[1]).toContain('q leave');
  });
});
