import { expect } from 'vitest';
import { keyTo } from '../fake_model.ts';
import { activations } from '../fake_source.ts';
import { applied, type Journey } from './driver.tsx';

/** Pruning heads and neurons, and who sees it. */
export const pruning: Readonly<Record<string, Journey>> = {
  prune: async (key, { open }) => {
    const screen = await open();
    await screen.press('2', 'right', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H1'] });
    applied(screen, ['-L0H1']);
    await screen.settle();
    // Crossed out in the grid, in the enlarged pattern, on the board and in the count that is always in sight.
    expect(screen.row('H0')).toMatch(/▸H1 +✕|▸H1✕/);
    expect(screen.row('3 L0H1')).toContain('✕ pruned');
    expect(screen.row('steps/s ')).toContain('✕1 pruned probe');
    expect(screen.text).toMatch(/┊ pruned L0H1|pruned L0H1 \(probe\)/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H1'] });
    // On the board, the cursor is on what is worth most.
    await screen.press(keyTo('pruning'), 'down', 'down', 'down', 'down');
    expect(screen.text).toContain('▸✕L0H1');
    const board = await open({ neurons: 10 });
    await board.press(keyTo('pruning'), 'down', 'down', 'down', 'down', 'down', key);
    expect(board.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N9'] });
    const curves = await open();
    await curves.press(key);
    expect(curves.source.asked).toBeUndefined();
  },
  solo: async (key, { open }) => {
    const screen = await open();
    await screen.press('2', 'right', 'right', key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0-1', '-L0H3-5'] });
    applied(screen, ['-L0H0-1', '-L0H3-5']);
    // What it will do stands in the hint; the mask and the cursor alone decide.
    await screen.press('right');
    expect(screen.text).toMatch(/o solo/);
    await screen.press('left');
    expect(screen.text).toMatch(/o others back/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H0-1', '+L0H3-5'] });
    expect(screen.text).toContain('✓ all heads except L0H2 restored (probe), from step 200');
  },
  everything_back: async (key, { open }) => {
    const screen = await open({ neurons: 30 });
    await screen.press(key);
    expect(screen.text).toContain('nothing is pruned');
    applied(screen, ['-L0H2', '-L0N4-9', '-L0N20']);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H2', '+L0N4-9', '+L0N20'] });
  },
  fewer_more: async (key, { open }) => {
    const screen = await open({ neurons: 40 });
    if (key === '<') {
      await screen.press(key);
      expect(screen.text).toContain('no neurons are pruned');
      applied(screen, ['-L0N0', '-L0N2', '-L0N4']);
      await screen.press(key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0N2', '+L0N4'] });
    } else {
      // The smallest two of forty, then the next two, before the first have been confirmed.
      await screen.press(key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N0', '-L0N2'] });
      await screen.press('2', key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
      await screen.press(keyTo('pruning'), key);
      expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0N0', '-L0N2'] });
    }
    const heads = await open();
    await heads.press(key);
    if (key === '>') expect(heads.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H0'] });
  },
  score: async (key, { open }) => {
    const screen = await open({ neurons: 40 });
    await screen.press(keyTo('pruning'), 'down', key);
    expect(screen.text).toContain('heads L0 by attention');
    await screen.press(key);
    expect(screen.source.requests).toContainEqual(expect.objectContaining({ type: 'watch', gradients: true }));
    expect(screen.text).toContain('heads L0 by gradient the gradient comes with new pictures');
    // Sizes count, whichever way the loss goes.
    const { step, tensors } = activations(201, { neurons: 40 });
    const gradients = { shape: [1, 6], data: Float32Array.of(3, -2, 1, -0.5, 2, 3) };
    screen.source.probe({ step, tensors: { ...tensors, head_gradient: gradients } });
    await screen.press('>');
    expect(screen.source.asked).toMatchObject({ type: 'mask', edits: ['-L0H3'] });
    await screen.press(key);
    expect(screen.source.requests).toContainEqual(expect.objectContaining({ type: 'watch', gradients: false }));
    // Neurons have no attention: they go by magnitude or gradient.
    await screen.press('1', '>');
    expect(screen.source.asked).toMatchObject({ type: 'mask', edits: ['-L0N0', '-L0N2'] });
    await screen.press(key);
    expect(screen.text).toContain('< and > go by gradient');
    await screen.press(key);
    expect(screen.text).toContain('< and > go by magnitude');
  },
  kind: async (key, { open }) => {
    const screen = await open({ neurons: 10 });
    await screen.press(keyTo('pruning'), 'down', key);
    // What x does, what the board measures, and what the trainer is asked for go together.
    expect(screen.text).toContain('x gives heads mean: the mean of its outputs over the prompts of the batch');
    expect(screen.text).toContain(`${keyTo('pruning')} mean ablation`);
    expect(screen.source.requests).toContainEqual(
      expect.objectContaining({ type: 'watch', ablation: true, kind: 'mean' }),
    );
    expect(screen.text).not.toContain('L0N9');
    const entries = [{ address: 'L0H4', delta: 2, base: 1, stderr: 0.1 }];
    const metric = 'in_domain_inference_loss';
    screen.source.emit({ type: 'ledger', step: 210, metric, kind: 'mean', revision: 0, entries });
    await screen.settle();
    expect(screen.row('L0H4')).toContain('20σ');
    expect(screen.text).toMatch(/ part +with mean +change/);
    expect(screen.row('5 more')).toContain('sooner with space or {');
    await screen.press('2', 'x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=mean'] });
    applied(screen, ['L0H0=mean']);
    await screen.settle();
    expect(screen.row('3 L0H0')).toContain('◇ mean');
    expect(screen.row('H1 ')).toMatch(/H0 ?◇/);
    expect(screen.row('steps/s ')).toContain('◇1 changed probe');
    expect(screen.text).toContain('x restore');
    await screen.press('x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=mean*0'] });
    await screen.press(key, 'x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=uniform'] });
    await screen.press(key, 'x');
    expect(screen.text).toContain(`${keyTo('pruning')} temperature 2`);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=temperature*2'] });
    await screen.press(key);
    expect(screen.text).toContain(`${keyTo('pruning')} frozen pattern for 10 updates`);
    expect(screen.source.requests.at(-1)).toMatchObject({ type: 'watch', ablation: true, kind: 'freeze_pattern' });
    await screen.press('x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=freeze_pattern'] });
    await screen.press(key);
    expect(screen.text).toContain('x prunes');
    await screen.press(':', ...'kind match', 'enter');
    expect(screen.text).toContain(':kind: kind: the model has no match; expected one of remove, temperature, uniform');
    await screen.press(':', ...'kind graft', 'enter');
    expect(screen.text).toContain('"graft" does not say from where; expected a snapshot or a run');
    await screen.press(':', ...'kind graft@other', 'enter');
    expect(screen.source.requests.at(-1)).toMatchObject({ type: 'watch', kind: 'graft@other' });
    expect(screen.text).toContain(`${keyTo('pruning')} grafted weights`);
    // What the snapshot is called once it is read, stands beside what was asked for.
    const grafted = { kind: 'graft@other:4~1f2e3d4c', asked: 'graft@other' };
    screen.source.emit({ type: 'ledger', step: 220, metric, ...grafted, revision: 0, entries });
    await screen.settle();
    expect(screen.row('L0H4')).toContain('×3.00');
    screen.source.answer = (request) =>
      'kind' in request && request.kind === 'graft@gone'
        ? { ok: false, step: 220, error: 'gone: no such run or snapshot' }
        : { ok: true, step: 220 };
    await screen.press(':', ...'kind graft@gone', 'enter');
    await screen.settle();
    expect(screen.text).toContain('gone: no such run or snapshot');
    expect(screen.source.requests.at(-1)).toMatchObject({ type: 'watch', kind: 'remove' });
    await screen.press(':', ...'do temperature 3', 'enter');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=temperature*3'] });
    await screen.press(':', ...'do mean 2', 'enter');
    expect(screen.text).toContain(':do: mask: mean*2 is out of range; expected a strength from 0');
    await screen.press(':', ...'do match', 'enter');
    expect(screen.text).toContain(
      ':do: mask: L0H0 has no match; expected one of remove, temperature, uniform, mean, graft_pattern,',
    );
  },
  graft: async (key, { open }) => {
    const screen = await open();
    await screen.press('2', key);
    expect(screen.text).toContain('go to a snapshot with , first: g gives the head the weights that it has there');
    await screen.press(':', ...'do graft', 'enter');
    expect(screen.text).toContain('"graft" does not say from where; expected a snapshot or a run');
    await screen.press(':', ...'do graft@other run 0.5', 'enter');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=graft@other run*0.5'] });
    applied(screen, ['L0H0=graft@other:4~1f2e3d4c*0.5']);
    await screen.settle();
    expect(screen.row('3 L0H0')).toContain('◇ graft@other:4~1f2e3d4c*0.5');
    await screen.press(')');
    expect(screen.source.asked).toEqual({
      ...{ type: 'mask', scope: 'probe', edits: ['L0H0=graft@other:4~1f2e3d4c*0.75'] },
    });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=graft*0'] });
    applied(screen, ['L0H0=graft*0']);
    screen.source.emit({ type: 'snapshot_saved', step: 50, file: 'step-00000050.safetensors', why: 'key' });
    await screen.press(',', key);
    const edits = ['L0H0=graft@step-00000050.safetensors'];
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits });
    // What is chosen while it is in view holds from there on.
    await screen.press(':', ...'kind freeze_pattern', 'enter', 'i', 'i', 'i', 'i', 'i', 'i');
    expect(screen.text).toContain('x gives heads graft_pattern: its pattern in another snapshot, on the same prompts');
    await screen.press(';', '2', 'x');
    const pattern = ['L0H0=graft_pattern@step-00000050.safetensors'];
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: pattern });
    applied(screen, ['L0H0=graft_pattern@run:50~1f2e3d4c']);
    await screen.settle();
    expect(screen.row('3 L0H0')).toContain('◇ graft_pattern@run:50~1f2e3d4c');
    await screen.press('x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H0=graft_pattern*0'] });
  },
  strength: async (key, { open }) => {
    const screen = await open({ neurons: 10 });
    await screen.press('2', 'i');
    applied(screen, ['L0H0=mean*0.5']);
    await screen.press(key);
    const [more, most] = key === ')' ? ['L0H0=mean*0.75', 'L0H0=mean'] : ['L0H0=mean*0.25', 'L0H0=mean*0'];
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [more] });
    applied(screen, [more]);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [most] });
    await screen.press(':', ...'kind temperature', 'enter', 'right', key);
    const warmer = key === ')' ? 2 : 0.5;
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [`L0H1=temperature*${warmer}`] });
    applied(screen, ['L0H1=temperature*1']);
    await screen.press(':', ...'kind remove', 'enter', ')');
    // Removing goes by strength as well; whole it is pruning.
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['L0H1=remove*0.25'] });
    applied(screen, ['L0H1=remove*0.75']);
    await screen.press(')');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['-L0H1'] });
    applied(screen, ['-L0H1']);
    await screen.press('(');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: ['+L0H1', 'L0H1=remove*0.75'] });
  },
  scope: async (key, { open }) => {
    const screen = await open();
    expect(screen.row('steps/s ')).toMatch(/probe $/);
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'clamp', edits: [] });
    applied(screen, [], 'clamp');
    await screen.settle();
    expect(screen.row('steps/s ')).toMatch(/CLAMP $/);
    expect(screen.row(`${keyTo('pruning')} pruning`)).toContain('scope CLAMP');
    expect(screen.text).toMatch(/scope clamp/);
    await screen.press('2', 'x');
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'clamp', edits: ['-L0H0'] });
    await screen.press(key);
    expect(screen.source.asked).toEqual({ type: 'mask', scope: 'probe', edits: [] });
  },
  move_part: async (key, { open }) => {
    const screen = await open();
    await screen.press(keyTo('pruning'));
    expect(screen.text).toMatch(/▸ L0H5 +5.50/);
    await screen.press('down', 'down', key);
    expect(screen.text).toMatch(key === 'up' || key === 'k' ? /▸ L0H4 +4.50/ : /▸ L0H2 +2.50/);
    // The cursor stays with its part when the order changes.
    const entries = [{ address: 'L0H0', delta: 7, stderr: null }];
    screen.source.emit({ type: 'ledger', step: 210, metric: 'in_domain_inference_loss', revision: 0, entries });
    await screen.settle();
    expect(screen.text).toMatch(key === 'up' || key === 'k' ? /▸ L0H4/ : /▸ L0H2/);
  },
};
