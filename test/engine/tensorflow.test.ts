import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { TensorFlowEngine } from '../../src/engine/tensorflow/engine.ts';
import { tensorflowEngine } from '../../src/engine/tensorflow.ts';
import { conformance } from './conformance/suite.ts';
import { trainNetwork } from './conformance/training.ts';

const engine = new TensorFlowEngine(async () => {
  await tf.setBackend('cpu');
  return { tf, version: `TensorFlow.js ${tf.version['tfjs-core']}` };
}, false);

conformance(engine, { value: 1e-5, gradient: 1e-3, training: 1e-5 });

describe('the tensorflow engine', () => {
  test('leaves no tensors behind but those it returned', async () => {
    await trainNetwork(engine, 1, 1);
    const before = tf.memory().numTensors;
    const outputs = await trainNetwork(engine, 1, 1);
    expect(tf.memory().numTensors - before).toBe(Object.keys(outputs[0]!).length);
  });

  test('says which packages are missing', async () => {
    expect(await tensorflowEngine.availability()).toEqual({
      usable: false,
      reason: expect.stringMatching(/neither @tensorflow\/tfjs-node-gpu nor @tensorflow\/tfjs-node is installed; npm/),
    });
  });
});
