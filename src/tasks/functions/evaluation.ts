import { hostTensor } from '../../core/tensor.ts';
import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';
import { estimate } from '../../metrics/estimate.ts';
import type { Evaluation, Forward, Probe } from '../contract.ts';
import { errorsByPosition } from './errors.ts';
import type { FunctionClass } from './function_class.ts';
import { errorOf, lossOf } from './losses.ts';
import { type Prompts, tokensOf } from './prompts.ts';
import { measureReferences } from './references.ts';

/**
 * Errors after 0, 1, … examples on held-out prompts, and the mean loss over all positions.
 * @param positions how many of the positions mean something
 */
export function functionEvaluation(
  functions: FunctionClass,
  lossName: string,
  prompts: Prompts,
  positions: number,
): Evaluation {
  const { kind } = functions;
  const { count, points, dim, queries, targets } = prompts;
  const loss = lossOf(kind, lossName);
  const targetOf = (p: number, i: number) => targets[p * points + i]!;
  return {
    inputs: {
      tokens: tokensOf(prompts),
      ...(queries && { queries: hostTensor([count, points, dim], queries) }),
    },
    outputs: (forward, { tokens, queries: asked }) => ({
      prediction: asked ? predictApart(forward, tokens!, asked) : forward.predict({ tokens: tokens! }),
    }),
    measure({ prediction }) {
      const { data } = prediction!;
      const losses = Float64Array.from({ length: count }, (_, p) => {
        let sum = 0;
        for (let i = 0; i < positions; i++) sum += loss.value(data[p * points + i]!, targetOf(p, i));
        return sum / positions;
      });
      return {
        eval_loss: estimate(losses),
        ...errorsByPosition(positions, count, (p, i) => errorOf(kind, data[p * points + i]!, targetOf(p, i))),
      };
    },
    references: { target: hostTensor([count, points], targets) },
    baselines: (most) => measureReferences(functions, prompts, positions, most),
  };
}

/**
 * Predictions [prompt, point] for queries that are not the next input: each position is a run of its own, over the examples
 * before it and its query, at about half the cost of as many full prompts.
 */
function predictApart(forward: Forward, tokens: SymbolicTensor, queries: SymbolicTensor): SymbolicTensor {
  const points = queries.shape[1]!.size;
  const columns = Array.from({ length: points }, (_, i) => {
    const query = queries.slice(1, i, i + 1);
    const asked = i === 0 ? query : concat([tokens.slice(1, 0, 2 * i), query], 1);
    return forward.predict({ tokens: asked }).slice(1, i, i + 1);
  });
  return concat(columns, 1);
}

/** Prompts whose activations are drawn. */
export function functionProbe(prompts: Prompts): Probe {
  const { count, points, targets } = prompts;
  return { inputs: { tokens: tokensOf(prompts) }, references: { target: hostTensor([count, points], targets) } };
}
