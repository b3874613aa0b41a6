import { UserError } from '../../core/errors.ts';
import type { RandomStream } from '../../core/random.ts';
import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { orderedPairs, type Pair } from './prompts.ts';

/** Named as in the configuration. */
interface SplitSettings {
  readonly relevant: number;
  readonly trained_shifts: number;
  readonly trained_subset: 'shifts' | 'random';
}

interface Split {
  readonly trained: readonly Pair[];
  readonly unseen: readonly Pair[];
  /** `trained` [task, 2], plus and minus, when it was drawn at random. */
  readonly fixed: Readonly<Record<string, HostTensor>>;
}

/**
 * Which tasks are trained: the first shifts of `orderedPairs`, or as many pairs drawn at random, those of a snapshot where
 * one is given.
 * @throws UserError when a snapshot has none, or not as many
 */
export function splitTasks(
  { relevant, trained_shifts: shifts, trained_subset: subset }: SplitSettings,
  given: Readonly<Record<string, HostTensor>> | undefined,
  stream: RandomStream,
): Split {
  const pairs = orderedPairs(relevant);
  const count = shifts * relevant;
  if (subset === 'shifts') return { trained: pairs.slice(0, count), unseen: pairs.slice(count), fixed: {} };
  const drawn = () => Array.from(stream.permutation(pairs.length).slice(0, count), (i) => pairs[i]!);
  const trained = given ? givenPairs(given['trained'], count) : drawn();
  const isTrained = ({ plus, minus }: Pair) => trained.some((pair) => pair.plus === plus && pair.minus === minus);
  const numbers = Float32Array.from(trained.flatMap(({ plus, minus }) => [plus, minus]));
  return {
    trained,
    unseen: pairs.filter((pair) => !isTrained(pair)),
    fixed: { trained: hostTensor([count, 2], numbers) },
  };
}

function givenPairs(tensor: HostTensor | undefined, count: number): Pair[] {
  if (tensor?.shape.join() !== [count, 2].join()) {
    throw new UserError({
      what: `task/trained ${tensor ? `has shape [${tensor.shape.join(', ')}]` : 'is missing'}`,
      expected: `shape [${count}, 2]: the tasks drawn at random are those of the snapshot`,
    });
  }
  return Array.from({ length: count }, (_, i) => ({ plus: tensor.data[2 * i]!, minus: tensor.data[2 * i + 1]! }));
}
