import type { FunctionClass } from './function_class.ts';
import { lossOf } from './losses.ts';

/** Closed forms for prompts as in training at full size. */
export function functionTheory(functions: FunctionClass, lossName: string): Record<string, number> {
  const { kind, points, power, noise, expected = {}, optimal } = functions;
  const loss = lossOf(kind, lossName);
  const least = optimal === undefined ? undefined : expected[optimal];
  const floors = least && Array.from({ length: points }, (_, examples) => least(examples));
  // Losses of regressions are multiples of the squared error.
  const lossOfError = (error: number) => loss.value(1, 0) * error;
  const atLast = Object.entries(expected).map(([name, error]) => [`baseline/${name}/error_last`, error(points - 1)]);
  return {
    initial_loss: kind === 'regression' ? lossOfError(power + noise * noise) : loss.value(0, 1),
    ...(floors && { loss_floor: lossOfError(floors.reduce((sum, floor) => sum + floor, 0) / points) }),
    ...Object.fromEntries(atLast),
  };
}
