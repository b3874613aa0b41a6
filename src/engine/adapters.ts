import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';

/** Name of the first device that Vulkan offers, as the tool, the settings or the NVIDIA driver tell it. */
export async function vulkanAdapter(): Promise<string | undefined> {
  const told = await firstMatch('vulkaninfo', ['--summary'], /deviceName\s*=\s*(.+)/);
  if (told !== undefined) return told;
  const driver = process.env['VK_DRIVER_FILES'] ?? process.env['VK_ICD_FILENAMES'];
  if (driver) return basename(driver).replace(/(_icd)?(\.[^.]*)?\.json$/, '');
  return nvidiaAdapter();
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

/** What a tool's output says; undefined where there is no such tool. */
async function firstMatch(tool: string, words: readonly string[], pattern: RegExp): Promise<string | undefined> {
  try {
    const { stdout } = await promisify(execFile)(tool, words, { timeout: 10_000 });
    return pattern.exec(stdout)?.[1]?.trim();
  } catch {
    return undefined;
  }
}
