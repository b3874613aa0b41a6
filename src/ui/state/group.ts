import { type Band, bandOf } from '../../core/band.ts';
import { Series } from '../../core/series.ts';
import type { Request } from '../../protocol/messages.ts';
import type { RunState } from '../../runs/state.ts';
import { type Action, type Followed, type Group, type Model, type Step, still, withNotice } from './model.ts';
import { withRun } from './probe.ts';
import { watchingNothing } from './watching.ts';

/** The members as they are now, the one whose panels are shown too. */
export function runsOf({ run, group }: Pick<Model, 'run' | 'group'>): readonly RunState[] {
  if (!group) return [run];
  return group.members.map((member, i) => (i === group.lead ? run : member.run));
}

/** Whether a run is being trained, be it paused. */
export const isGoing = ({ phase }: RunState): boolean => phase === 'running' || phase === 'paused';

/** Whether all members have ended. */
export function isGroupOver(model: Pick<Model, 'run' | 'group'>): boolean {
  return runsOf(model).every(({ phase }) => phase === 'finished' || phase === 'failed');
}

/** What is asked of all members while all are in view; the rest is about the one that the panels show. */
export function isForAll(request: Request): boolean {
  if (request.type === 'snapshot') return request.why === 'key';
  return ['pause', 'resume', 'step', 'run_to', 'set', 'mask'].includes(request.type);
}

/** Whom keys act on, for what is said of them; empty for a run by itself. */
export function addressed({ group }: Pick<Model, 'group'>, request: Request): string {
  if (!group) return '';
  return group.all && isForAll(request) ? ' · all seeds' : ` · seed ${group.seeds[group.lead]}`;
}

/** All in view, then the members one after the other, and round again. */
export function walk(model: Model, by: 1 | -1): Step {
  const { group } = model;
  if (!group) return still(model);
  const count = group.seeds.length;
  const place = group.all ? count : group.lead;
  const next = (place + by + count + 1) % (count + 1);
  return next === count ? lookAtAll(model) : follow({ ...model, group: { ...group, all: false } }, next);
}

function lookAtAll(model: Model): Step {
  const all = { ...model, group: { ...model.group!, all: true } };
  return followGoing(withNotice(all, 'all seeds: keys act on every one that trains'));
}

/** While all are in view the panels show one that is being trained, if there is one. */
export function followGoing(model: Model): Step {
  const { group } = model;
  if (!group?.all || isGoing(model.run)) return still(model);
  const next = group.members.findIndex(({ run }) => isGoing(run));
  return next < 0 ? still(model) : follow(model, next);
}

/** Lets the panels show another member; what was seen of the one before is kept. */
function follow(model: Model, next: number): Step {
  const group = model.group!;
  if (next === group.lead) return still(model);
  const members = group.members.map((member, i) => (i === group.lead ? followedOf(model) : member));
  const id = model.requests;
  const shown: Model = { ...model, ...members[next]!, group: { ...group, members, lead: next }, requests: id + 1 };
  // The one before need not send pictures any more.
  const request = { type: 'watch', rate: 0 } as const;
  return { model: shown, effects: [{ type: 'request', id, request, member: group.lead }] };
}

/** What belongs to the run that the panels show, asking for no pictures. */
function followedOf(model: Model): Followed {
  const { run, live, probe, latest, recalled, missing, fork, offer, picked, held, shapes, trail, film, connected } =
    model;
  return {
    run,
    live,
    probe,
    latest,
    recalled,
    missing,
    fork,
    offer,
    picked,
    held,
    shapes,
    trail,
    film,
    connected,
    watching: watchingNothing,
  };
}

/** What has come of a member that the panels do not show. */
export function withNewsOf(model: Model, member: number, action: Action): Model {
  const group = model.group!;
  const members = group.members.map((one, i) => (i === member ? withNews(one, action) : one));
  return { ...model, group: { ...group, members } };
}

function withNews(one: Followed, action: Action): Followed {
  switch (action.type) {
    case 'run':
      return withRun(one, action.run);
    case 'status':
      return { ...one, live: action.status };
    case 'probe':
      return { ...one, probe: action.frame, latest: action.frame };
    case 'disconnected':
      return { ...one, connected: false, live: undefined };
    default:
      return one;
  }
}

/** Of several members; the mean goes as far as two of them do. */
interface GroupBand extends Omit<Band, 'together'> {
  /** What the member that has come farthest does alone. */
  readonly alone: Series;
}

interface Known {
  readonly points: number;
  readonly curves: number;
  readonly band: GroupBand;
}

const bands = new WeakMap<Series, Known>();

/** A metric over the members that have measured it; while they train, made anew when their curves have grown by a fiftieth. */
export function bandOver(model: Pick<Model, 'run' | 'group'>, metric: string): GroupBand {
  const runs = runsOf(model);
  const curves = runs.flatMap((run) => run.curves.get(metric) ?? []);
  const [key] = curves;
  const known = key && bands.get(key);
  const points = curves.reduce((sum, { length }) => sum + length, 0);
  const grown = runs.some(isGoing) ? 1.02 : 1;
  if (known && known.curves === curves.length && points <= grown * known.points) return known.band;
  const band = meanAndRest(bandOf(curves));
  if (key) bands.set(key, { points, curves: curves.length, band });
  return band;
}

function meanAndRest({ middle, low, high, count, together }: Band): GroupBand {
  const alone = new Series();
  const view = middle.view();
  for (let at = view.indexOf(together + 1e-9); at < view.length; at++)
    alone.push(view.at(at)!.step, view.at(at)!.value);
  const [mean, below, above] = [middle, low, high].map((one) => one.asOf(together));
  return { middle: mean!, low: below!, high: above!, count, alone };
}

/** The screen of a run as that of several, all in view. */
export function withGroup(model: Model, { name, seeds }: Pick<Group, 'name' | 'seeds'>): Model {
  return { ...model, group: { name, seeds, members: seeds.map(() => followedOf(model)), lead: 0, all: true } };
}
