import { significant } from '../../core/format.ts';
import { headlineMetric } from '../../metrics/headline.ts';
import type { Token } from '../../plot/style.ts';
import { fitLine, type Line, lineWidth, span, textWidth } from '../../plot/text.ts';
import type { RunState } from '../../runs/state.ts';
import { endingOf } from '../state/endings.ts';
import { isGoing, runsOf } from '../state/group.ts';
import type { Model } from '../state/model.ts';

/** The members of a group by their seeds, with their states, the one in view marked, and on which of them keys act. */
export function membersLine(model: Model): Line {
  const { columns } = model.size;
  const runs = runsOf(model);
  const areOver = runs.every(({ phase }) => phase === 'finished' || phase === 'failed');
  const title = areOver ? titleOf(runs) : ' seeds';
  const forms = [
    ...(areOver
      ? [[entriesOf(model, runs, { isNamed: true, withShares: true }), targetText(model, runs, true)] as const]
      : []),
    [entriesOf(model, runs, { withShares: true }), targetText(model, runs, true)],
    [entriesOf(model, runs, {}), targetText(model, runs, true)],
    [entriesOf(model, runs, {}), targetText(model, runs, false)],
  ] as const;
  const widthOf = (entries: readonly Line[]): number => lineWidth(entries.flat());
  const fits = forms.find(([all, text]) => widthOf(all) + gap + textWidth(text) + title.length + 1 <= columns);
  const [entries, right] = fits ?? forms.at(-1)!;
  const room = columns - textWidth(right) - 1;
  const { all, lead } = model.group!;
  const shown = fits ? entries.flat() : around(entries, all ? 0 : lead + 1, room - gap - title.length);
  return [...fitLine([span(title, { fg: 'hint' }), ...shown], room), span(right, { fg: 'hint' })];
}

/** Of which metric the numbers at the end are. */
function titleOf(runs: readonly RunState[]): string {
  const [metric] = runs.flatMap((run) => (run.phase === 'finished' ? (judgedBy(run) ?? []) : []));
  return metric === undefined ? ' seeds' : ` ${runs[0]!.metrics.short(metric)} by seed`;
}

/** Columns between the members and whom keys act on. */
const gap = 2;

/** All, then the members; with how far those are that train, and what those came to that have ended. */
function entriesOf(
  model: Model,
  runs: readonly RunState[],
  { isNamed = false, withShares = false }: { readonly isNamed?: boolean; readonly withShares?: boolean },
): Line[] {
  const { all, lead, seeds } = model.group!;
  return [
    entry('all', all, false, 'hint'),
    ...runs.map((run, i) => {
      const { sign, colour } = signOf(run);
      const far = withShares ? farText(run) : '';
      return entry(`${isNamed ? 'seed ' : ''}${seeds[i]} ${sign}${far}`, i === lead && !all, i === lead, colour);
    }),
  ];
}

function entry(text: string, isShown: boolean, isLead: boolean, colour: Token): Line {
  return [
    span(isLead ? ' ▸' : '  ', { fg: 'focus' }),
    span(isShown ? `[${text}]` : text, { fg: isShown ? 'focus' : colour, bold: isShown }),
  ];
}

/** As many entries as fit round the one in view. */
function around(entries: readonly Line[], shown: number, room: number): Line {
  let [from, to] = [shown, shown + 1];
  const width = (): number => entries.slice(from, to).reduce((sum, line) => sum + lineWidth(line), 0);
  for (let grown = true; grown; ) {
    grown = false;
    for (const side of ['after', 'before'] as const) {
      const [lower, upper] = [from, to];
      if (side === 'after') to = Math.min(entries.length, to + 1);
      else from = Math.max(0, from - 1);
      if (width() > room - 4) [from, to] = [lower, upper];
      else grown ||= from < lower || to > upper;
    }
  }
  const more = (isLeft: boolean): Line => (isLeft ? [span(' …', { fg: 'hint' })] : []);
  return [...more(from > 0), ...entries.slice(from, to).flat(), ...more(to < entries.length)];
}

/** Whom keys act on, and whose pictures the panels show. */
function targetText({ group }: Model, runs: readonly RunState[], isLong: boolean): string {
  const { all, lead, seeds } = group!;
  const keys = isLong ? 'keys act on' : 'keys:';
  if (!all) return isGoing(runs[lead]!) ? `${keys} seed ${seeds[lead]} ` : '';
  const going = runs.filter(isGoing).length;
  const whom = going > 0 ? `${keys} all ${going}${isLong ? ' that train' : ''} · ` : '';
  return `${whom}${isLong ? 'panels: seed' : 'pictures:'} ${seeds[lead]} `;
}

const signs: Readonly<Record<RunState['phase'], { readonly sign: string; readonly colour: Token }>> = {
  waiting: { sign: '○', colour: 'hint' },
  running: { sign: '●', colour: 'training' },
  paused: { sign: '‖', colour: 'out_of_domain' },
  finished: { sign: '✓', colour: 'hint' },
  failed: { sign: '✕', colour: 'alert' },
};

function signOf(run: RunState): { readonly sign: string; readonly colour: Token } {
  return run.phase === 'finished' ? endingOf(run) : signs[run.phase];
}

/** What runs are judged by, where that was evaluated. */
const judgedBy = ({ metrics, estimates }: RunState): string | undefined =>
  headlineMetric(metrics, (one) => typeof estimates[one]?.mean === 'number');

function farText(run: RunState): string {
  if (run.phase === 'running') return ` ${percent(run)}`;
  const name = judgedBy(run);
  return run.phase === 'finished' && name !== undefined ? ` ${significant(run.estimates[name]?.mean ?? null)}` : '';
}

function percent({ step, config }: RunState): string {
  const share = config && config.train.steps > 0 ? step / config.train.steps : 0;
  return `${Math.floor(100 * share)} %`;
}
