import { describe, expect, it } from 'vitest';
import { presetNames } from '../../src/presets/load.ts';
import { Chance, faultOfScreen, faultsOfPanels, widths } from './every_size.ts';
import { situations } from './screen_states.ts';

const seed = Number(process.env['INCLINE_SEED'] ?? Date.now() % 1e6);
const screens = Array.from({ length: 500 });

describe(`at every size, INCLINE_SEED=${seed}`, () => {
  it.each(situations(presetNames()))('draws %s', async (_, make) => {
    const [model, chance] = [await make(), new Chance(seed)];
    for (let round = 0; round < 3; round++) expect(faultsOfPanels(model, chance, widths())).toEqual([]);
    expect(screens.flatMap(() => faultOfScreen(model, chance) ?? [])).toEqual([]);
  });
});
