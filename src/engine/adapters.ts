import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { vulkanDrivers } from './vulkan_drivers.ts';

/** Names of the devices that Vulkan offers, the one taken first, as its tool tells them; else that of the only driver. */
export async function vulkanAdapters(): Promise<string[]> {
  const told = adaptersIn(await outputOf('vulkaninfo', ['--summary']));
  if (told.length > 0) return told;
  const drivers = vulkanDrivers();
  // Of several, nobody here can tell which has a device.
  if (drivers.length !== 1) return [];
  const [driver] = drivers;
  return [(driver!.includes('nvidia') ? nvidiaAdapter() : undefined) ?? driver!];
}

/** ONNX Runtime asks for a device of high performance, which is a card of its own before one inside the processor. */
const kinds = ['DISCRETE_GPU', 'INTEGRATED_GPU', 'VIRTUAL_GPU', 'CPU'];

/** Devices in what `vulkaninfo --summary` writes, in the order in which they are preferred. */
export function adaptersIn(summary: string): string[] {
  const devices = summary.split(/^GPU\d+:/m).slice(1);
  const told = devices.flatMap((text) => {
    const name = /deviceName\s*=\s*(.+)/.exec(text)?.[1]?.trim();
    const rank = kinds.findIndex((kind) => text.includes(`PHYSICAL_DEVICE_TYPE_${kind}`));
    return name === undefined ? [] : [{ name, rank: rank < 0 ? kinds.length : rank }];
  });
  return told.sort((a, b) => a.rank - b.rank).map(({ name }) => name);
}

/** Name of the first NVIDIA device, as its driver tells it. */
export function nvidiaAdapter(): string | undefined {
  const devices = '/proc/driver/nvidia/gpus';
  try {
    const [first] = readdirSync(devices).sort();
    return /^Model:\s*(.+)$/m.exec(readFileSync(join(devices, first!, 'information'), 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

/** What a tool writes; nothing where there is no such tool. */
async function outputOf(tool: string, words: readonly string[]): Promise<string> {
  try {
    return (await promisify(execFile)(tool, words, { timeout: 10_000 })).stdout;
  } catch {
    return '';
  }
}
