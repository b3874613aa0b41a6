import { fitNumber, thousands } from '../../../core/format.ts';
import { mapColour, mapOn, shareOf } from '../../../plot/colourmap.ts';
import type { ScatterPoint } from '../../../plot/scatter.ts';
import { drawScatter } from '../../../plot/scatter.ts';
import type { Style } from '../../../plot/style.ts';
import type { Line } from '../../../plot/text.ts';
import { fitLine, span } from '../../../plot/text.ts';
import type { Size } from '../../screen/size.ts';
import type { Model } from '../../state/model.ts';
import { matrixNamed } from '../../state/probe.ts';
import type { NeuronFrame } from '../../state/trail.ts';
import { arrows } from '../common/moves.ts';
import { partKeys } from '../common/part_keys.ts';
import { waiting } from '../common/waiting.ts';
import { type Panel, pick } from '../contract.ts';
import { moveNeuron, neuronPart, neuronUnderCursor } from './cursor.ts';

/** Columns from which the two parts of the neurons stand side by side. */
const sideBySide = 56;

const select = ({ trail, probe, run, view, look }: Model) => ({
  trail,
  probe,
  look,
  run: pick(run, 'metrics', 'estimates', 'mask', 'phase'),
  view: pick(view, 'neuron'),
});
type Shown = ReturnType<typeof select>;

/**
 * How far each neuron has grown and where it points: norm against angle of the feature and of the label part of its row of
 * W_O W_V, at the steps seen so far (Li et al. 2024, figures of the neurons' features and labels).
 */
export const neuronsPanel: Panel<Shown> = {
  id: 'neurons',
  name: 'neurons',
  column: 'right',
  minimum: 10,
  ample: 16,
  maximum: 40,
  share: 1.4,
  dropped: 7,
  pictures: true,
  offered: ({ shapes }) => shapes.has('neuron_feature'),
  keys: [
    ...partKeys(neuronPart),
    {
      id: 'move_neuron',
      keys: arrows,
      shown: '← ↓ ↑ →',
      label: 'neuron',
      help: 'Go to the neuron with the next angle (left, right) or norm (up, down; also h j k l).',
      enabled: (model) => model.trail.length > 0 || 'no neuron has been seen yet',
      act: moveNeuron,
    },
  ],
  parts: neuronPart,
  select,
  draw(model, size) {
    const latest = model.trail.at(-1);
    if (!latest) {
      return { title: 'neurons', body: waiting(model.run, 'norm and angle of every neuron appear here', size) };
    }
    return {
      title: 'neurons',
      detail: detailOf(model, size.columns - 'neurons'.length - barAround),
      body: [...plots(model, { columns: size.columns, rows: size.rows - 1 }), legend(model, size.columns)],
    };
  },
};

/** Cells of the title bar that are neither title nor detail. */
const barAround = 9;

/** The neuron under the cursor, and what is drawn where there is room to say it. */
function detailOf(model: Shown, room: number): Line {
  const { neuron, feature, label } = neuronUnderCursor(model)!;
  const kept = model.run.mask.values.neurons.data[neuron] !== 0;
  const name = `L0N${neuron}${kept ? '' : ' ✕'}`;
  const at = (part: string, [norm, angle]: readonly [number, number]) =>
    ` ${part} ${fitNumber(norm, 6)} at ${angle.toFixed(2)}`;
  const steps = ` · steps ${thousands(model.trail[0]!.step)}–${thousands(model.trail.at(-1)!.step)}`;
  const forms = [
    ` ${at('feature', feature)}, ${at('label', label)}${steps}`,
    ` ${at('feature', feature)}, ${at('label', label)}`,
    at('feature', feature),
    '',
  ];
  const form = forms.find((text) => name.length + text.length <= room) ?? '';
  return [span(name, { fg: 'focus', bold: true }), span(form, { fg: 'hint' })];
}

const parts = [
  { name: 'feature', title: 'to mean pattern' },
  { name: 'label', title: 'to q' },
] as const;

function plots(model: Shown, { columns, rows }: Size): Line[] {
  const beside = columns >= sideBySide;
  const width = beside ? Math.floor(columns / 2) : columns;
  const height = beside ? rows : Math.floor(rows / 2);
  const [feature, label] = parts.map(({ name, title }) => {
    const heading = fitLine([span(`  ${name} part`, { bold: true }), span(`, angle ${title}`, { fg: 'hint' })], width);
    const x = { from: 0, to: Math.PI, ticks, title: 'angle' };
    const { glyphs } = model.look;
    return [heading, ...drawScatter({ width, height: height - 1, glyphs, points: points(model, name), x })];
  });
  if (!beside) return [...feature!, ...label!];
  return feature!.map((line, row) => [...line, ...label![row]!]);
}

const ticks = [
  { value: 0, label: '0' },
  { value: Math.PI / 2, label: 'π/2' },
  { value: Math.PI, label: 'π' },
];

/** All neurons at every step of the trail, in the colour of the step; the last step with the sign of their readout, or ✕. */
function points(model: Shown, part: 'feature' | 'label'): ScatterPoint[] {
  const { trail, probe, run, look } = model;
  const signs = probe?.tensors['neuron_sign']?.data;
  const last = trail.at(-1)!;
  const kept = run.mask.values.neurons.data;
  const under = neuronUnderCursor(model)!;
  const [y, x] = under[part];
  const cursor: ScatterPoint = { x, y, symbol: '◆', style: { fg: 'focus', bold: true } };
  const seen = trail.flatMap((frame) => {
    const style = styleOf(frame, trail[0]!.step, last.step, look);
    const pairs = frame[part];
    return Array.from({ length: pairs.length / 2 }, (_, neuron): ScatterPoint => {
      const place = { x: pairs[2 * neuron + 1]!, y: pairs[2 * neuron]!, style };
      if (frame !== last) return place;
      if (kept[neuron] === 0) return { ...place, style: { fg: 'pruned' }, symbol: '✕' };
      return { ...place, symbol: (signs?.[neuron] ?? 1) > 0 ? '+' : '−' };
    });
  });
  return [...seen, cursor];
}

function styleOf({ step }: NeuronFrame, first: number, last: number, look: Model['look']): Style {
  // The dark end of the map would not show on a dark ground; a step alone is the newest.
  const share = step === last ? 1 : shareOf(step, first, last);
  return { fg: mapColour(mapOn(look), 0.25 + 0.75 * share), bold: step === last };
}

/** What the signs and colours mean, and how many neurons have stayed small. */
function legend({ trail, probe, look, run }: Shown, width: number): Line {
  const magnitudes = matrixNamed(probe, 'neuron_magnitude')?.data ?? new Float32Array();
  const largest = magnitudes.length > 0 ? Math.max(...magnitudes) : null;
  const facts = [...run.metrics.all].flatMap(({ name, fact }): Line => {
    if (fact?.panel !== neuronsPanel.id) return [];
    const value = run.estimates[name]?.mean ?? null;
    return [span(`  ${fact.label} `, { fg: 'hint' }), span(value === null ? '–' : thousands(value))];
  });
  const colour = (frame: NeuronFrame | undefined): Style =>
    frame ? styleOf(frame, trail[0]!.step, trail.at(-1)!.step, look) : {};
  return fitLine(
    [
      span(' + ', { bold: true }),
      span('a > 0  ', { fg: 'hint' }),
      span('− ', { bold: true }),
      span('a < 0  ', { fg: 'hint' }),
      span('■', colour(trail[0])),
      span(' first ', { fg: 'hint' }),
      span('■', colour(trail.at(-1))),
      span(' now   largest ', { fg: 'hint' }),
      span(fitNumber(largest, 6)),
      ...facts,
    ],
    width,
  );
}
