import { describe, expect, it } from 'vitest';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { comingRun } from '../../src/runs/state.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';
import { pictureShapes } from '../../src/trainer/session/programs.ts';
import { layoutOf, offeredPanels } from '../../src/ui/layout/opening.ts';
import { update } from '../../src/ui/run/update.ts';
import { initialModel, type Model } from '../../src/ui/state/model.ts';
import { withRun } from '../../src/ui/state/probe.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { keyTo, modelAt, press, rowsOn, utf8 } from './fake_model.ts';
import { ablation, pruned } from './fake_source.ts';
import { type Recorded, recorded as record, screenOn, small, steady } from './preset_models.ts';

/** A run in which something of everything has happened: parts measured and pruned, a setting changed, a snapshot saved. */
function runAt(columns: number, rows: number, environment: Record<string, string>): Model {
  const sizes = { layers: 2, heads: 3, neurons: 12, queries: 12, tokens: 8, prompts: 2 };
  return modelAt(500, {
    columns,
    rows,
    environment: { ...utf8, ...environment },
    sizes,
    more: [
      { type: 'control_changed', step: 300, path: 'train.learning_rate', from: 0.01, to: 0.005 },
      { type: 'snapshot_saved', step: 400, file: 'step-00000400.safetensors', why: 'key' },
      ablation(480, sizes),
      pruned(['-L1H2', '-L0N3-5'], 'clamp'),
    ],
  });
}

const situations: readonly [name: string, keys: readonly string[]][] = [
  ['whole', []],
  ['cursor', ['e', 'left', 'left', 'left', 'left']],
  ['board', [keyTo('pruning'), 'down']],
];

/** Frames as they are: after a change that is meant, `npx vitest run test/ui/golden.test.ts -u` writes them anew, and the difference shows what moved. */
const families = { yang: 'yang-quick', li: 'li-quick', decoder: 'li-decoder', garg: 'garg-linear-small' };
const sizes = ['60x18', '80x24', '120x40', '200x60'];
const recordings = new Map<string, Promise<Recorded>>();

function recorded(preset: string): Promise<Recorded> {
  const made = recordings.get(preset) ?? record(preset);
  recordings.set(preset, made);
  return made;
}

describe.each(Object.entries(families))('a frame of %s', (family, preset) => {
  it.each(sizes)('at %s', async (size) => {
    const [columns, rows] = size.split('x').map(Number) as [number, number];
    const look = chooseLook({ ...utf8, NO_COLOR: '1' });
    const model = update(
      { ...screenOn(steady(await recorded(preset))), look },
      { type: 'resized', size: { columns, rows } },
    ).model;
    const text = rowsOn(model).map((row) => `${row.trimEnd()}\n`);
    await expect(text.join('')).toMatchFileSnapshot(`../fixtures/frames/${family}-${size}.txt`);
  });
});

it.each(Object.values(families))('lays %s out before its trainer answers as it stays', async (preset) => {
  const { raw, where } = loadPreset(preset);
  const { config } = resolveConfig(raw, where, small.map(parseSetting));
  const experiment = createExperiment(config, where);
  const { model, metrics } = experiment;
  const coming = comingRun({
    run: 'soon',
    config,
    model: model.facts,
    metrics,
    pictures: pictureShapes(experiment),
  });
  for (const size of sizes) {
    const [columns, rows] = size.split('x').map(Number) as [number, number];
    const look = chooseLook({ ...utf8, NO_COLOR: '1' });
    const before = withRun(initialModel({ columns, rows }, look), coming);
    const then = update(
      { ...screenOn(await recorded(preset)), look },
      { type: 'resized', size: { columns, rows } },
    ).model;
    const placed = (model: Model) => layoutOf(model).panels.map(({ panel, at }) => [panel.id, at]);
    expect(placed(before)).toEqual(placed(then));
    expect(offeredPanels(before)).toEqual(offeredPanels(then));
    const drawn = rowsOn(before).join('\n');
    expect(drawn).toContain('○ starting');
    expect(drawn).toMatch(/the engine starts; in a moment/);
  }
});

it('shows every head of a decoder at 80 × 24, and opens on its last query, which sees all', async () => {
  const size = { columns: 80, rows: 24 };
  const model = update(screenOn(await recorded(families.decoder)), { type: 'resized', size }).model;
  expect(model.view.cell.row).toBe(20);
  const heads = layoutOf(model).panels.find(({ panel }) => panel.id === 'heads')!;
  expect(heads.panel.sees!(heads.panel.select(model, undefined), heads.at)).toBeGreaterThanOrEqual(6);
  for (const layer of ['L0', 'L1', 'L2']) expect(rowsOn(model).join('\n')).toContain(layer);
});

describe.each([
  [80, 24],
  [120, 40],
  [200, 60],
])('a frame of %i × %i', (columns, rows) => {
  it.each(situations)('without colour: %s', async (name, keys) => {
    const { model } = press(runAt(columns, rows, { NO_COLOR: '1' }), ...keys);
    const text = rowsOn(model).map((row) => `${row.trimEnd()}\n`);
    await expect(text.join('')).toMatchFileSnapshot(`../fixtures/frames/${name}-${columns}x${rows}.txt`);
  });

  it('in 256 colours', async () => {
    const { model } = press(runAt(columns, rows, {}), 'tab');
    const text = rowsOn(model).map((row) => `${row}\n`);
    await expect(text.join('')).toMatchFileSnapshot(`../fixtures/frames/colour-${columns}x${rows}.ansi`);
  });
});
