import { expect, test } from 'vitest';
import { loadPreset, presetNames } from '../../src/presets/load.ts';
import { resolveConfig } from '../../src/presets/resolve.ts';
import { secondsOf, timeText } from '../../src/presets/times.ts';

test.each(presetNames())('how long %s takes is known: npm run bench:presets', (name) => {
  const { raw, where } = loadPreset(name);
  expect(secondsOf(name, resolveConfig(raw, where).config)).toBeGreaterThan(0);
});

test('a time that stands on the first steps says so', () => {
  expect([undefined, 21.4, 3599, 3600, 1.5e6].map(timeText)).toEqual(['', '21 s', '59m 59s', '≈ 1h 00m', '≈ 17d 08h']);
});
