import { UserError } from '../../core/errors.ts';
import { softplus } from '../../core/softplus.ts';
import type { SymbolicTensor } from '../../graph/symbolic.ts';
import type { FunctionClass } from './function_class.ts';

/** A loss of single predictions. */
interface Loss {
  record(prediction: SymbolicTensor, target: SymbolicTensor): SymbolicTensor;
  value(prediction: number, target: number): number;
}

const squared: Loss = {
  record: (prediction, target) => prediction.sub(target).square(),
  value: (prediction, target) => (prediction - target) * (prediction - target),
};

/** The losses that each kind of label allows, the usual one first. */
const losses: Readonly<Record<FunctionClass['kind'], Readonly<Record<string, Loss>>>> = {
  regression: {
    mse: squared,
    half_mse: {
      record: (prediction, target) => squared.record(prediction, target).mul(0.5),
      value: (prediction, target) => squared.value(prediction, target) / 2,
    },
  },
  classification: {
    /** −log σ(yF), the cross-entropy of the class y = ±1 whose log-odds are F. */
    bce: {
      record: (prediction, target) => prediction.mul(target).neg().softplus(),
      value: (prediction, target) => softplus(-prediction * target),
    },
    hinge: {
      record: (prediction, target) => prediction.mul(target).neg().add(1).relu(),
      value: (prediction, target) => Math.max(0, 1 - prediction * target),
    },
  },
};

/** @throws UserError for a loss that labels of this kind do not have */
export function lossOf(kind: FunctionClass['kind'], name: string): Loss {
  const known = losses[kind];
  const [usual] = Object.keys(known);
  const loss = known[name === 'default' ? usual! : name];
  if (loss) return loss;
  throw new UserError({
    what: `train.loss is ${name}, which labels of this task do not have`,
    expected: [...Object.keys(known), 'default'].join(' or '),
  });
}

/** What one prediction is wrong by: its squared error, or whether its sign is wrong, with ½ for no sign at all. */
export function errorOf(kind: FunctionClass['kind'], prediction: number, target: number): number {
  if (kind === 'regression') return squared.value(prediction, target);
  const margin = prediction * target;
  return margin > 0 ? 0 : margin < 0 ? 1 : 0.5;
}
