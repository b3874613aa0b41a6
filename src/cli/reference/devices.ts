import { availableParallelism, cpus } from 'node:os';
import { plural, significant, thousands } from '../../core/format.ts';
import { productSpeed } from '../../engine/speed.ts';
import { surveyEngines } from '../../trainer/session/device.ts';
import { smallNode } from '../../trainer/session/processor.ts';
import { print } from '../output/output.ts';

/** What `incline devices --json` prints of an engine. */
interface MeasuredEngine {
  readonly name: string;
  readonly usable: boolean;
  /** Why it cannot be used, and what to do about it. */
  readonly reason?: string;
  readonly version?: string;
  readonly adapter?: string;
  /** Devices that are not taken. */
  readonly other_adapters?: readonly string[];
  /** In products of float32 matrices; the best of `gflops_by_threads`. */
  readonly gflops?: number;
  /** On the processor for one thread and for all. */
  readonly gflops_by_threads?: readonly { readonly threads: number; readonly gflops: number }[];
}

/** Asks every engine and measures those that can be used. */
export async function measureEngines(): Promise<MeasuredEngine[]> {
  const engines: MeasuredEngine[] = [];
  for (const { engine, availability } of await surveyEngines()) {
    const { name } = engine;
    if (!availability.usable) {
      engines.push({ name, usable: false, reason: availability.reason });
      continue;
    }
    const counts = engine.device || engine.oneThread ? [1] : [...new Set([1, availableParallelism()])];
    const speeds: { threads: number; gflops: number }[] = [];
    for (const threads of counts) speeds.push({ threads, gflops: (await productSpeed(engine, threads)) / 1e9 });
    const adapter = availability.adapter ?? (engine.device ? undefined : cpus()[0]?.model.trim());
    const { version, otherAdapters: others } = availability;
    engines.push({
      name,
      usable: true,
      version,
      ...(adapter !== undefined && { adapter }),
      ...(others && { other_adapters: others }),
      gflops: Math.max(...speeds.map(({ gflops }) => gflops)),
      gflops_by_threads: speeds,
    });
  }
  return engines;
}

export function printEngines(engines: readonly MeasuredEngine[]): void {
  const lines = engines.map(
    ({ name, reason, version, adapter, other_adapters: others, gflops_by_threads: measured }) => {
      if (reason !== undefined) return `${name.padEnd(12)}cannot be used: ${reason}`;
      const speeds = measured!.map(({ threads, gflops }) => {
        const text = `${significant(gflops)} GFLOP/s`;
        return measured!.length > 1 ? `${text} with ${plural(threads, 'thread')}` : text;
      });
      const beside = others ? [`not taken: ${others.join(', ')}`] : [];
      return `${name.padEnd(12)}${[version, adapter ?? 'a device without a name', speeds.join(', '), ...beside].join(' · ')}`;
    },
  );
  const note = [
    'GFLOP/s: products of float32 matrices, measured now. --device auto takes wasm where the operations of an update are of',
    `at most ${thousands(smallNode)} FLOPs on average, as cpu then spends its time on calling them, and else cpu; where there is a`,
    'GPU too, whichever does an update of the model sooner.',
  ];
  print(...lines, '', ...note);
}
