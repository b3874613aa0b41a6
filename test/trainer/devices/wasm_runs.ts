import { loadPreset } from '../../../src/presets/load.ts';
import { smallRuns } from '../small_runs.ts';
import { type Script, steered } from '../steered.ts';

/** Updates of a run. */
export const steps = 500;

/** Two live changes and a clamped head. */
const script: Script = [
  { at: 100, request: { type: 'set', path: 'train.learning_rate', value: 0.02 } },
  { at: 200, request: { type: 'mask', scope: 'clamp', edits: ['-L0H0'] } },
  { at: 300, request: { type: 'set', path: 'train.learning_rate', value: 0.005 } },
];

const decoder = smallRuns().find(([name]) => name === 'decoder on linear_regression, adam')![1];
const preset = (name: string) => loadPreset(name).raw as Record<string, unknown>;

export const wasmRuns = {
  'yang-quick': preset('yang-quick'),
  'li-quick': preset('li-quick'),
  'a small decoder': decoder,
} as const satisfies Record<string, Record<string, unknown>>;

/** Trains one of them on wasm, steered. */
export function trainedOnWasm(name: keyof typeof wasmRuns) {
  const settings: Record<string, unknown> = wasmRuns[name];
  const train = { ...(settings['train'] as object), steps, pace: 0 };
  return steered({ ...settings, train, device: 'wasm', evaluate: { every: 250, prompts: 20 } }, script);
}
