import { test } from 'vitest';
import { wasmEngine } from '../../../src/engine/wasm.ts';
import { expectSameEnd } from '../resume/cases.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

// The slow tier goes through all optimizers.
const withAdam = smallRuns().filter(([name]) => name.endsWith(', adam'));

test.each(withAdam)('wasm trains to what ONNX Runtime does: %s', (_, settings) =>
  expectSameTraining(wasmEngine, settings, 16),
);

// Clamping and saving divide the updates over programs in which sums stand among other loops.
test.each(smallRuns().filter(([name]) => name.endsWith(', momentum') && /^(encoder|multi_head)/.test(name)))(
  'on wasm, one go = resumed = fork of the resumed, same bytes: %s',
  (_, settings) => expectSameEnd({ ...settings, device: 'wasm' }),
);
