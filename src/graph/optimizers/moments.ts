import type { SymbolicTensor } from '../symbolic.ts';
import type { OptimizerSettings, RateInputs, Slot, UpdateInputs, UpdateState } from './contract.ts';

/** First and second moment, and how much of their weights 1 − β^t has come together since the start. */
export const momentSlots: readonly Slot[] = [
  { name: 'm', kind: 'vector' },
  { name: 'v', kind: 'vector' },
  { name: 'm_weight', kind: 'scalar', decay: 'beta1' },
  { name: 'v_weight', kind: 'scalar', decay: 'beta2' },
];

/**
 * The factors lr √c₂ / c₁ and ε √c₂ of `momentUpdate`. The corrections c = 1−βᵗ are kept as running means of ones, which
 * needs no power and loses no digits at small t.
 */
export function momentRates(
  { epsilon }: OptimizerSettings,
  { learningRate, weights: { m_weight: c1, v_weight: c2 } }: RateInputs,
): { readonly rate: SymbolicTensor; readonly epsilon: SymbolicTensor } {
  const root = c2!.sqrt();
  return { rate: learningRate.mul(root).div(c1!), epsilon: root.mul(epsilon) };
}

/**
 * θ − lr m̂ / (√v̂ + ε), with m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ).
 * Kingma and Ba 2015, algorithm 1. The corrections are applied to scalars (section 2, last paragraph), with ε scaled so
 * that the result is the same: (lr √c₂ / c₁) m / (√v + ε √c₂). With g = 0 from the start, θ stays.
 */
export function momentUpdate(
  { beta1, beta2 }: OptimizerSettings,
  { theta, slots, rates }: UpdateInputs,
  gradient: SymbolicTensor,
): UpdateState {
  const m = runningMean(slots['m']!, gradient, beta1);
  const v = runningMean(slots['v']!, gradient.square(), beta2);
  const direction = m.div(v.sqrt().add(rates['epsilon']!));
  return { theta: theta.sub(direction.mul(rates['rate']!)), slots: { m, v } };
}

const runningMean = (mean: SymbolicTensor, value: SymbolicTensor, decay: number): SymbolicTensor =>
  mean.mul(decay).add(value.mul(1 - decay));
