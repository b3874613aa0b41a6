import { type Model, still, withView } from '../../state/model.ts';
import { chartsOf, shownChart } from '../../state/shown_metrics.ts';
import { smoothingOf } from '../common/smoothing.ts';
import { newestPage } from '../common/steps_window.ts';
import type { PanelKey } from '../contract.ts';
import * as cursor from './cursor.ts';

const isWhole = ({ view }: Model): boolean => view.zoom.level === 0;

export const curvesKeys: readonly PanelKey[] = [
  {
    id: 'cursor',
    keys: ['left', 'right', 'h', 'l'],
    shown: '← →',
    label: 'values',
    help: 'Move a cursor along the steps: the legend shows the values there; esc puts it away (also h l).',
    essential: true,
    enabled: (model) => model.run.step > model.run.start || 'nothing has been measured yet',
    act: cursor.moveCursor,
  },
  {
    id: 'pan',
    keys: ['H', 'L'],
    shown: 'H L',
    label: 'pan',
    help: 'Go back and forth along the steps, once zoomed in.',
    unhinted: isWhole,
    enabled: (model) => newestPage(model) > 0 || 'all steps are in view; + zooms in',
    act: cursor.panCurves,
  },
  {
    id: 'chart',
    keys: ['v'],
    shown: 'v',
    label: 'other curves',
    help: 'Other curves: losses, the gap to the floor with its bound, what else the task has charts of, and what the selected head attends to.',
    unhinted: (model) => chartsOf(model.run).length < 2,
    enabled: (model) => chartsOf(model.run).length > 1 || 'this run has no other curves',
    act: (model) => {
      const names = chartsOf(model.run).map(({ name }) => name);
      return still(withView(model, { chart: after(names, shownChart(model).name) }));
    },
  },
  {
    id: 'log_y',
    keys: ['y'],
    shown: 'y',
    label: 'log y',
    help: 'Logarithmic or linear values.',
    act: (model) => still(withView(model, { logY: !model.view.logY })),
  },
  {
    id: 'log_x',
    keys: ['X'],
    shown: 'X',
    label: 'log x',
    help: 'Logarithmic or linear steps.',
    act: (model) => still(withView(model, { logX: !model.view.logX })),
  },
  {
    id: 'smooth',
    keys: ['e'],
    shown: 'e',
    label: 'smooth',
    help: 'Smooth the training curve: not, 0.9, 0.98. The raw one stays faint behind it.',
    act: (model) => still(withView(model, { smoothing: after([0, 0.9, 0.98], smoothingOf(model)) })),
  },
  {
    id: 'closer',
    keys: ['+', '='],
    shown: '+',
    label: 'zoom',
    help: 'Show half as many steps.',
    essential: true,
    enabled: (model) => !model.view.logX || 'zoom needs linear steps; X switches',
    act: (model) => cursor.zoomCurves(model, 1),
  },
  {
    id: 'wider',
    keys: ['-'],
    shown: '-',
    label: 'out',
    help: 'Show twice as many steps.',
    essential: true,
    unhinted: isWhole,
    enabled: (model) => !isWhole(model) || 'all steps are in view',
    act: (model) => cursor.zoomCurves(model, -1),
  },
  {
    id: 'whole',
    keys: ['0'],
    shown: '0',
    label: 'all',
    help: 'Show all steps.',
    essential: true,
    unhinted: isWhole,
    enabled: (model) => !isWhole(model) || 'all steps are in view',
    act: cursor.resetCurves,
  },
];

/** The value after `one` in a list, after the last the first. */
function after<T>(list: readonly T[], one: T): T {
  return list[(list.indexOf(one) + 1) % list.length]!;
}
