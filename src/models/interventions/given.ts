import { concat, type SymbolicTensor } from '../../graph/symbolic.ts';

/** Patterns that heads can be given, each to be broadcast over prompts and heads, [.., query, key]. */
export interface GivenPatterns {
  readonly uniform: SymbolicTensor;
  readonly previous?: SymbolicTensor;
  readonly match?: SymbolicTensor;
}

/** Score of what a given pattern attends to: beside it, e to the minus that is nothing. */
const sharpness = 200;

/**
 * The patterns softmax(allowed + 200 w): alike on all keys where w = 0, and where some have w = 1, alike on those.
 * @param allowed 0 for a key that a query may attend to, very negative for others
 * @param wanted w of the patterns that there are beside the uniform one
 */
export function givenPatterns(
  allowed: SymbolicTensor,
  wanted: Partial<Readonly<Record<'previous' | 'match', SymbolicTensor | undefined>>> = {},
): GivenPatterns {
  const pattern = (w: SymbolicTensor) => w.mul(sharpness).add(allowed).softmax();
  return {
    uniform: allowed.softmax(),
    ...(wanted.previous && { previous: pattern(wanted.previous) }),
    ...(wanted.match && { match: pattern(wanted.match) }),
  };
}

/**
 * (1 − Σ s) x + Σ s x′: exactly x where every strength s is 0, and x′ where its own is 1.
 * @param given strengths, to be broadcast against x, each with what takes its place
 */
export function mixed(
  x: SymbolicTensor,
  given: readonly (readonly [strength: SymbolicTensor, other: SymbolicTensor | undefined])[],
): SymbolicTensor {
  const there = given.flatMap(([strength, other]) => (other ? [{ strength, other }] : []));
  const [first, ...rest] = there;
  if (!first) return x;
  const own = rest
    .reduce((sum, { strength }) => sum.add(strength), first.strength)
    .neg()
    .add(1);
  return there.reduce((sum, { strength, other }) => sum.add(other.mul(strength)), x.mul(own));
}

/** What heads give out for other prompts than their own, as constants for gradients. */
export interface GivenOutputs {
  /** Mean over the prompts, position by position. */
  readonly mean: SymbolicTensor;
  /** Of the prompt half the batch further on. A prompt that is alone has its own. */
  readonly resample: SymbolicTensor;
}

/** @param outputs of heads [prompt, …] */
export function givenOutputs(outputs: SymbolicTensor): GivenOutputs {
  const prompts = outputs.shape[0]!.size;
  const half = Math.floor(prompts / 2);
  return {
    mean: outputs.mean(0, { keep: true }).withoutGradient(),
    resample:
      half === 0
        ? outputs
        : concat([outputs.slice(0, half, prompts), outputs.slice(0, 0, half)], 0)
            .reshape(outputs.shape)
            .withoutGradient(),
  };
}
