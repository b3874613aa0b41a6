import type { Token } from '../../plot/style.ts';
import { fitLine, type Line, lineWidth, span, textWidth } from '../../plot/text.ts';
import type { RunState } from '../../runs/state.ts';
import { endingOf } from '../state/endings.ts';
import { isGoing, runsOf } from '../state/group.ts';
import type { Model } from '../state/model.ts';

/** The members of a group by their seeds, with their states, the one in view marked, and on which of them keys act. */
export function membersLine(model: Model): Line {
  const { columns } = model.size;
  const group = model.group!;
  const runs = runsOf(model);
  const right = targetText(model, runs);
  const room = columns - textWidth(right) - 1;
  const entries = [
    entry('all', group.all, '', 'hint'),
    ...runs.map((run, i) => {
      const { sign, colour } = signOf(run);
      const far = run.phase === 'running' ? ` ${percent(run)}` : '';
      const isLed = i === group.lead;
      return entry(`${group.seeds[i]} ${sign}${far}`, isLed && !group.all, isLed ? '·' : '', colour);
    }),
  ];
  return [
    ...fitLine([span(' seeds', { fg: 'hint' }), ...window(entries, group.all ? 0 : group.lead + 1, room - 6)], room),
    span(right, { fg: 'hint' }),
  ];
}

function entry(text: string, isShown: boolean, mark: string, colour: Token): Line {
  return [
    span(mark === '' ? '  ' : ' ·', { fg: 'focus' }),
    span(isShown ? `[${text}]` : text, { fg: isShown ? 'focus' : colour, bold: isShown }),
  ];
}

/** As many entries as fit round the one in view. */
function window(entries: readonly Line[], shown: number, room: number): Line {
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
function targetText({ group }: Model, runs: readonly RunState[]): string {
  const { all, lead, seeds } = group!;
  if (!all) return `keys act on seed ${seeds[lead]} `;
  const going = runs.filter(isGoing).length;
  return going > 0
    ? `keys act on all ${going} that train · panels: seed ${seeds[lead]} `
    : `panels: seed ${seeds[lead]} `;
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

function percent({ step, config }: RunState): string {
  const share = config && config.train.steps > 0 ? step / config.train.steps : 0;
  return `${Math.floor(100 * share)} %`;
}
