import { test } from 'vitest';
import { wasmEngine } from '../../../src/engine/wasm.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

// The slow tier goes through all optimizers.
const withAdam = smallRuns().filter(([name]) => name.endsWith(', adam'));

test.each(withAdam)('wasm trains to what ONNX Runtime does: %s', (_, settings) =>
  expectSameTraining(wasmEngine, settings, 16),
);
