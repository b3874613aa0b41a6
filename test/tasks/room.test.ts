import { expect, test } from 'vitest';
import { loadPreset } from '../../src/presets/load.ts';
import { parseSetting, resolveConfig } from '../../src/presets/resolve.ts';
import { createExperiment } from '../../src/trainer/session/experiment.ts';

test.each([
  [
    'yang-tiny',
    ['task.tokens=100000'],
    /setting this task up (draws|takes) [\d.e+]+ (numbers|multiplications).*lower task\.tokens/,
  ],
  ['yang-tiny', ['evaluate.prompts=1000000'], /setting this task up draws [\d.e+]+ numbers.*evaluate\.prompts/],
  ['li-quick', ['evaluate.prompts=1000000'], /setting this task up draws [\d.e+]+ numbers.*lower evaluate\.prompts/],
  ['garg-linear-small', ['task.dim=10000', 'task.points=10000'], /draws 6\.\d+e\+10 numbers.*task\.points/],
])('%s with %s is refused before anything is drawn', (preset, settings, message) => {
  const { raw, where } = loadPreset(preset);
  const { config } = resolveConfig(raw, where, settings.map(parseSetting));
  const began = performance.now();
  expect(() => createExperiment(config, where)).toThrow(message);
  expect(performance.now() - began).toBeLessThan(1000);
});
