import { describe, expect, it } from 'vitest';
import { keyTable } from '../../src/ui/keys/keys.ts';
import { newsOf, standing } from '../../src/ui/plain/news.ts';
import { wishOf } from '../../src/ui/plain/words.ts';
import { update } from '../../src/ui/run/update.ts';
import { modelAt, press } from './fake_model.ts';
import { ablation, pruned } from './fake_source.ts';

const model = modelAt(500, { more: [ablation(490), pruned(['-L0H1'], 'clamp')] });
const said = (line: string, of = model): string => {
  const wish = wishOf(of, line);
  return wish.type === 'say' ? wish.lines.join('\n') : '';
};
const typed = (line: string) => {
  const wish = wishOf(model, line);
  return wish.type === 'keys' ? press(model, ...wish.keys) : undefined;
};

describe('typed lines', () => {
  it.each([
    ['lr 0.003', { type: 'set', path: 'train.learning_rate', value: 0.003 }],
    [':lr 0.003', { type: 'set', path: 'train.learning_rate', value: 0.003 }],
    ['mask -L0H3,+L0H1', { type: 'mask', scope: 'clamp', edits: ['+L0H1', '-L0H3'] }],
    ['prune L0H3', { type: 'mask', scope: 'clamp', edits: ['-L0H3'] }],
    ['prune L0H3 -L0H2', { type: 'mask', scope: 'clamp', edits: ['-L0H2-3'] }],
    ['restore L0H1', { type: 'mask', scope: 'clamp', edits: ['+L0H1'] }],
    ['restore', { type: 'mask', scope: 'clamp', edits: ['+L0H1'] }],
    ['pause', { type: 'pause' }],
    ['step', { type: 'step', count: 1 }],
    ['run 900', { type: 'run_to', step: 900 }],
    ['save', { type: 'snapshot', why: 'key' }],
    ['stop', { type: 'stop' }],
  ])('%s asks the trainer', (line, request) => {
    expect(typed(line)!.effects).toContainEqual(expect.objectContaining({ type: 'request', request }));
  });

  it('prunes more and fewer by score', () => {
    const edits = (line: string) =>
      typed(line)!.effects.flatMap((effect) =>
        effect.type === 'request' && effect.request.type === 'mask' ? effect.request.edits : [],
      );
    expect(edits('more').join()).toMatch(/-L0/);
    expect(edits('fewer').join()).toMatch(/\+L0/);
  });

  it('say what is wrong with them', () => {
    expect(typed('lr fast')!.model.notice).toMatchObject({ tone: 'alert', text: expect.stringContaining('expected') });
    const { model: after } = typed('lr fast')!;
    expect(newsOf(model, after).join()).toMatch(/^lr: expected/);
    expect(said('foo')).toMatch(/^"foo" is no word here; there are status, heads, worth, help, pause, .*lr, .*quit\.$/);
    expect(said('constructor')).toContain('is no word');
    expect(said('prune')).toContain('prune L0H1');
  });

  it('leave, and do not pause what is paused', () => {
    expect(wishOf(model, 'quit')).toEqual({ type: 'leave' });
    expect(said('resume')).toBe('The run is training.');
  });

  it('are all listed by help, each with a key that exists', () => {
    const help = said('help');
    expect(help).toMatch(/Type heads 8 first/);
    expect(help).not.toMatch(/ :[a-z]/);
    for (const word of ['status', 'heads', 'worth', 'pause', 'undo', 'mark', 'lr VALUE', 'mask EDITS', 'quit'])
      expect(help).toContain(`${word}:`);
    for (const word of [
      'pause',
      'step',
      'slower',
      'faster',
      'save',
      'mark',
      'fork',
      'more',
      'restore',
      'undo',
      'redo',
    ]) {
      const wish = wishOf(model, word);
      expect(wish.type === 'keys' && keyTable.some(({ keys }) => keys.includes(wish.keys[0]!))).toBe(true);
    }
  });
});

describe('sentences', () => {
  it('say where the run stands, with nothing that needs to be seen', () => {
    expect(standing(model)).toMatch(
      /^Step 500 of 2 000, training, [\d.]+ steps a second; train [\d.e-]+; in-domain .*1 pruned \(clamp\)\.$/,
    );
    expect(standing(model)).not.toMatch(/[\u2500-\u28ff]/);
  });

  it('report heads and what parts are worth', () => {
    expect(said('heads')).toMatch(/L0H0: entropy [\d.]+ of at most [\d.]+ nats, most to prompt token \d+, [\d.]+\./);
    expect(said('heads')).toMatch(/L0H1: .*, pruned\./);
    expect(said('worth')).toMatch(/L0H\d: [+-][\d.e-]+, standard error [\d.e-]+, at step 490/);
    expect(said('worth', modelAt(500))).toContain('Nothing has been measured yet');
  });

  it('tell what was asked for, and what became of it', () => {
    const { model: asked } = press(model, 's');
    expect(newsOf(model, asked)).toEqual(['snapshot: pending.']);
    const { id } = asked.pending[0]!;
    const answered = update(asked, { type: 'replied', id, ok: true, step: 510 }).model;
    expect(newsOf(asked, answered)).toEqual(['snapshot at step 510.']);
    expect(newsOf(answered, answered)).toEqual([]);
    // What stays on a screen for a while is said once.
    const later = update(answered, { type: 'metered', framesPerSecond: 2, bytesPerSecond: 0 }).model;
    expect(newsOf(answered, later)).toEqual([]);
    // What came and grew older since the last look is news.
    expect(newsOf(asked, later)).toEqual(['snapshot at step 510.']);
  });

  it('tell of snapshots that somebody asked for; of others the status does', () => {
    const saved = (why: string) =>
      modelAt(500, { more: [{ type: 'snapshot_saved', step: 500, file: 'step-00000500.safetensors', why }] });
    expect(newsOf(modelAt(500), saved('best')).join()).not.toContain('Snapshot');
    expect(newsOf(modelAt(500), saved('key')).join()).toContain('Snapshot at step 500 (key)');
    expect(standing(saved('best'))).toContain('last snapshot at step 500');
  });
});
