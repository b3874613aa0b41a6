import { isUnmeasured } from '../../../runs/state.ts';
import { type Model, still, withView } from '../../state/model.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, type PanelKey, pick } from '../contract.ts';
import { drawBySteps } from './by_steps.ts';
import { familiesOf, learnersOf } from './learners.ts';
import { drawLatest } from './profile.ts';

const select = ({ run, group, replay, view, look }: Model) => ({
  run: pick(run, 'metrics', 'estimates', 'curves', 'step', 'start', 'config', 'phase'),
  group,
  replay: replay && { to: replay.to },
  view: pick(view, 'logX', 'logY', 'zoom', 'places'),
  look,
  glyphs: look.glyphs,
});
type Shown = ReturnType<typeof select>;

/** What the panel can show of a family: its latest values by place, and all of them by place and step. */
interface Content {
  readonly name: string;
  readonly family: string;
  readonly title: string;
  readonly isOverSteps: boolean;
}

function contentsOf(run: Shown['run']): readonly Content[] {
  return familiesOf(run).flatMap((family) => {
    const title = run.metrics.title(`${family}/#`).replace('#', 'n');
    return [
      { name: family, family, title, isOverSteps: false },
      { name: `${family} by step`, family, title: `${title}, by step`, isOverSteps: true },
    ];
  });
}

const shownOf = ({ run, view }: Pick<Shown, 'run' | 'view'>): Content | undefined => {
  const all = contentsOf(run);
  return all.find(({ name }) => name === view.places) ?? all[0];
};

const otherKey: PanelKey = {
  id: 'places',
  keys: ['v'],
  shown: 'v',
  label: 'by step',
  labelNow: (model) => {
    const next = nextOf(model);
    if (!next || next.isOverSteps) return 'by step';
    return familiesOf(model.run).length > 1 ? model.run.metrics.short(`${next.family}/#`).replace(' #', '') : 'latest';
  },
  help: 'Where the loss falls: by place in the prompt and step, as colours; then, where there are such, the same of new tasks.',
  essential: true,
  enabled: (model) => contentsOf(model.run).length > 0 || 'no errors by place have been measured',
  act: (model) => still(withView(model, { places: nextOf(model)?.name })),
};

function nextOf(model: Model): Content | undefined {
  const all = contentsOf(model.run);
  return all[(all.findIndex(({ name }) => name === shownOf(model)?.name) + 1) % all.length];
}

const title = 'error against context length';

/** Errors against the number of examples in the context: of the model, and of predictors fitted to each prompt alone. */
export const contextPanel: Panel<Shown> = {
  id: 'context',
  name: title,
  column: 'left',
  minimum: 10,
  ample: 18,
  maximum: 40,
  share: 1.8,
  dropped: 8,
  pictures: false,
  offered: ({ run }) =>
    familiesOf(run).length > 0 || (isUnmeasured(run) && [...run.metrics.all].some(({ along }) => along === 'examples')),
  keys: [otherKey],
  select,
  draw(model, size) {
    const shown = shownOf(model);
    if (!shown) return { title, body: waiting(model.run, 'drawn with the first evaluation: error by place', size) };
    const { title: of, family, isOverSteps } = shown;
    if (isOverSteps) return { title: of, ...drawBySteps(model, family, size) };
    return { title: of, ...drawLatest(model, learnersOf(model.run, family), size) };
  },
};
