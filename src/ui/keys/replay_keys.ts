import type { PlaybackCommand } from '../../runs/source.ts';
import type { Stop } from '../../runs/timeline.ts';
import { isOver, type Model, type Step } from '../state/model.ts';
import * as past from '../state/past.ts';
import * as lines from './lines.ts';
import type { RunKey } from './run_key.ts';

/** Share of the run that one press scrubs. */
const scrub = 1 / 50;

function tell(model: Model, command: PlaybackCommand): Step {
  return { model, effects: [{ type: 'playback', command }] };
}

/** The nearest stop of a kind before or after the cursor. */
function stopBeside({ replay, run }: Model, by: -1 | 1, kind: Stop['kind']): Stop | undefined {
  const stops = (replay?.stops ?? []).filter((stop) => stop.kind === kind);
  return by < 0 ? stops.findLast(({ step }) => step < run.step) : stops.find(({ step }) => step > run.step);
}

function stopKey(id: string, key: string, by: -1 | 1, kind: Stop['kind']): RunKey {
  const where = by < 0 ? 'earlier' : 'later';
  return {
    id,
    keys: [key],
    shown: key,
    label: kind === 'snapshot' ? where : `${where} change`,
    help:
      kind === 'snapshot' ? `Go to the ${where} snapshot.` : `Go to the ${where} change that a person made, or alert.`,
    mode: 'replay',
    enabled: (model) => stopBeside(model, by, kind) !== undefined || `no ${kind} is ${where}`,
    act: (model) => {
      const { step, file } = stopBeside(model, by, kind)!;
      return tell(model, { type: 'seek', step, ...(file !== undefined && { file }) });
    },
  };
}

function scrubKey(id: string, key: string, by: -1 | 1): RunKey {
  return {
    id,
    keys: [key],
    shown: key,
    label: by < 0 ? 'back' : 'on',
    help: `Go ${by < 0 ? 'back' : 'forward'} by a fiftieth of the run.`,
    mode: 'replay',
    act: (model) => {
      const { from, to } = model.replay!;
      return tell(model, { type: 'seek', step: model.run.step + by * Math.max(1, Math.round(scrub * (to - from))) });
    },
  };
}

function endKey(key: 'home' | 'end'): RunKey {
  const where = key === 'home' ? 'first' : 'last';
  return {
    id: `${where}_step`,
    keys: [key],
    shown: key,
    label: where,
    help: `Go to the ${where} step.`,
    mode: 'replay',
    unhinted: true,
    act: (model) => tell(model, { type: 'seek', step: model.replay![key === 'home' ? 'from' : 'to'] }),
  };
}

/** The keys that take up a setting which only a new run can have. */
export const forkIds: readonly string[] = ['fork', 'fork_past'];

/** Keys of a run that is played back. */
export const replayKeys: readonly RunKey[] = [
  {
    id: 'play',
    keys: ['space'],
    shown: 'space',
    label: 'play',
    labelNow: ({ replay }) => (replay?.playing ? 'pause' : 'play'),
    help: 'Play, or pause; at the end from the start again.',
    mode: 'replay',
    act: (model) => tell(model, { type: 'play', playing: !model.replay!.playing }),
  },
  scrubKey('scrub_back', '<', -1),
  scrubKey('scrub_on', '>', 1),
  endKey('home'),
  endKey('end'),
  stopKey('earlier_snapshot', ',', -1, 'snapshot'),
  stopKey('later_snapshot', ';', 1, 'snapshot'),
  {
    id: 'next_step',
    keys: ['.'],
    shown: '.',
    label: 'step',
    help: 'Go to the next recorded step.',
    mode: 'replay',
    act: (model) => tell(model, { type: 'step', by: 1 }),
  },
  {
    id: 'previous_step',
    keys: ['backspace'],
    shown: 'backspace',
    label: 'step back',
    help: 'Go to the recorded step before.',
    mode: 'replay',
    unhinted: true,
    act: (model) => tell(model, { type: 'step', by: -1 }),
  },
  {
    id: 'fork_past',
    keys: ['b'],
    shown: 'b',
    label: 'fork',
    labelNow: past.forkLabel,
    help: 'Fork: start a paused copy from the last snapshot before the cursor. Type :heads 8 or :lr 0.01 first to fork with that.',
    mode: 'replay',
    essential: true,
    enabled: past.forkable,
    act: past.fork,
  },
  {
    id: 'play_slower',
    keys: ['{', '['],
    shown: '{',
    label: 'slower',
    help: 'Halve the speed.',
    mode: 'replay',
    act: (model) => tell(model, { type: 'speed', stepsPerSecond: model.replay!.speed / 2 }),
  },
  {
    id: 'play_faster',
    keys: ['}', ']'],
    shown: '}',
    label: 'faster',
    help: 'Double the speed.',
    mode: 'replay',
    act: (model) => tell(model, { type: 'speed', stepsPerSecond: model.replay!.speed * 2 }),
  },
  stopKey('earlier_change', '(', -1, 'intervention'),
  stopKey('later_change', ')', 1, 'intervention'),
  {
    id: 'go_to',
    keys: ['N'],
    shown: 'N',
    label: 'go to',
    help: 'Go to a step that you type.',
    mode: 'replay',
    act: (model) => lines.open(model, 'run_to'),
  },
];

/** Keys that look back while a run goes on, and compare. */
export const pastKeys: readonly RunKey[] = [
  {
    id: 'compare',
    keys: ['c'],
    shown: 'c',
    label: 'compare',
    help: 'Pick the snapshot in view; with the second that is picked, put both side by side.',
    unhinted: (model) => !isOver(model),
    enabled: past.pickable,
    act: past.pick,
  },
  {
    id: 'mark',
    keys: ['M'],
    shown: 'M',
    label: 'mark',
    help: 'Mark the snapshot in view with a star, so that it stays for good, or take the mark away.',
    mode: 'live',
    unhinted: true,
    enabled: past.markable,
    act: past.mark,
  },
  {
    id: 'look_earlier',
    keys: [','],
    shown: ',',
    label: 'earlier',
    help: 'Show an earlier snapshot while the run continues; b, c and M then act on it.',
    mode: 'live',
    unhinted: true,
    enabled: (model) => past.neighbour(model, -1) !== undefined || 'there is no earlier snapshot; s saves one',
    act: (model) => past.lookBack(model, -1),
  },
  {
    id: 'look_later',
    keys: [';'],
    shown: ';',
    label: 'later',
    help: 'Show a later snapshot; after the last, the live run.',
    mode: 'live',
    unhinted: true,
    enabled: (model) => past.neighbour(model, 1) !== undefined || 'the pictures show the run as it is',
    act: (model) => past.lookBack(model, 1),
  },
];
