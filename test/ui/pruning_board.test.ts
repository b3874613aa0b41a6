import { expect, test } from 'vitest';
import type { EventBody } from '../../src/protocol/events.ts';
import { parseIntervention } from '../../src/protocol/interventions.ts';
import { reduceRun } from '../../src/runs/reduce.ts';
import { underCursor } from '../../src/ui/layout/opening.ts';
import { pruningPanel } from '../../src/ui/panels/pruning/panel.ts';
import { update } from '../../src/ui/run/update.ts';
import { type Model, withView } from '../../src/ui/state/model.ts';
import { boardRows } from '../../src/ui/state/ranking.ts';
import { keyTo, modelAt, press } from './fake_model.ts';
import { ablation, pruned, stamped } from './fake_source.ts';

function board(model: Model, columns = 70, rows = 8) {
  const { title, detail, body } = pruningPanel.draw(pruningPanel.select(model, underCursor(model)), { columns, rows });
  const text = typeof detail === 'string' ? detail : (detail ?? []).map(({ text }) => text).join('');
  return {
    title,
    detail: text,
    lines: body.map((line) =>
      line
        .map(({ text }) => text)
        .join('')
        .trimEnd(),
    ),
  };
}

test('a model of one head and no neurons', () => {
  const sizes = { heads: 1 };
  const before = board(modelAt(500, { sizes }));
  expect(before.detail).toBe('scope PROBE · evaluation only · 0 of 1 head out');
  expect(before.lines[0]).toBe(' heads L0 by magnitude █');
  expect(before.lines.slice(1, 3).join('')).toBe(
    ' what the held-out metric is without each, 1 part in all: measured one by one beside training; space pauses it, which measures sooner',
  );
  expect(before.lines.slice(3)).toEqual(['  L0H0 █']);
  const after = board(modelAt(500, { sizes, more: [pruned(['-L0H0'], 'clamp'), ablation(500, sizes, 1)] }));
  expect(after.detail).toBe('scope CLAMP · training sees it · 1 of 1 head out');
  expect(after.lines[0]).toBe(' in-domain changed 0.328 ± 0.00328 at 500  heads L0 by magnitude ×');
  expect(after.lines[2]).toMatch(/^ ✕L0H0 +0\.500 +\+0 % +─+ +within noise +500$/);
});

test('says once why parts have no value, and what can be done', () => {
  const model = modelAt(500, { sizes: { heads: 4 } });
  const ended: EventBody = {
    type: 'run_finished',
    step: 500,
    reason: 'completed',
    summary: { step: 500, seconds: 1, metrics: {} },
  };
  const over = modelAt(500, { sizes: { heads: 4 }, more: [ended] });
  const replay: Model = { ...model, replay: { from: 0, to: 500, stops: [], playing: false, speed: 0 } };
  for (const [shown, why] of [
    [model, 'one by one beside training; space pauses it, which measures sooner'],
    [over, 'not measured; incline prune FILE measures'],
    [replay, 'not measured up to this step'],
  ] as const) {
    const { lines } = board(shown, 160);
    expect(lines[1]).toContain(why);
    expect(lines[1]).toMatch(/^ what the held-out metric is without each, 4 parts in all: /);
    // In one row, without a value for any.
    expect(lines.slice(2)).toEqual([expect.stringMatching(/^ {2}L0H0 . {3}L0H1 . {3}L0H2 . {3}L0H3 .$/)]);
    expect(board(shown, 60, 4).lines[1]!.length).toBeLessThanOrEqual(60);
  }
  expect(board({ ...model, live: { ...model.live!, state: 'paused' } }, 160).lines[1]).toContain('being measured');
});

test('shows parts as they are measured, and those to come in a row below, the cursor among them', () => {
  const some = modelAt(500, { sizes: { heads: 4 }, more: [ablation(500, { heads: 2 })] });
  const { lines } = board(some, 100);
  expect(lines.slice(2, 4).join()).toMatch(/L0H[01] +1\.\d+.*L0H[01] /);
  expect(lines.slice(4)).toEqual([
    ' 2 more: measured one by one beside training; space pauses it, which measures sooner',
    expect.stringMatching(/^ {2}L0H2 . {3}L0H3 .$/),
  ]);
  const many = modelAt(500, { sizes: { heads: 40 }, more: [ablation(500, { heads: 2 })] });
  const low = board(press(many, keyTo('pruning'), ...Array<string>(30).fill('down')).model, 40, 6).lines;
  expect(low).toHaveLength(6);
  expect(low.join()).toMatch(/▸ L0H30/);
  expect(low.at(-1)).toMatch(/\+\d+ parts?$/);
});

test('has its cursor on the same part from when it has the focus, whatever changes places', () => {
  const sizes = { heads: 3 };
  const before = press(modelAt(500, { sizes, more: [ablation(480, sizes)] }), keyTo('pruning')).model;
  const read = underCursor(before)!.name;
  const worth = (address: string) => ({ address, delta: address === read ? 0.001 : 5, stderr: 0.1 });
  const entries = ['L0H0', 'L0H1', 'L0H2'].map(worth);
  const ledger: EventBody = { type: 'ledger', step: 490, metric: 'in_domain_inference_loss', revision: 0, entries };
  const run = reduceRun(before.run, stamped(ledger, 9999));
  const after = update(before, { type: 'run', run }).model;
  expect(boardRows(after).at(-1)!.address).toBe(read);
  expect(underCursor(after)!.name).toBe(read);
  // What more or fewer of are pruned is said by a cursor that a person moved.
  expect(underCursor(after)!.kind).toBe('neurons');
  expect(underCursor(press(after, 'up', 'down').model)!.kind).toBe('heads');
});

test('says between which steps parts were measured, where that is not one', () => {
  const sizes = { heads: 2 };
  const one = (address: string, step: number): EventBody => ({
    type: 'ledger',
    step,
    metric: 'in_domain_inference_loss',
    revision: 0,
    entries: [{ address, delta: 0.1, stderr: 0.01 }],
  });
  const heading = (columns: number, ...more: EventBody[]) => board(modelAt(500, { sizes, more }), columns).lines[1]!;
  expect(heading(56, one('L0H0', 480), one('L0H1', 490))).toMatch(/part, at 480–490 +without/);
  expect(heading(56, one('L0H0', 490), one('L0H1', 490))).not.toContain('at 4');
  // Where each part has its step beside it, that says more.
  expect(heading(70, one('L0H0', 480), one('L0H1', 490))).toMatch(
    / part +without +change +effect +significance +at step$/,
  );
});

test('what was measured of a model that has changed since stands behind, and nothing of it is told from the rest by weight', () => {
  const sizes = { heads: 3 };
  const one = (address: string, step: number, base: number, delta: number): EventBody => ({
    type: 'ledger',
    step,
    metric: 'in_domain_inference_loss',
    revision: 0,
    entries: [{ address, delta, base, stderr: 0.001, base_stderr: 0.001 }],
  });
  const model = modelAt(500, {
    sizes,
    more: [one('L0H0', 20, 1, 3), one('L0H1', 480, 0.335, 0.2), one('L0H2', 490, 0.33, 0.1)],
  });
  expect(boardRows(model).map(({ address }) => address)).toEqual(['L0H1', 'L0H2', 'L0H0']);
  const { body } = pruningPanel.draw(pruningPanel.select(model, undefined), { columns: 90, rows: 10 });
  const weights = body.slice(2, 5).map((line) => line.some(({ style }) => style?.bold));
  expect(weights).toEqual([true, true, false]);
  // So does all of it where the whole was evaluated since, and is another.
  const early = modelAt(500, { sizes, more: [one('L0H0', 20, 3, 0.1), one('L0H1', 21, 3, 0.2)] });
  const weak = pruningPanel.draw(pruningPanel.select(early, undefined), { columns: 90, rows: 10 }).body.slice(2, 4);
  expect(weak.some((line) => line.some(({ style }) => style?.bold))).toBe(false);
  // An effect beside which that is little stays where it was.
  const large = [one('L0H0', 20, 0.45, 3), one('L0H1', 480, 0.335, 0.2), one('L0H2', 490, 0.33, 0.1)];
  expect(boardRows(modelAt(500, { sizes, more: large }))[0]!.address).toBe('L0H0');
});

test('the largest effect first: the value without the part, how it differs and how sure that is', () => {
  const sizes = { heads: 4 };
  const measured = ablation(500, sizes) as Extract<EventBody, { type: 'ledger' }>;
  const entries = measured.entries.map((entry) => ({ ...entry, step: 380 }));
  const model = modelAt(500, { sizes, more: [{ ...measured, entries }] });
  const { lines } = board(model);
  expect(lines[0]).toMatch(/^ in-domain intact 0\.328 ± 0\.00328 at 500 +heads L0 by magnitude /);
  expect(lines[1]).toMatch(/^ +part +without +change +effect +significance +at step$/);
  expect(lines.slice(2).map((line) => line.trim().split(/\s+/)[0])).toEqual(['L0H3', 'L0H2', 'L0H1', 'L0H0']);
  expect(lines[2]).toMatch(/L0H3 +3\.50 +×7\.00 █+▋ +30σ +380$/);
  expect(lines[5]).toMatch(/L0H0 +0\.500 +\+0 % ─? +within noise +380$/);
  const precise = modelAt(500, {
    sizes,
    more: [{ ...measured, entries: entries.map((one) => ({ ...one, stderr: 1e-3 })) }],
  });
  expect(board(precise).lines[2]).toMatch(/L0H3 .* > 100σ +380$/);
  // With room for it, the standard error of the change as well.
  expect(board(model, 78).lines[2]).toMatch(/30σ +0\.100 +380$/);
  // And what it was with the part, at that step.
  expect(board(model, 90).lines[2]).toMatch(/30σ +0\.500 +0\.100 +380$/);
});

test('a bar is as long as the effect against the metric, not against the largest effect', () => {
  const sizes = { heads: 2 };
  const entry = { address: 'L0H1', delta: 0.0037, base: 18.6, stderr: 0.0001 };
  const slight: EventBody = { ...(ablation(500, sizes) as Extract<EventBody, { type: 'ledger' }>), entries: [entry] };
  expect(board(modelAt(500, { sizes, more: [slight] })).lines[2]).toMatch(/18\.6 +\+0\.020 % +37σ/);
});

test('of a single prompt no standard error is known, which is not to be exact', () => {
  const sizes = { heads: 1 };
  const measured = ablation(500, sizes) as Extract<EventBody, { type: 'ledger' }>;
  const unsure = { ...measured, entries: measured.entries.map((entry) => ({ ...entry, stderr: null })) };
  const evaluated = (n: number): EventBody => {
    return { type: 'evaluated', step: 500, values: { [measured.metric]: { mean: 1, stderr: null, n } } };
  };
  const drawn = (n: number) => board(modelAt(500, { sizes, more: [unsure, evaluated(n)] })).lines[2];
  expect(drawn(1)).toMatch(/\+0 % +error unknown +500$/);
  expect(drawn(0)).toMatch(/\+0 % +exact +500$/);
});

test('many neurons in tenths, sizes sorted with those crossed out that are pruned', () => {
  const sizes = { layers: 2, heads: 2, neurons: 300 };
  const model = modelAt(500, { sizes, more: [pruned(['-L0N0-149'])] });
  const { detail, lines } = board(press(model, keyTo('pruning')).model, 70, 30);
  expect(detail).toContain('150 of 600 neurons');
  expect(lines.length).toBeLessThan(12);
  expect(lines.join('\n')).toContain('L1 least 10 %');
  expect(lines.join('\n')).toContain('L0 90–100 %');
  expect(lines[0]).toMatch(/neurons L0 by magnitude ×*[▁-█×]+$/);
  // x on a tenth prunes just these neurons of the layer.
  const down = Array.from({ length: 4 }, () => 'down');
  const { effects } = press(model, keyTo('pruning'), ...down, 'x');
  const [request] = effects.flatMap((effect) => (effect.type === 'request' ? [effect.request] : []));
  expect(request).toMatchObject({ type: 'mask', scope: 'probe' });
  const edits = request?.type === 'mask' ? request.edits : [];
  // Even ones are smaller: of the least thirty, all are pruned already.
  expect(edits).toHaveLength(30);
  expect(edits[0]).toBe('+L0N0');
});

test('narrow and low, the board keeps the part under the cursor in view', () => {
  const sizes = { heads: 64 };
  const model = modelAt(500, { sizes, more: [ablation(500, sizes)] });
  const down = Array.from({ length: 40 }, () => 'down');
  const { lines, detail } = board(press(model, keyTo('pruning'), ...down).model, 40, 5);
  expect(lines).toHaveLength(5);
  expect(lines[3]).toContain('▸ L0H23');
  expect(detail).toContain('scope PROBE');
});

test('says of what was measured on top of another mask that it was, and by which metric', () => {
  const sizes = { heads: 2 };
  const stale = board(modelAt(500, { sizes, more: [ablation(480, sizes, 0), pruned(['-L0H0'])] }));
  expect(stale.lines[2]).toMatch(/L0H1 +1\.50 +×3\.00 .* old mask +480$/);
  const fresh = board(modelAt(500, { sizes, more: [pruned(['-L0H0']), ablation(480, sizes, 1)] }));
  expect(fresh.lines.join()).not.toContain('old mask');
  const hinge = { ...ablation(480, sizes), metric: 'unseen_hinge' } as EventBody;
  expect(board(modelAt(500, { sizes, more: [hinge] })).lines[0]).toMatch(/^ unseen hinge intact 0\.500 at 480 /);
});

test('forgets what was measured by another metric', () => {
  const sizes = { heads: 2 };
  const asked = { type: 'control_changed', step: 490, path: 'prune.metric', from: '', to: 'eval_loss' } as const;
  expect(board(modelAt(500, { sizes, more: [ablation(480, sizes), asked] })).lines.at(-1)).toMatch(
    /^ {2}L0H0 . {3}L0H1 .$/,
  );
});

test('another metric is chosen by name, which tab finishes', () => {
  const at = (line: string, key: string) =>
    press(modelAt(500), ':', ...line.split('').map((c) => (c === ' ' ? 'space' : c)), key);
  const asked = at('metric out_of_domain_inference_loss', 'enter').effects;
  const request = { type: 'set', path: 'prune.metric', value: 'out_of_domain_inference_loss' };
  expect(asked).toMatchObject([{ type: 'request', request }]);
  expect(at('metric out_of', 'tab').model.overlay).toMatchObject({ text: 'metric out_of_domain_inference_loss' });
  const wrong = at('metric in_domain_inference_los', 'enter').model.notice.text;
  expect(wrong).toContain('did you mean in_domain_inference_loss');
});

test('what was measured at another step than what stands above it stands back and says its step', () => {
  const sizes = { heads: 2 };
  const at = (step: number) => {
    const model = modelAt(500, { sizes, more: [ablation(step, sizes)] });
    const { body } = pruningPanel.draw(pruningPanel.select(model, undefined), { columns: 70, rows: 8 });
    const row = body[2]!;
    return { value: row.find(({ text }) => text.trim() === '1.50')!.style, step: row.at(-1)! };
  };
  expect(at(500).value).toEqual({ fg: 'value' });
  expect(at(480).value).toEqual({ fg: 'hint' });
  expect(at(480).step.text.trim()).toBe('480');
  // Newer than the last evaluation: what it was measured against stands above.
  expect(board(modelAt(500, { sizes, more: [ablation(503, sizes)] })).lines[0]).toContain('intact 0.500 at 503 ');
});

test('what is intact is not called pruned before the pruned model was measured', () => {
  const sizes = { heads: 2 };
  const more = [ablation(480, sizes), pruned(['-L0H0'])];
  expect(board(modelAt(500, { sizes, more })).lines[0]).toContain('intact 0.328 ± 0.00328 at 500');
  const values = { in_domain_inference_loss: { mean: 0.7, stderr: 0.01, n: 200 } };
  const intact = { in_domain_inference_loss: { mean: 0.3, stderr: 0.01, n: 200 } };
  const after: EventBody = { type: 'evaluated', step: 510, values, intact };
  expect(board(modelAt(500, { sizes, more: [...more, after] })).lines[0]).toContain('changed 0.700 ± 0.0100 at 510');
  // Training has yet to see the mask: no number is that of the pruned model.
  const clamped = [ablation(480, sizes), { ...pruned(['-L0H0'], 'clamp'), step: 505 } as EventBody];
  expect(board(modelAt(500, { sizes, more: clamped })).lines[0]).toMatch(/^ in-domain +heads L0 by magnitude/);
});

test('of a metric that is next to nothing the change is said as it is: a ratio would only tell how small that was', () => {
  const sizes = { heads: 2 };
  const measured = ablation(500, sizes) as Extract<EventBody, { type: 'ledger' }>;
  const lost = (base: number) => {
    const entries = [{ address: 'L0H1', delta: 0.5, base, base_stderr: base / 10, stderr: 0.05 }];
    return board(modelAt(500, { sizes, more: [{ ...measured, entries }] }), 110);
  };
  expect(lost(0.1).lines[1]).toMatch(/ without +change +ratio +effect/);
  expect(lost(0.1).lines[2]).toMatch(/L0H1 +0\.600 +\+0\.500 +×6\.00 █+/);
  expect(lost(1e-9).lines[1]).not.toContain('ratio');
  expect(lost(1e-9).lines[2]).toMatch(/L0H1 +0\.500 +\+0\.500 █+/);
  const { lines } = board(
    modelAt(500, { sizes, more: [{ ...measured, entries: [{ ...measured.entries[1]!, base: 1e-9 }] }] }),
    70,
  );
  expect(lines[2]).toMatch(/ \+1\.00 .*σ/);
});

test('a run that is played back shows what was measured by then, whatever was done to parts', () => {
  const sizes = { heads: 2 };
  const measured = { ...(ablation(480, sizes) as Extract<EventBody, { type: 'ledger' }>), kind: 'temperature*4' };
  const live = modelAt(500, { sizes, more: [measured] });
  const waiting = board(live);
  expect(waiting.title).toBe('pruning');
  const wanted = (kind: string) => withView(live, { intervention: parseIntervention(kind, 'test') });
  expect(board(wanted('mean'), 100).lines[1]).toContain('what the held-out metric is with mean each, ');
  expect(board(wanted('freeze_keys'), 100).lines[1]).toContain('what the held-out metric is with each frozen, ');
  expect(waiting.lines.join()).not.toContain('30σ');
  const replay: Model = { ...live, replay: { from: 0, to: 500, stops: [], playing: false, speed: 0 } };
  const played = board(replay);
  expect(played.title).toBe('temperature 4');
  expect(played.lines[1]).toMatch(/ part +at 4 +change/);
  expect(played.lines[2]).toMatch(/L0H1 +1\.50 .*10σ/);
});
