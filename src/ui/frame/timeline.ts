import { duration, significant, thousands } from '../../core/format.ts';
import type { Line, Span } from '../../plot/text.ts';
import { fitLine, repeated, span, textWidth } from '../../plot/text.ts';
import type { Stop } from '../../runs/timeline.ts';
import { timelineRows } from '../layout/opening.ts';
import type { Model, Replay } from '../state/model.ts';
import { membersLine } from './members.ts';

/** Cells left of the track: play or pause. */
const left = 5;

/**
 * The track with snapshots, interventions and the cursor, and what lies there; the members of several runs; nothing for one
 * that goes on.
 */
export function timelineLines(model: Model): Line[] {
  const { replay, size } = model;
  if (model.group) return [membersLine(model)];
  if (!replay) return [];
  const planned = thousands(replay.to);
  const right = `  step ${thousands(model.run.step).padStart(planned.length)} of ${planned} `;
  const width = Math.max(10, size.columns - left - textWidth(right));
  const sign = replay.playing ? '▶' : '‖';
  const lines: Line[] = [
    [
      span(`  ${sign}  `, { fg: replay.playing ? 'training' : 'out_of_domain', bold: true }),
      ...track(replay, model.run.step, width),
      span(right, { bold: true }),
    ],
    [span(repeated(' ', left)), ...explanation(model, replay)],
  ];
  return lines.slice(0, timelineRows).map((line) => fitLine(line, size.columns));
}

const signs: Readonly<Record<Stop['kind'], Span>> = {
  snapshot: span('◆', { fg: 'focus' }),
  intervention: span('┃', { fg: 'intervention' }),
};

function track(replay: Replay, step: number, width: number): Line {
  const { from, to, stops } = replay;
  const cellOf = (at: number): number =>
    to > from ? Math.max(0, Math.min(width - 1, Math.round(((width - 1) * (at - from)) / (to - from)))) : 0;
  const cursor = cellOf(step);
  const cells = Array.from({ length: width }, (_, cell) =>
    cell < cursor ? span('━', { fg: 'training' }) : span('─', { fg: 'border' }),
  );
  // Where several fall into one cell, what a person did is shown.
  for (const kind of ['snapshot', 'intervention'] as const) {
    for (const stop of stops) if (stop.kind === kind) cells[cellOf(stop.step)] = signs[kind];
  }
  cells[cursor] = span('●', { fg: 'focus', bold: true });
  return cells;
}

/** What lies at the cursor, or next to it. */
function explanation({ probe, run, size }: Model, { stops, speed, from, to }: Replay): Line {
  const here = stops.filter(({ step }) => step === run.step);
  const next = stops.find(({ step }) => step > run.step);
  const texts = [
    ...here.map((stop) => describe(stop)),
    ...(here.length === 0 && next ? [`next ${describe(next)} at ${thousands(next.step)}`] : []),
  ];
  const pace = `${significant(speed)} steps/s, all in ${duration((to - from) / speed)}`;
  const pictures = probe ? `pictures of step ${thousands(probe.step)}` : 'no pictures';
  // The pace goes whole where it does not fit.
  const facts = [pictures, ...texts, pace];
  const fitting = textWidth(facts.join(' · ')) <= size.columns - left ? facts : facts.slice(0, -1);
  return fitting.flatMap((text, index) => [
    ...(index > 0 ? [span(' · ', { fg: 'border' })] : []),
    span(text, { fg: 'hint' }),
  ]);
}

function describe({ kind, label }: Stop): string {
  return kind === 'snapshot' ? `◆ snapshot (${label})` : `┃ ${label}`;
}
