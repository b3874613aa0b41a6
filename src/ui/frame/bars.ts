import { byteRate, duration, fitNumber, plural, thousands } from '../../core/format.ts';
import type { Token } from '../../plot/style.ts';
import type { Line, Span } from '../../plot/text.ts';
import { breakLine, fitLine, lineWidth, repeated, span, textWidth } from '../../plot/text.ts';
import type { ModelFacts } from '../../protocol/events.ts';
import { prunedParts } from '../../protocol/mask_values.ts';
import { generalHints } from '../keys/hints.ts';
import { layoutOf, panelKey } from '../layout/opening.ts';
import { endingOf } from '../state/endings.ts';
import { isGroupOver, runsOf } from '../state/group.ts';
import type { Model } from '../state/model.ts';
import { isOver } from '../state/model.ts';
import { verdict } from './verdict.ts';

const states: Readonly<Record<string, { readonly text: string; readonly colour: Token }>> = {
  waiting: { text: '○ starting', colour: 'hint' },
  starting: { text: '○ starting', colour: 'hint' },
  running: { text: '● training', colour: 'training' },
  paused: { text: '‖ paused', colour: 'out_of_domain' },
  finished: { text: '○ ending', colour: 'hint' },
  failed: { text: '✕ failed', colour: 'alert' },
};

/** Columns from which the program is named, and from which progress is drawn as well as told. */
const [named, drawn] = [80, 120];

/** Program, run, model and seed on the left; time left, state and step, each at its place, on the right. */
export function topLine(model: Model): Line {
  const { run, live, recalled } = model;
  const state = stateOf(model);
  const steps = run.config?.train.steps ?? 0;
  const planned = thousands(steps);
  const step = live && model.connected && !isOver(model) ? live.step : run.step;
  const { columns } = model.size;
  const right: Span[] = [
    // What is looked at goes before how long the run will take.
    ...(recalled && columns < named ? [] : [span(timeLeft(model).padStart(widestTimeLeft), { fg: 'hint' })]),
    span(`${state.text.padEnd(11)} `, { fg: state.colour, bold: true }),
    // What has ended before its last step gets no further.
    ...(columns < drawn || (isOver(model) && !model.replay && step < steps) ? [] : progressBar(step / steps)),
    span(columns < named ? '' : 'step ', { fg: 'hint' }),
    span(thousands(step).padStart(planned.length), { bold: true }),
    span(` / ${planned} `, { fg: 'hint' }),
  ];
  const room = columns - lineWidth(right) - 2;
  const name = model.group?.name ?? (run.run || 'waiting for the trainer');
  const program = columns < named ? [] : [span(' incline ', { fg: 'focus', bold: true, inverse: true })];
  const peek = recalled
    ? [
        span(` ◂ LOOKING AT ${thousands(recalled.step)} `, {
          fg: 'intervention',
          bold: true,
          inverse: true,
        }),
      ]
    : [];
  const known = [...program, ...peek, span(` ${name}`, { bold: true })];
  const left = [...known, span(description(model, room - lineWidth(known)), { fg: 'hint' })];
  return [...fitLine(left, room), span('  '), ...right];
}

/** Cells of `3m 05s left  `. */
const widestTimeLeft = 14;

/** How long a run that goes on will take. */
function timeLeft({ live, replay, connected }: Model): string {
  if (!live || replay || !connected || live.state !== 'running' || !(live.stepsPerSecond > 0)) return '';
  return `${duration((live.until - live.step) / live.stepsPerSecond)} left  `;
}

const progressCells = 8;

function progressBar(share: number): Span[] {
  const done = Math.round(progressCells * Math.max(0, Math.min(1, share || 0)));
  return [
    span(repeated('▰', done), { fg: 'training' }),
    span(`${repeated('▱', progressCells - done)} `, { fg: 'border' }),
  ];
}

function stateOf(model: Model): { readonly text: string; readonly colour: Token } {
  const { run, live, replay } = model;
  if (replay)
    return replay.playing ? { text: '▶ replay', colour: 'training' } : { text: '‖ replay', colour: 'out_of_domain' };
  if (model.group?.all && isOver(model) && !isGroupOver(model)) {
    const runs = runsOf(model);
    const done = runs.filter(({ phase }) => phase === 'finished' || phase === 'failed').length;
    return { text: `${done} of ${runs.length} done`, colour: 'hint' };
  }
  if (run.phase === 'finished') {
    const { sign, words, colour } = endingOf(run);
    return { text: `${sign} ${words}`, colour };
  }
  return states[run.phase === 'failed' ? 'failed' : (live?.state ?? run.phase)]!;
}

/** What a model has how many of. */
export function sizesOf({ layers, heads, neurons }: ModelFacts): string[] {
  return [plural(layers, 'layer'), plural(heads, 'head'), ...(neurons > 0 ? [plural(neurons, 'neuron')] : [])];
}

/** The fullest description of the model that fits. */
function description({ run, group }: Model, room: number): string {
  if (!run.config || !run.model) return '';
  const sizes = sizesOf(run.model).join(' × ');
  const seed = group?.all ? plural(group.seeds.length, 'seed') : `seed ${run.config.seed}`;
  const { parent } = run;
  const origin = parent
    ? [[sizes, seed], [seed], []].map((form) => [`from ${parent.run}@${parent.step}`, ...form])
    : [];
  const forms = [...origin, [run.config.model.name, sizes, seed], [sizes, seed], [seed]].map(
    (form) => ` · ${form.join(' · ')}`,
  );
  return forms.find((form) => textWidth(form) <= room) ?? '';
}

/**
 * The two rows at the bottom. What was asked for and answered on the left; settings and costs, each at its place, on the
 * right, unless the words need their room; the scope of pruning at the end; below, what the keys do, unless the words go on
 * there.
 */
export function bottomLines(model: Model): [Line, Line] {
  const { columns } = model.size;
  // How a run has ended needs the room, in a replay as well.
  const right = isOver(model) ? [] : machine(model);
  const scope = scopeOf(model);
  const whole = columns - lineWidth(scope);
  const room = whole - lineWidth(right);
  const said = model.overlay.type === 'line' ? undefined : message(model);
  const forms = model.overlay.type === 'line' ? [typed(model.overlay)] : (said ?? hiddenPanels(model));
  const left = [span(' '), ...(forms.find((form) => lineWidth(form) < room) ?? forms.at(-1)!)];
  if (lineWidth(left) <= room) return [[...fitLine(left, room), ...right, ...scope], hintsLine(model)];
  const [first, rest] = said ? breakLine(left, whole) : [left, []];
  const below = rest.length > 0 ? fitLine([span('   '), ...rest], columns) : hintsLine(model);
  return [[...fitLine(first, whole), ...scope], below];
}

/** Share of what the line may carry from which it is told what the screen costs: where pictures come seldom, that is why. */
const slow = 1 / 2;
const isSlow = ({ bytesPerSecond: most }: Model['look'], { bytesPerSecond }: Model['meter']): boolean =>
  bytesPerSecond > slow * most;

function machine({ run, live, replay, meter, look, size: { columns } }: Model): Line {
  const rate = run.curves.get('learning_rate')?.view().last?.value ?? run.controls['train.learning_rate'];
  const learningRate = Number(rate ?? run.config?.train.learning_rate ?? Number.NaN);
  const engine = run.engine ? `${run.engine.name} · ${plural(run.engine.threads, 'thread')}` : '';
  const parts: Span[] = [
    span(columns < 140 ? '  lr ' : '  learning rate ', { fg: 'hint' }),
    span(fitNumber(learningRate, 7)),
    span(fitNumber(replay?.speed ?? live?.stepsPerSecond ?? null, 7)),
    span(' steps/s ', { fg: 'hint' }),
    ...(columns < 140 ? [] : [span(`  ${engine}`, { fg: 'hint' })]),
    ...(columns < drawn || !isSlow(look, meter)
      ? []
      : [
          span(`${String(meter.framesPerSecond).padStart(5)} fps ${byteRate(meter.bytesPerSecond).padStart(9)} `, {
            fg: 'hint',
          }),
        ]),
  ];
  return parts;
}

/** How many parts are pruned and who sees it: always in sight. */
function scopeOf({ run }: Model): Line {
  const { scope, values } = run.mask;
  const pruned = prunedParts(values).length;
  const changed = Object.keys(values.interventions ?? {}).length;
  const counts = `${changed > 0 ? ` ◇${changed} changed` : ''}${pruned > 0 ? ` ✕${pruned} pruned` : ''} `;
  return [
    span(counts.padStart(7), { fg: 'pruned', bold: scope === 'clamp' }),
    scope === 'clamp' ? span('CLAMP ', { fg: 'alert', bold: true }) : span('probe ', { fg: 'hint' }),
  ];
}

function typed(overlay: { readonly purpose: 'command' | 'run_to'; readonly text: string }): Line {
  const cursor = span('_', { bold: true });
  if (overlay.purpose === 'run_to') {
    return [span('run to step ', { bold: true }), span(overlay.text), cursor];
  }
  return [span(`:${overlay.text}`, { bold: true }), cursor];
}

/** What there is to say, in one form; undefined when there is nothing. */
function message(model: Model): Line[] | undefined {
  const { pending, notice, run, replay, recalled } = model;
  if (pending.length > 0) {
    const labels = pending.map(({ label }) => label).join(', ');
    return [[span('○ ', { fg: 'out_of_domain' }), span(labels), span(' pending', { fg: 'hint' })]];
  }
  if (notice.text !== '') {
    const signs = { plain: '· ', good: '✓ ', alert: '✕ ' };
    const colours: Record<typeof notice.tone, Token> = { plain: 'hint', good: 'training', alert: 'alert' };
    return [[span(signs[notice.tone], { fg: colours[notice.tone], bold: true }), span(notice.text)]];
  }
  if (replay && run.phase !== 'finished') return undefined;
  if (recalled) return [[span('◆ ', { fg: 'focus', bold: true }), span(lookingBack(recalled.step))]];
  if (run.phase === 'finished') return verdict(model);
  if (run.phase === 'failed') {
    return [[span('✕ ', { fg: 'alert', bold: true }), span(`${run.failure ?? 'failed'}; press q to leave`)]];
  }
  if (run.alert) {
    const isMere = run.alert.kind === 'notice';
    return [[span(isMere ? '· ' : '✕ ', { fg: isMere ? 'hint' : 'alert', bold: true }), span(run.alert.message)]];
  }
  return undefined;
}

function lookingBack(step: number): string {
  return `pictures of step ${thousands(step)}, not of now; ; goes on`;
}

/** The keys and names of closed panels; where there is little room, the keys and what they open. */
function hiddenPanels(model: Model): Line[] {
  const { hidden } = layoutOf(model);
  if (hidden.length === 0 || model.look.still) return [[]];
  const keys = hidden.map((panel) => panelKey(model, panel));
  const parts = hidden.map((panel, index) => [span(`${keys[index]} `, { bold: true }), span(panel.id, { fg: 'hint' })]);
  const named = parts.flatMap((part, index) => (index === 0 ? part : [span(' · ', { fg: 'border' }), ...part]));
  const isRun = keys.length > 1 && keys.every((key, at) => Number(key) === Number(keys[0]) + at);
  const pressed = isRun ? `${keys[0]}–${keys.at(-1)}` : keys.join(' ');
  const open = (words: string): Line => [span(pressed, { bold: true }), span(words, { fg: 'hint' })];
  return [named, open(' open other panels'), open(' other panels')];
}

/** What the keys do here. */
function hintsLine(model: Model): Line {
  return fitLine([span(' '), ...generalHints(model, model.size.columns - 2)], model.size.columns);
}
