import { describe, expect, it } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { emptyRun } from '../../src/runs/state.ts';
import { topLine } from '../../src/ui/frame/bars.ts';
import { togetherOf } from '../../src/ui/run/followed_run.ts';
import { update } from '../../src/ui/run/update.ts';
import { initialModel } from '../../src/ui/state/model.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { modelAt, press, utf8 } from './fake_model.ts';
import { stamped, started } from './fake_source.ts';

const paused = { step: 100, state: 'paused', stepsPerSecond: 0, until: 2000, pace: 0 } as const;
const summary = { step: 2000, seconds: 1, metrics: {} };
const over = () => modelAt(100, { more: [{ type: 'run_finished', step: 2000, reason: 'completed', summary }] });

describe('asking the trainer', () => {
  it('pauses a running and resumes a paused run', () => {
    expect(press(modelAt(100), 'space').effects).toMatchObject([{ type: 'request', request: { type: 'pause' } }]);
    const { model } = update(modelAt(100), { type: 'status', status: paused });
    expect(press(model, 'space').effects).toMatchObject([{ request: { type: 'resume' } }]);
  });

  it('stops a run that has told where it stands, though its journal is still being read', () => {
    const before = initialModel({ columns: 120, rows: 40 }, chooseLook(utf8));
    expect(press(before, 'q').effects).toContainEqual({ type: 'leave', choice: 'detach' });
    const { model } = update(before, { type: 'status', status: { ...paused, state: 'running' } });
    const menu = press(model, 'q');
    expect(menu.effects).not.toContainEqual({ type: 'leave', choice: 'detach' });
    expect(press(menu.model, 's').effects).toMatchObject([{ type: 'request', request: { type: 'stop' } }]);
  });

  it('shows a change as pending until the trainer says at which step it took effect', () => {
    const { model, effects } = press(modelAt(100), 's');
    const [effect] = effects;
    expect(model.pending).toMatchObject([{ label: 'snapshot' }]);
    const id = effect?.type === 'request' ? effect.id : -1;
    const other = update(model, { type: 'replied', id: id + 1, ok: true, step: 120 }).model;
    expect(other.pending).toHaveLength(1);
    const settled = update(model, { type: 'replied', id, ok: true, step: 1120 }).model;
    expect(settled.pending).toHaveLength(0);
    expect(settled.notice).toEqual({ text: 'snapshot at step 1 120', tone: 'good' });
    const apart = togetherOf([
      { ok: true, step: 1405 },
      { ok: true, step: 391 },
    ]);
    expect(update(model, { type: 'replied', id, ...apart }).model.notice.text).toBe('snapshot at steps 391–1 405');
    const refused = update(model, { type: 'replied', id, ok: false, step: 120, error: 'the disk is full' }).model;
    expect(refused.notice).toEqual({ text: 'snapshot: the disk is full', tone: 'alert' });
  });

  it('halves the pace from the measured speed, again from what is pending, and doubles it until there is no cap', () => {
    const first = press(modelAt(105), '{');
    expect(first.effects).toMatchObject([{ request: { type: 'set', path: 'train.pace', value: 50 } }]);
    expect(press(first.model, '{').effects).toMatchObject([{ request: { value: 25 } }]);
    expect(press(first.model, '}').effects).toMatchObject([{ request: { value: 100 } }]);
    const { model } = update(modelAt(100), { type: 'status', status: { ...paused, pace: 4000 } });
    expect(press(model, '}').effects).toMatchObject([{ request: { path: 'train.pace', value: 0 } }]);
  });

  it('says why a key cannot act, and asks nothing', () => {
    const { model, effects } = press(modelAt(100), '}');
    expect(effects).toEqual([]);
    expect(model.notice.text).toBe('} faster: the run has no cap on its pace');
    for (const key of ['space', '.', 's', 'N', '{', '}']) {
      const late = press(over(), key);
      expect(late.effects).toEqual([]);
      expect(late.model.notice.text).toContain('has finished at step 2 000');
    }
  });

  it('reads commands and explains what is wrong with them', () => {
    const type = (line: string) =>
      press(modelAt(100), ':', ...[...line].map((key) => (key === ' ' ? 'space' : key)), 'enter');
    expect(type('lr 0.02').effects).toMatchObject([
      { request: { type: 'set', path: 'train.learning_rate', value: 0.02 } },
    ]);
    expect(type('pace 30').effects).toMatchObject([{ request: { path: 'train.pace', value: 30 } }]);
    expect(type('run 500').effects).toMatchObject([{ request: { type: 'run_to', step: 500 } }]);
    expect(type('run 50').model.notice).toEqual({ text: ':run: expected a step after 100', tone: 'alert' });
    expect(type('lr -1').model.notice.tone).toBe('alert');
    expect(type('lr').model.notice.tone).toBe('alert');
    expect(type('heads 4').model.offer).toEqual({ label: 'heads 4', set: 'model.heads=4' });
    expect(type('head 4').model.notice.text).toBe('unknown command :head; did you mean :heads?');
    expect(type('lrr 1').model.notice.text).toBe('unknown command :lrr; did you mean :lr?');
    expect(type('qwerty').model.notice.text).toBe('unknown command :qwerty; : alone shows all');
    expect(type('smooth 0.5').model.view.smoothing).toBe(0.5);
  });

  it('asks for pictures only while a panel draws them', () => {
    const fresh = initialModel({ columns: 120, rows: 40 }, chooseLook(utf8));
    const first = update(fresh, { type: 'resized', size: { columns: 120, rows: 40 } });
    expect(first.effects).toMatchObject([{ request: { type: 'watch', rate: fresh.look.picturesPerSecond } }]);
    const zoomed = press(first.model, 'enter');
    expect(zoomed.effects).toMatchObject([{ request: { type: 'watch', rate: 0 } }]);
    expect(press(zoomed.model, 'esc').effects).toMatchObject([{ request: { type: 'watch' } }]);
  });
});

describe('leaving', () => {
  it('asks first, and detaches, stops or stays', () => {
    const asked = press(modelAt(100), 'q').model;
    expect(asked.overlay.type).toBe('leave');
    expect(press(asked, 'd').effects).toEqual([{ type: 'leave', choice: 'detach' }]);
    expect(press(asked, 'esc').model.overlay.type).toBe('none');
    expect(press(asked, 'down', 'enter').effects).toMatchObject([{ request: { type: 'stop' } }]);
    expect(press(modelAt(100), 'ctrl+c', 'ctrl+c').effects).toMatchObject([{ request: { type: 'stop' } }]);
  });

  it('leaves with "stop" once the trainer has saved, and detaches if one does not wait', () => {
    const stopping = press(modelAt(100), 'q', 's').model;
    const finished = over().run;
    expect(update(stopping, { type: 'run', run: finished }).effects).toContainEqual({ type: 'leave', choice: 'stop' });
    expect(press(stopping, 'ctrl+c').effects).toEqual([{ type: 'leave', choice: 'detach' }]);
  });

  it('leaves a finished run at once', () => {
    expect(press(over(), 'q').effects).toEqual([{ type: 'leave', choice: 'finished' }]);
  });

  it('stays, says so and steers no more when the trainer dies', () => {
    const { model } = update(modelAt(100), { type: 'disconnected', reason: 'connection reset' });
    expect(model.notice.text).toContain('connection reset');
    expect(press(model, 'space').model.notice.text).toContain('the trainer has gone');
    expect(press(model, 'q').effects).toEqual([{ type: 'leave', choice: 'detach' }]);
  });

  it('says how a run has ended though the end of its trainer is heard first', () => {
    const before = initialModel({ columns: 120, rows: 40 }, chooseLook(utf8));
    for (const start of [before, modelAt(100)]) {
      const gone = update(start, { type: 'disconnected', reason: undefined }).model;
      expect(gone.notice.text).toContain('the trainer has gone');
      expect(update(gone, { type: 'run', run: over().run }).model.notice.text).toBe('');
    }
  });
});

it('a fork says at the start and in the top line what it goes on from', () => {
  const parent = { run: 'base', file: '../base/step-00000190.safetensors', step: 190 };
  const opening = stamped({ ...started(), parent } as EventBody, 1);
  const run = reduceRun(emptyRun, opening);
  const { model } = update(initialModel({ columns: 120, rows: 40 }, chooseLook(utf8)), { type: 'run', run });
  expect(model.notice.text).toBe('forked from base at step 190');
  const words = topLine(model)
    .map(({ text }) => text)
    .join('');
  expect(words).toContain('from base@190');
});
