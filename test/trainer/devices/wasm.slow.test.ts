import { test } from 'vitest';
import { wasmEngine } from '../../../src/engine/wasm.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

test.each(smallRuns())('wasm trains to what ONNX Runtime does: %s', (_, settings) =>
  expectSameTraining(wasmEngine, settings, 80),
);
