import { test } from 'vitest';
import { webgpuEngine } from '../../../src/engine/webgpu.ts';
import { webgpuIsHere } from '../../engine/vulkan.ts';
import { smallRuns } from '../small_runs.ts';
import { expectSameTraining } from './same_training.ts';

const isHere = await webgpuIsHere('training');

test.skipIf(!isHere).each(smallRuns())('webgpu trains to what the processor does: %s', (_, settings) =>
  expectSameTraining(webgpuEngine, settings, 80),
);
