import type { SymbolicTensor } from '../symbolic.ts';
import type { OptimizerSettings, Slot, UpdateInputs, UpdateState } from './contract.ts';

/** First and second moment, and how much of their weights 1 − β^t has come together since the start. */
export const momentSlots: readonly Slot[] = [
  { name: 'm', kind: 'vector' },
  { name: 'v', kind: 'vector' },
  { name: 'm_weight', kind: 'scalar' },
  { name: 'v_weight', kind: 'scalar' },
];

/**
 * θ − lr m̂ / (√v̂ + ε), with m ← β₁ m + (1−β₁) g, v ← β₂ v + (1−β₂) g², m̂ = m / (1−β₁ᵗ), v̂ = v / (1−β₂ᵗ).
 * Kingma and Ba 2015, algorithm 1. The corrections c = 1−βᵗ are kept as the running mean c ← β c + (1−β) of ones,
 * which needs no power and loses no digits at small t. They are applied to scalars (section 2, last paragraph), with
 * ε scaled so that the result is the same: lr (√c₂ / c₁) m / (√v + ε √c₂). With g = 0 from the start, θ stays.
 */
export function momentUpdate(
  { beta1, beta2, epsilon }: OptimizerSettings,
  { theta, slots, learningRate }: UpdateInputs,
  gradient: SymbolicTensor,
): UpdateState {
  const m = runningMean(slots['m']!, gradient, beta1);
  const v = runningMean(slots['v']!, gradient.square(), beta2);
  const mWeight = slots['m_weight']!.mul(beta1).add(1 - beta1);
  const vWeight = slots['v_weight']!.mul(beta2).add(1 - beta2);
  const rate = learningRate.mul(vWeight.sqrt()).div(mWeight);
  const direction = m.div(v.sqrt().add(vWeight.sqrt().mul(epsilon)));
  return { theta: theta.sub(direction.mul(rate)), slots: { m, v, m_weight: mWeight, v_weight: vWeight } };
}

const runningMean = (mean: SymbolicTensor, value: SymbolicTensor, decay: number): SymbolicTensor =>
  mean.mul(decay).add(value.mul(1 - decay));
