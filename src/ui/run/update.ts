import { thousands } from '../../core/format.ts';
import { formatIntervention, isSame } from '../../protocol/interventions.ts';
import type { RunState } from '../../runs/state.ts';
import { withinOverlay } from '../frame/overlays.ts';
import { bindingOf, elsewhere } from '../keys/keys.ts';
import { paste, takesText, type } from '../keys/lines.ts';
import { forkIds } from '../keys/replay_keys.ts';
import { focusedPanel, layoutOf, withPictures } from '../layout/opening.ts';
import type { Panel } from '../panels/contract.ts';
import { refusalOf } from '../screen/key_binding.ts';
import { followGoing, withNewsOf } from '../state/group.ts';
import type { Action, Model, Notice, Step } from '../state/model.ts';
import { isOver, still, withNotice, withView } from '../state/model.ts';
import { leaveToFork, recalled, withPicture } from '../state/past.ts';
import { givenTokens, withRun } from '../state/probe.ts';
import { answered, leaveWhenStopped } from '../state/steering.ts';
import { pressAt, wheelKey } from './mouse.ts';

/** The model after an action, and what has to be done outside it. Pure. */
export function update(model: Model, action: Action): Step {
  const step = react(model, action);
  // Where a run stands and what the screen costs change nothing about what is on it.
  if (action.type === 'status' || action.type === 'metered') return step;
  const watched = watch(settled(step.model));
  return { model: watched.model, effects: [...step.effects, ...watched.effects] };
}

/** What is looked at of an earlier step is seen. */
const inView = ({ model, effects }: Step): Step => ({ model: withPictures(model), effects });

/** What the focused panel keeps as it is from now on; the help goes no further than its ends. */
function settled(model: Model): Model {
  const stays = focusedPanel(model)?.settle?.(model);
  return withinOverlay(stays ? withView(model, stays) : model);
}

function react(model: Model, action: Action): Step {
  if ('member' in action && model.group && action.member !== model.group.lead) {
    return followGoing(withNewsOf(model, action.member!, action));
  }
  switch (action.type) {
    case 'run':
      return model.group ? ofGroup(model, action.run) : leaveToFork(followed(model, action.run));
    case 'moment': {
      const { run, playing, speed, stops, said } = action.moment;
      const moved = { ...followed(model, run), replay: model.replay && { ...model.replay, playing, speed, stops } };
      return still(said === undefined ? moved : withNotice(moved, said));
    }
    case 'recalled':
      return inView(recalled(model, action));
    case 'status':
      return still({ ...model, live: action.status });
    case 'probe':
      return still(withPicture(model, action.frame));
    case 'key':
      return press(model, action.key);
    case 'said':
      return still(withNotice(model, action.text, action.tone));
    case 'paste':
      return still(paste(model, action.text));
    case 'mouse': {
      const wheel = wheelKey(model, action);
      return wheel ? pressIn(model, wheel.panel.id, wheel.key) : still(pressAt(model, action));
    }
    case 'replied':
      return still(answered(model, action));
    case 'disconnected':
      return leaveWhenStopped(disconnected(model, action.reason));
    case 'resized':
      return inView(still({ ...model, size: action.size }));
    case 'metered':
      return still({
        ...model,
        notice: aged(model.notice),
        meter: { framesPerSecond: action.framesPerSecond, bytesPerSecond: action.bytesPerSecond },
      });
  }
}

/** While all are in view, the end of one leads to the next. */
function ofGroup(model: Model, run: RunState): Step {
  const step = leaveToFork(followed(model, run));
  return step.effects.length > 0 ? step : followGoing(step.model);
}

/** Seconds for which something is said, unless it is an alert or a key says something else. */
const longest = 10;

function aged(notice: Notice): Notice {
  if (notice.text === '' || notice.tone === 'alert') return notice;
  const seconds = (notice.seconds ?? 0) + 1;
  return seconds < longest ? { ...notice, seconds } : { text: '', tone: 'plain' };
}

/** The model with the next state of the run. */
function followed(model: Model, run: RunState): Model {
  const shown = withRun(model, run);
  const next = model.run.phase === 'waiting' ? opened(shown) : withNews(model, shown);
  // How a run has ended is said in the place of what was last in force, and of that its trainer has gone: that may be heard first.
  const isDated = model.notice.tone === 'good' || !model.connected;
  return isOver(next) && !isOver(model) && isDated ? withNotice(next, '') : next;
}

/** What is new and nobody here asked for comes before what was said last: alerts, and changes made on another screen. */
function withNews(before: Model, after: Model): Model {
  const { run } = after;
  if (run.alert && run.alert !== before.run.alert) return withNotice(after, '');
  // What was asked for here is confirmed in its own words.
  const asked = after.pending.length > 0 || (after.notice.tone === 'good' && !after.notice.seconds);
  const changed = run.changes !== before.run.changes && after.live !== undefined && !asked;
  const mark = changed ? run.marks.findLast(({ kind }) => kind === 'control' || kind === 'mask') : undefined;
  return mark ? withNotice(after, `${mark.label}, from step ${thousands(mark.step)}`) : after;
}

/**
 * Puts the cursor on a query that tells most, as soon as the run is known, and says what it goes on from: the last one where
 * each sees what is before it, else the first, as what is given says little.
 */
function opened(model: Model): Model {
  const { parent } = model.run;
  const { rows = 1, causal = false } = model.run.model?.pattern ?? {};
  const row = causal ? rows - 1 : Math.min(givenTokens(model), rows - 1);
  const shown = withView(model, { cell: { row, column: 0 } });
  if (!parent || model.notice.text !== '') return shown;
  return withNotice(shown, `forked from ${parent.run} at step ${thousands(parent.step)}`);
}

function press(model: Model, key: string): Step {
  const binding = bindingOf(model, key);
  if (!binding) {
    if (model.overlay.type === 'none') return still(withNotice(model, elsewhere(model, key)));
    const types = takesText(model.overlay) && (key === 'space' || [...key].length === 1);
    return types ? type(model, key) : still(model);
  }
  const refusal = refusalOf(binding, model);
  if (refusal !== undefined) return still(withNotice(model, refusal));
  const { offer: _, ...rest } = withNotice(model, '');
  return binding.act({ ...rest, offer: forkIds.includes(binding.id) ? model.offer : undefined }, key);
}

/** What a key does in a panel that need not have the focus, which stays where it is. */
function pressIn(model: Model, panel: string, key: string): Step {
  const step = press(withView(model, { focus: panel }), key);
  return { ...step, model: withView(step.model, { focus: model.view.focus }) };
}

function disconnected(model: Model, reason: string | undefined): Model {
  const gone: Model = { ...model, connected: false, live: undefined, pending: [] };
  if (isOver(model)) return gone;
  return withNotice(gone, `the trainer has gone${reason ? `: ${reason}` : ''}; q leaves`, 'alert');
}

/**
 * Asks for as many pictures as the visible panels can use, for what parts are worth while the board shows it, and for the
 * gradients of the loss while parts are ranked by them.
 */
function watch(model: Model): Step {
  const { panels } = layoutOf(model);
  const shows = (wanted: (panel: Panel) => boolean) => !isOver(model) && panels.some(({ panel }) => wanted(panel));
  const gradients = !isOver(model) && model.view.score === 'gradient';
  const rate = gradients || shows(({ pictures }) => pictures) ? model.look.picturesPerSecond : 0;
  const ablation = shows((panel) => panel.ablation === true);
  const { watching } = model;
  const { intervention } = model.view;
  // Where there is room for it.
  const weights = !isOver(model) && model.view.zoomed === 'head';
  const wanted = { rate, ablation, gradients, weights };
  const isAsked =
    rate === watching.rate &&
    ablation === watching.ablation &&
    (isSame(intervention, watching.intervention) || !ablation) &&
    gradients === watching.gradients &&
    weights === watching.weights;
  if (isAsked || !model.connected) return still(model);
  const id = model.requests;
  return {
    model: { ...model, watching: { ...wanted, id, intervention }, requests: id + 1 },
    effects: [{ type: 'request', id, request: { type: 'watch', ...wanted, kind: formatIntervention(intervention) } }],
  };
}
