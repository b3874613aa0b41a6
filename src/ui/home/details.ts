import { thousands } from '../../core/format.ts';
import { commandLine } from '../../core/own_command.ts';
import { Series } from '../../core/series.ts';
import { drawChart } from '../../plot/chart.ts';
import type { Line } from '../../plot/text.ts';
import { fitText, span, textWidth, wrapText } from '../../plot/text.ts';
import type { Size } from '../screen/size.ts';
import type { HomeFact, HomePreset, HomeRecipe, HomeRun, HomeSweep } from './contract.ts';
import { gpu } from './lists.ts';
import type { HomeModel } from './model.ts';
import { selectedPreset, selectedRecipe, selectedRun } from './model.ts';

/** What is known of the selected preset or run, the most telling first, in at most `rows` lines. */
export function details(model: HomeModel, { columns, rows }: Size): Line[] {
  const run = selectedRun(model);
  const preset = selectedPreset(model);
  const recipe = selectedRecipe(model);
  const width = columns - 2;
  if (run) return ofRun(model, run, { columns, rows });
  const lines = preset
    ? ofPreset(preset, width)
    : recipe
      ? ofRecipe(recipe, width)
      : [[span('nothing is selected', { fg: 'hint' })]];
  const shown = indented(lines.slice(0, rows));
  // Of a preset, how the last run of it went, if there is one as it is; else one of it that was changed, and that it was.
  const ofIt = model.data.runs.filter(({ source, headline }) => source === preset?.name && headline);
  const asItIs = ofIt.find((one) => isOfSettings(one, preset!));
  const size = { columns, rows: rows - shown.length };
  return [...shown, ...curveOf(model, asItIs ?? ofIt[0], size, asItIs ? '' : ', of other settings')];
}

/** Whether a run has the task and the model of a preset. */
const isOfSettings = (run: HomeRun, preset: HomePreset): boolean =>
  ['task', 'model'].every((label) => factOf(run, label) === factOf(preset, label));

const factOf = ({ facts }: { readonly facts: readonly HomeFact[] }, label: string): string | undefined =>
  facts.find((fact) => fact.label === label)?.value;

const indented = (lines: readonly Line[]): Line[] => lines.map((line) => [span(' '), ...line]);

/** Rows from which a curve is drawn, and of its chart at most. */
const chartRows = { least: 11, most: 24 };

/** What a run is judged by, over its steps, in what room is left. */
function curveOf({ look }: HomeModel, run: HomeRun | undefined, { columns, rows }: Size, note = ''): Line[] {
  if (!run?.headline || run.headline.curve.length < 2 || rows < chartRows.least) return [];
  const { title, label, curve } = run.headline;
  const series = new Series();
  for (const { step, value } of curve) series.push(step, value);
  const [from, to] = [curve[0]!.step, Math.max(curve.at(-1)!.step, run.steps)];
  return [
    [],
    [span(fitText(` ${title}, ${run.name}${note}`, columns), { fg: 'hint' })],
    ...drawChart({
      width: columns - 1,
      height: Math.min(chartRows.most, rows - 2),
      glyphs: look.glyphs,
      series: [{ label, role: 'in_domain', view: series.view() }],
      x: { from, to, scale: 'linear' },
      y: { scale: 'log' },
    }),
  ];
}

function ofPreset({ name, title, description, facts, time }: HomePreset, width: number): Line[] {
  return [
    ...paragraph(title, width, true),
    ...paragraph(description, width),
    [],
    ...table(
      [...facts, { label: 'takes', value: time === gpu ? 'hours without a GPU' : `about ${time} on two cores` }],
      width,
    ),
    [],
    ...command(commandLine('train', name), width),
  ];
}

function ofRecipe({ name, title, description, facts, claims, time, verdicts }: HomeRecipe, width: number): Line[] {
  return [
    ...paragraph(title, width, true),
    ...paragraph(description, width),
    [],
    ...table([...facts, { label: 'takes', value: `about ${time} on two cores` }], width),
    [],
    [span(verdicts === '' ? 'claims, not tried here yet' : 'claims', { fg: 'hint' })],
    ...claims.flatMap(({ label, value }) => [
      ...wrapText(label, width - 2).map((row): Line => [span(`  ${row}`)]),
      ...wrapText(value, width - 4).map((row): Line => [span(`    ${row}`, { fg: 'hint' })]),
    ]),
    [],
    ...command(commandLine('reproduce', name, '--quick'), width),
  ];
}

/** What it has come to, how that went, where there is room, then its settings; at the end, how to see more of it. */
function ofRun(model: HomeModel, run: HomeRun, { columns, rows }: Size): Line[] {
  const { title, note, tags, metrics, facts, snapshots, live, name } = run;
  const width = columns - 2;
  const last = snapshots.at(-1);
  const kept: HomeFact[] = [
    { label: 'state', value: run.sweep ? sweepState(run, run.sweep) : stateOf(run) },
    ...(note === '' ? [] : [{ label: 'note', value: note }]),
    ...(tags.length === 0 ? [] : [{ label: 'tags', value: tags.map((tag) => `#${tag}`).join(' ') }]),
  ];
  const saved = last ? `${snapshots.length}, the last at step ${thousands(last.step)}` : 'none';
  const head = [...paragraph(title, width, true), ...table(kept, width), ...table(metrics, width)];
  const settings = table([...facts, ...(run.sweep ? [] : [{ label: 'snapshots', value: saved }])], width);
  const end = [[], ...command(commandLine(live || run.sweep ? 'attach' : 'replay', name), width)];
  const room = rows - head.length - end.length;
  const curve = curveOf(model, run, { columns, rows: Math.max(chartRows.least, room - settings.length) });
  const isDrawn = curve.length <= room;
  const left = room - (isDrawn ? curve.length : 0);
  const below = [...settings.slice(0, Math.max(0, left)), ...end];
  return [...indented(head), ...(isDrawn ? curve : []), ...indented(below)].slice(0, rows);
}

function sweepState({ live }: HomeRun, { done, failed, total }: HomeSweep): string {
  const counts = [
    `${thousands(done)} of ${thousands(total)} runs are done`,
    ...(failed > 0 ? [`${failed} failed`] : []),
  ];
  const state = live ? 'training' : done === total ? 'finished' : 'not going';
  return [state, ...counts].join(', ');
}

function stateOf({ live, paused, ending, step, steps }: HomeRun): string {
  const at = `step ${thousands(step)} of ${thousands(steps)}`;
  if (live) return `${paused ? '‖ paused' : 'training'}, ${at}`;
  return `${ending === '' ? 'left without an end' : ending}, ${at}`;
}

function paragraph(words: string, width: number, bold = false): Line[] {
  return wrapText(words, width).map((row) => [span(row, bold ? { bold } : { fg: 'hint' })]);
}

/** Labels in a column of their own; long values go on under themselves. */
function table(facts: readonly HomeFact[], width: number): Line[] {
  const label = Math.max(9, ...facts.map((fact) => textWidth(fact.label))) + 1;
  return facts.flatMap((fact) =>
    wrapText(fact.value, width - label).map(
      (row, index): Line => [span(fitText(index === 0 ? fact.label : '', label), { fg: 'hint' }), span(row)],
    ),
  );
}

/** To be typed elsewhere: whole, however long. */
function command(words: string, width: number): Line[] {
  return wrapText(words, width - 2).map((row, index) => [
    span(index === 0 ? '$ ' : '  ', { fg: 'hint' }),
    span(row, { fg: 'value' }),
  ]);
}
