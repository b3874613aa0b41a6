import type { Matrix } from '../core/linalg.ts';
import { RandomStream } from '../core/random.ts';
import { regression } from './shared/define.ts';

/** Settings of Garg et al. 2022, appendix A.3; Adam's are the usual ones. */
const learningRate = 5e-3;
const steps = 100;
const [beta1, beta2, epsilon] = [0.9, 0.999, 1e-8];

/** Numbers of a hidden unit: d weights, its bias, its weight in the output. After all units comes the output's bias. */
const unitSize = (features: number): number => features + 2;

export const networkSize = (features: number, hidden: number): number => hidden * unitSize(features) + 1;

/**
 * Mean squared error (1/n) Σ (F(xᵢ) − yᵢ)² of the network F(x) = Σ_u a_u·max(0, w_uᵀx + b_u) + c, and its gradient.
 * @param theta [unit: w, b, a; c]
 * @param gradient of the size of theta, to be overwritten
 */
export function networkLoss(theta: Float64Array, x: Matrix, y: Float64Array, gradient: Float64Array): number {
  const size = unitSize(x.columns);
  const hidden = (theta.length - 1) / size;
  const active = new Float64Array(hidden);
  gradient.fill(0);
  let loss = 0;
  for (let i = 0; i < x.rows; i++) {
    const error = output(theta, x, i, active) - y[i]!;
    const slope = (2 * error) / x.rows;
    loss += (error * error) / x.rows;
    gradient[theta.length - 1]! += slope;
    for (let u = 0; u < hidden; u++) {
      const activation = active[u]!;
      if (activation === 0) continue;
      const at = u * size;
      const inner = slope * theta[at + size - 1]!;
      for (let j = 0; j < x.columns; j++) gradient[at + j]! += inner * x.data[i * x.columns + j]!;
      gradient[at + size - 2]! += inner;
      gradient[at + size - 1]! += slope * activation;
    }
  }
  return loss;
}

/** F at row `i` of x; leaves the units' activations in `active`. */
function output(theta: Float64Array, x: Matrix, i: number, active: Float64Array): number {
  const size = unitSize(x.columns);
  let sum = theta[theta.length - 1]!;
  for (let u = 0; u < active.length; u++) {
    const at = u * size;
    let inner = theta[at + size - 2]!;
    for (let j = 0; j < x.columns; j++) inner += theta[at + j]! * x.data[i * x.columns + j]!;
    active[u] = Math.max(0, inner);
    sum += theta[at + size - 1]! * active[u]!;
  }
  return sum;
}

/** Uniform on ±1/√(inputs of the layer), the same for the same sizes: a start that deep-learning frameworks draw. */
function start(features: number, hidden: number): Float64Array {
  const stream = RandomStream.named(0, 'network');
  const within = (inputs: number) => (2 * stream.uniform() - 1) / Math.sqrt(inputs);
  const theta = new Float64Array(networkSize(features, hidden));
  const size = unitSize(features);
  for (let entry = 0; entry < theta.length; entry++) {
    const isOutput = entry === theta.length - 1 || entry % size === size - 1;
    theta[entry] = within(isOutput ? hidden : features);
  }
  return theta;
}

/** 100 steps of Adam on all examples at once. */
function trained(x: Matrix, y: Float64Array, hidden: number): Float64Array {
  const theta = start(x.columns, hidden);
  const gradient = new Float64Array(theta.length);
  const first = new Float64Array(theta.length);
  const second = new Float64Array(theta.length);
  let [left1, left2] = [1, 1];
  for (let step = 0; step < steps; step++) {
    networkLoss(theta, x, y, gradient);
    left1 *= beta1;
    left2 *= beta2;
    const rate = learningRate / (1 - left1);
    for (let entry = 0; entry < theta.length; entry++) {
      const g = gradient[entry]!;
      first[entry] = beta1 * first[entry]! + (1 - beta1) * g;
      second[entry] = beta2 * second[entry]! + (1 - beta2) * g * g;
      theta[entry]! -= (rate * first[entry]!) / (Math.sqrt(second[entry]! / (1 - left2)) + epsilon);
    }
  }
  return theta;
}

/** Multiplications, about, that it takes to fit the network to so many examples. */
export const networkCost = (examples: number, features: number, hidden: number): number =>
  steps * (3 * examples + 8) * networkSize(features, hidden);

/** A ReLU network with as many hidden units as the option `hidden`, trained on the examples of the prompt. */
export const network = regression('network', 'network trained on the prompt', (x, y, queries, { hidden }) => {
  const theta = trained(x, y, hidden);
  const active = new Float64Array(hidden);
  return Float64Array.from({ length: queries.rows }, (_, q) => output(theta, queries, q, active));
});
