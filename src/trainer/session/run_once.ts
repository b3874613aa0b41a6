import type { HostTensor } from '../../core/tensor.ts';
import type { Engine } from '../../engine/contract.ts';
import type { Graph } from '../../graph/types.ts';

/** Numbers of a graph's outputs from those of the tensors that it takes; compiles, runs once and frees everything. */
export async function runOnce(
  engine: Engine,
  graph: Graph,
  tensors: Readonly<Record<string, HostTensor>>,
  threads = 1,
): Promise<Record<string, HostTensor>> {
  const program = await engine.compile(graph, { threads });
  const feeds = Object.fromEntries(Object.keys(graph.inputs).map((name) => [name, engine.upload(tensors[name]!)]));
  const results = await program.run(feeds);
  const numbers: Record<string, HostTensor> = {};
  for (const [name, value] of Object.entries(results)) numbers[name] = await engine.read(value);
  for (const value of [...Object.values(feeds), ...Object.values(results)]) engine.release(value);
  await program.dispose();
  return numbers;
}
