import { availableParallelism, cpus } from 'node:os';
import { significant } from '../core/format.ts';
import { productSpeed } from '../engine/speed.ts';
import { surveyEngines } from '../trainer/session/device.ts';

/** What `incline devices --json` prints of an engine. */
interface Device {
  readonly engine: string;
  readonly usable: boolean;
  /** Why it cannot be used, and what to do about it. */
  readonly reason?: string;
  readonly version?: string;
  readonly adapter?: string;
  /** In products of float32 matrices; on the processor for one thread and for all. */
  readonly gflops?: readonly { readonly threads: number; readonly gflops: number }[];
}

/** Asks every engine and measures those that can be used. */
export async function measureDevices(): Promise<Device[]> {
  const devices: Device[] = [];
  for (const { engine, availability } of await surveyEngines()) {
    const { name } = engine;
    if (!availability.usable) {
      devices.push({ engine: name, usable: false, reason: availability.reason });
      continue;
    }
    const counts = engine.device ? [1] : [...new Set([1, availableParallelism()])];
    const gflops: { threads: number; gflops: number }[] = [];
    for (const threads of counts) gflops.push({ threads, gflops: (await productSpeed(engine, threads)) / 1e9 });
    const adapter = availability.adapter ?? (engine.device ? undefined : cpus()[0]?.model.trim());
    const { version } = availability;
    devices.push({ engine: name, usable: true, version, ...(adapter !== undefined && { adapter }), gflops });
  }
  return devices;
}

export function printDevices(devices: readonly Device[]): void {
  const lines = devices.map(({ engine, reason, version, adapter, gflops }) => {
    if (reason !== undefined) return `${engine.padEnd(12)}cannot be used: ${reason}`;
    const speeds = gflops!.map(({ threads, gflops: speed }) => {
      const text = `${significant(speed)} GFLOP/s`;
      return gflops!.length > 1 ? `${text} with ${threads} thread${threads === 1 ? '' : 's'}` : text;
    });
    return `${engine.padEnd(12)}${[version, adapter ?? 'a device without a name', speeds.join(', ')].join(' · ')}`;
  });
  const note = 'GFLOP/s: products of float32 matrices, measured now. --device auto times the model itself.';
  process.stdout.write(`${[...lines, '', note].join('\n')}\n`);
}
