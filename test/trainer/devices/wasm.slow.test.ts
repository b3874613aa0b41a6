import { test } from 'vitest';
import { wasmEngine } from '../../../src/engine/wasm.ts';
import { expectSameEnd } from '../resume/cases.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

test.each(smallRuns())('wasm trains to what ONNX Runtime does: %s', (_, settings) =>
  expectSameTraining(wasmEngine, settings, 40),
);

test.each(smallRuns())('on wasm, one go = resumed = fork of the resumed, same bytes: %s', (_, settings) =>
  expectSameEnd({ ...settings, device: 'wasm' }),
);
