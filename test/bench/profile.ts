import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RandomStream } from '../../src/core/random.ts';
import { sizeOf } from '../../src/core/tensor.ts';
import { cpuProvider } from '../../src/engine/cpu.ts';
import { lower } from '../../src/engine/onnx/lower.ts';
import { sessionOptions } from '../../src/engine/onnx/provider.ts';
import { loadRuntime, type Runtime } from '../../src/engine/onnx/runtime.ts';
import { layoutOf, packNumbers } from '../../src/graph/parameters.ts';
import { type Graph, lengths } from '../../src/graph/types.ts';
import type { Experiment } from '../../src/trainer/contract/session.ts';
import { startValues } from './start_values.ts';

const runs = 20;

/** Where the time of one run of a training graph goes on one thread, by kind of node, as ONNX Runtime profiles it. */
export async function timeByKind(experiment: Experiment, graph: Graph): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'incline-profile-'));
  const runtime = await loadRuntime();
  const session = await runtime.InferenceSession.create(lower(graph, cpuProvider), {
    ...sessionOptions(cpuProvider, {}),
    enableProfiling: true,
    profileFilePrefix: join(folder, 'profile'),
  });
  const feeds = feedsOf(runtime, experiment, graph);
  for (let i = 0; i < runs; i++) await session.run(feeds);
  session.endProfiling();
  const [file] = readdirSync(folder);
  const times = new Map<string, { count: number; time: number }>();
  for (const { name, dur, args } of JSON.parse(readFileSync(join(folder, file!), 'utf8')) as ProfileEvent[]) {
    if (!name.endsWith('_kernel_time')) continue;
    const { count, time } = times.get(args.op_name) ?? { count: 0, time: 0 };
    times.set(args.op_name, { count: count + 1, time: time + dur / 1000 });
  }
  rmSync(folder, { recursive: true });
  await session.release();
  const total = [...times.values()].reduce((sum, { time }) => sum + time, 0);
  const rows = [...times].sort(([, a], [, b]) => b.time - a.time).filter(([, { time }]) => time > 0.005 * total);
  return [
    `time by kind of node on one thread, profiled (which slows small nodes): ${(total / runs).toFixed(1)} ms a step`,
    ...rows.map(([kind, { count, time }]) =>
      [
        kind.padEnd(22),
        `${String(count / runs).padStart(4)} nodes`,
        `${(time / runs).toFixed(2).padStart(8)} ms`,
        `${((100 * time) / total).toFixed(1).padStart(6)} %`,
      ].join(''),
    ),
  ];
}

/** An event of the profile; times in microseconds. */
interface ProfileEvent {
  readonly name: string;
  readonly dur: number;
  readonly args: { readonly op_name: string };
}

function feedsOf({ Tensor }: Runtime, experiment: Experiment, graph: Graph) {
  const { model, task, config } = experiment;
  const batch = task.training.draw(RandomStream.named(config.seed, 'train'), config.train.batch, 0);
  const numbers: Record<string, ArrayLike<number>> = {
    theta: packNumbers(layoutOf(model.parameters), startValues(experiment)),
    learning_rate: [config.train.learning_rate],
    total_steps: [config.train.steps],
    ...Object.fromEntries(Object.entries(batch).map(([name, data]) => [`batch/${name}`, data])),
  };
  return Object.fromEntries(
    Object.entries(graph.inputs).map(([name, position]) => {
      const shape = lengths(graph.nodes[position]!.shape);
      const data = new Float32Array(sizeOf(shape)).fill(name.startsWith('mask/') ? 1 : 0);
      data.set(numbers[name] ?? []);
      return [`input.${name}`, new Tensor('float32', data, shape)];
    }),
  );
}
