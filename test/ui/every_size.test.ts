import { describe, expect, it } from 'vitest';
import { presetNames } from '../../src/presets/load.ts';
import { drawCompare } from '../../src/ui/compare/draw.ts';
import { initialCompare } from '../../src/ui/compare/model.ts';
import { updateCompare } from '../../src/ui/compare/update.ts';
import { drawHome } from '../../src/ui/home/draw.ts';
import { initialHome } from '../../src/ui/home/model.ts';
import { updateHome } from '../../src/ui/home/update.ts';
import { offeredPanels } from '../../src/ui/layout/opening.ts';
import { type Row, rowText } from '../../src/ui/terminal/cells.ts';
import type { Look } from '../../src/ui/terminal/look.ts';
import { chooseLook } from '../../src/ui/terminal/terminal.ts';
import { comparedRun } from '../runs/compare/fake_runs.ts';
import { Chance, faultIn, faultOfRows, faultOfScreen, faultsOfPanels, widths } from './every_size.ts';
import { rowsOn, utf8 } from './fake_model.ts';
import { homeData } from './home/fake_home.ts';
import { screenOn } from './preset_models.ts';
import { large, of, situations } from './screen_states.ts';

const seed = Number(process.env['INCLINE_SEED'] ?? Date.now() % 1e6);
const textOf = (rows: readonly Row[], { look }: { readonly look: Look }) => rows.map((row) => rowText(row, look));
const screens = Array.from({ length: 8 });

describe(`at every size, INCLINE_SEED=${seed}`, () => {
  // Resized through about 120 to 128 columns, these ended with `RangeError: Invalid count value`.
  it.each([
    of('li-quick', 'at all widths'),
    of('li-decoder', 'at all widths'),
    of('yang-fig2b-small', 'at all widths'),
    of('garg-linear-small', 'prompts of 20 points at all widths', ['task.points=20']),
  ])('draws the selected head of %s', async (_, make) => {
    expect(faultsOfPanels(await make(), new Chance(seed), widths(), 'head')).toEqual([]);
  });

  // A sixteenth of the widths each, so that any sixteen together have them all; the slow test has all for each.
  const others = situations(presetNames().filter((name) => !large.includes(name)));
  it.each(others.map(([name, make], index) => [name, index, make] as const))('draws %s', async (_, index, make) => {
    const [model, chance] = [await make(), new Chance(seed + index)];
    expect(faultsOfPanels(model, chance, widths(16, index))).toEqual([]);
    expect(screens.flatMap(() => faultOfScreen(model, chance) ?? [])).toEqual([]);
  });

  it('draws the hints of every panel before a run says what it is', () => {
    const model = screenOn({});
    for (const { id } of offeredPanels(model)) {
      const focused = { ...model, view: { ...model.view, focus: id } };
      expect(faultIn(() => faultOfRows(rowsOn(focused), model.size))).toBeUndefined();
    }
  });

  it('draws the home screen', () => {
    const chance = new Chance(seed);
    const keys = [[], ['?'], ['/', ...'be'], ['n', ...'hi'], ['tab', 'j'], ['space', 'j', 'space']];
    const faults = Array.from({ length: 300 }, () => {
      const [size, pressed] = [chance.size(), chance.one(keys)];
      const start = initialHome(homeData, size, chance.look(chooseLook(utf8)), Date.now());
      const fault = faultIn(() => {
        const model = pressed.reduce((now, key) => updateHome(now, { type: 'key', key }).model, start);
        return faultOfRows(textOf(drawHome(model), model), size);
      });
      return fault ? [`${size.columns} × ${size.rows}, after ${pressed.join(' ')}: ${fault}`] : [];
    });
    expect(faults.flat()).toEqual([]);
  });

  it('draws runs side by side', () => {
    const chance = new Chance(seed);
    const keys = [[], ['d'], ['tab'], ['tab', 'tab'], ['?'], ['x'], ['X', 'y'], ['right', 'down']];
    const facts = [4, 8, 16, 1, 64].map((heads) => ({ heads, loss: heads / 10, batch: heads }));
    const runs = facts.map((fact, index) => comparedRun('run'.repeat(1 + 3 * index), fact));
    const faults = Array.from({ length: 300 }, () => {
      const [size, pressed, count] = [chance.size(), chance.one(keys), chance.whole(2, runs.length)];
      const start = initialCompare(runs.slice(-count), size, chance.look(chooseLook(utf8)));
      const fault = faultIn(() => {
        const model = pressed.reduce((now, key) => updateCompare(now, { type: 'key', key }).model, start);
        return faultOfRows(textOf(drawCompare(model), model), size);
      });
      return fault ? [`${size.columns} × ${size.rows}, after ${pressed.join(' ')}: ${fault}`] : [];
    });
    expect(faults.flat()).toEqual([]);
  });
});
