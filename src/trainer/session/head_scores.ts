import { type HostTensor, hostTensor } from '../../core/tensor.ts';
import { exactly } from '../../metrics/estimate.ts';
import { formatAddress } from '../../protocol/address.ts';
import type { Estimate } from '../../protocol/events.ts';

type Score = 'head_previous' | 'head_match' | 'head_match_chance';

/** How near to the largest a match must be to count. */
const near = 1e-6;

interface Summed {
  readonly sums: Float64Array;
  count: number;
}

/**
 * What heads attend to, mean over queries and prompts: `head_previous` [L, H] on the token before, over all queries that have one; and
 * where the task says what matches, `head_match` [L, H] on all keys that do, over the queries that have such a key, beside what attention
 * alike on all keys would give, `head_match_chance` [1]. Olsson et al. 2022, where a match is prefix matching.
 * @param attention patterns [P, L, H, Tq, Tk]
 * @param match as `Sequence.match` gives it, [P, T, T]; queries of patterns with fewer rows are the last ones
 * @param causal whether keys after their query are out of reach
 */
export function headScores(
  attention: HostTensor,
  match: HostTensor | undefined,
  causal: boolean,
): Partial<Record<Score, HostTensor>> {
  const [prompts, layers, heads, queries, keys] = attention.shape as [number, number, number, number, number];
  const all = layers * heads;
  const [previous, matching] = [0, 1].map((): Summed => ({ sums: new Float64Array(all), count: 0 }));
  let chance = 0;
  const add = (into: Summed, prompt: number, query: number, wanted: readonly number[]) => {
    into.count += 1;
    for (let head = 0; head < all; head++) {
      const row = ((prompt * all + head) * queries + query) * keys;
      for (const key of wanted) into.sums[head]! += attention.data[row + key]!;
    }
  };
  for (let prompt = 0; prompt < prompts; prompt++) {
    for (let query = 0; query < queries; query++) {
      const open = causal ? query + 1 : keys;
      if (causal && queries > 1 && query > 0) add(previous!, prompt, query, [query - 1]);
      const wanted = match ? matchesOf(match, prompt, query - queries, open) : [];
      if (wanted.length === 0) continue;
      add(matching!, prompt, query, wanted);
      chance += wanted.length / open;
    }
  }
  const mean = ({ sums, count }: Summed) =>
    hostTensor(
      [layers, heads],
      Float32Array.from(sums, (sum) => sum / count),
    );
  return {
    ...(previous!.count > 0 && { head_previous: mean(previous!) }),
    ...(matching!.count > 0 && {
      head_match: mean(matching!),
      head_match_chance: hostTensor([1], Float32Array.of(chance / matching!.count)),
    }),
  };
}

/**
 * The same as metrics of one head each, `head_previous/L0H1`, and so on: means over the queries of a few prompts.
 * @param prompts how many
 */
export function headMetrics(
  scores: Partial<Readonly<Record<Score, HostTensor>>>,
  prompts: number,
): Readonly<Record<string, Estimate>> {
  const { head_match_chance: chance, ...ofHeads } = scores;
  const each = Object.entries(ofHeads).flatMap(([name, { shape, data }]) =>
    Array.from(data, (mean, at): [string, Estimate] => {
      const address = formatAddress({ layer: Math.floor(at / shape[1]!), head: at % shape[1]! });
      return [`${name}/${address}`, { mean, stderr: null, n: prompts }];
    }),
  );
  return { ...Object.fromEntries(each), ...(chance && { head_match_chance: exactly(chance.data[0]!) }) };
}

/** The keys among the first `open` that match a query, counted from the end of its prompt. */
function matchesOf({ shape, data }: HostTensor, prompt: number, fromEnd: number, open: number): number[] {
  const tokens = shape[1]!;
  const start = (prompt * tokens + tokens + fromEnd) * tokens;
  let largest = 0;
  for (let key = 0; key < open; key++) largest = Math.max(largest, data[start + key]!);
  if (largest === 0) return [];
  return Array.from({ length: open }, (_, key) => key).filter((key) => data[start + key]! >= largest - near);
}
